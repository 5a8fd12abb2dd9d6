"""jsPsych's data, written by hand in each of its forms."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import DatasetError
from tests.analysis.importers.importing import import_files


def trial(index: int, stimulus: str, response: str | None, rt: int | None, **more: Any) -> Any:
    """One trial as jsPsych's plugin image-keyboard-response saves it."""
    return {
        "rt": rt,
        "response": response,
        "stimulus": stimulus,
        "trial_type": "image-keyboard-response",
        "trial_index": index,
        "time_elapsed": 1400 * (index + 1),
        **more,
    }


FIXATION = {"trial_type": "html-keyboard-response", "stimulus": "<p>+</p>", "rt": None}


def person(**more: Any) -> list[Any]:
    """A person's timeline: instructions, a fixation cross before each image, three images."""
    return [
        {"trial_type": "instructions", "trial_index": 0, "rt": 5000, **more},
        {**FIXATION, "trial_index": 1, **more},
        trial(2, "img/a.jpg", None, None, **more),
        {**FIXATION, "trial_index": 3, **more},
        trial(4, '<img class="x" src="img/b.jpg" width=200>', " ", 99, **more),
        {**FIXATION, "trial_index": 5, **more},
        trial(6, "https://lab.org/img/a.jpg?v=3", " ", 612, **more),
    ]


ROWS = [
    (0, "img/a", False, None, False, None, None),
    (1, "img/b", False, None, True, "space", 99.0),
    (2, "img/a", True, 2, True, "space", 612.0),
]
WANTED = ("position", "image_id", "is_repeat", "lag", "responded", "key", "rt_ms")


def test_image_trials_are_found_among_the_others(tmp_path: Path) -> None:
    result = import_files(tmp_path, {"p07.json": json.dumps(person())})
    assert result.rows(*WANTED) == ROWS
    assert set(result.trials["participant_id"]) == {"p07"}
    assert result.said(
        "4 rows: trials that show no image: html-keyboard-response 3, instructions 1 "
        "(p07.json trials 1, 2, 4, 6)"
    )
    assert result.said("positions: the order of image trials, as trial_index numbers them")


@pytest.mark.parametrize(
    "write",
    [
        lambda people: json.dumps([trial for trials in people.values() for trial in trials]),
        lambda people: json.dumps(list(people.values())),
        lambda people: "\n".join(json.dumps(trials) for trials in people.values()),
        lambda people: "\n".join(
            json.dumps(trial) for trials in people.values() for trial in trials
        ),
        lambda people: json.dumps([{"id": p, "trials": t} for p, t in people.items()]),
        lambda people: json.dumps(people),
    ],
    ids=["one array", "arrays", "lines of arrays", "lines of trials", "objects", "by person"],
)
def test_several_people_may_be_in_one_file(write: Any, tmp_path: Path) -> None:
    people = {who: person(subject=who) for who in ("s1", "s2")}
    result = import_files(tmp_path, {"all.json": write(people)})
    assert result.rows("participant_id", *WANTED) == [
        (who, *row) for who in ("s1", "s2") for row in ROWS
    ]


def test_a_folder_has_a_file_for_each_person_whose_name_stays_out(tmp_path: Path) -> None:
    names = ["5f3c2a9b8d7e6f5a4b3c2d1e", "6a3c2a9b8d7e6f5a4b3c2d1f"]
    files: dict[str, str | bytes] = {f"{name}.json": json.dumps(person()) for name in names}
    result = import_files(tmp_path, files)
    assert result.rows("participant_id", *WANTED) == [
        (who, *row) for who in ("p001", "p002") for row in ROWS
    ]
    text = (result.dataset.path / "dataset.json").read_text(encoding="utf-8")
    assert not any(name in text for name in names)
    assert [source["name"] for source in result.dataset.meta["import"]["sources"]] == [
        "p001.json",
        "p002.json",
    ]


def test_csv_of_jspsych_says_null_and_quotes_everything(tmp_path: Path) -> None:
    fields = ["rt", "response", "stimulus", "trial_type", "trial_index", "PROLIFIC_PID"]
    lines = [",".join(f'"{name}"' for name in fields)]
    for one in person(PROLIFIC_PID="5f3c2a9b8d7e6f5a4b3c2d1e"):
        values = [one.get(name) for name in fields]
        texts = ["null" if v is None else str(v).replace('"', '""') for v in values]
        lines.append(",".join(f'"{text}"' for text in texts))
    result = import_files(tmp_path, {"data.csv": "\r\n".join(lines)})
    assert result.rows("participant_id", *WANTED) == [("p001", *row) for row in ROWS]


def test_rows_out_of_order_are_put_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    result = import_files(tmp_path, {"p7.json": json.dumps(person()[::-1])})
    assert result.rows(*WANTED) == ROWS
    assert result.said("positions: the order of image trials by trial_index, not that of the rows")


def test_fields_of_the_lab_tell_status_and_answer(tmp_path: Path) -> None:
    trials = [
        trial(0, "a.jpg", "f", 400, status="old", correct=True),
        trial(1, "b.jpg", "f", 500, status="new", correct=False),
        trial(2, "c.jpg", "j", 600, status="new", correct=True),
    ]
    result = import_files(tmp_path, {"p1.json": json.dumps(trials)})
    assert result.rows("image_id", "is_repeat", "responded", "phase") == [
        ("a", True, True, "test"),
        ("b", False, True, "test"),
        ("c", False, False, "test"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "holds '1' where a trial belongs"),
        ("[]", "holds no trials"),
        ('{"a": ', "is not JSON"),
        ("[" * 100_000, "is nested too deeply to be data"),
        ('{"rt": 1}\n{"rt": \n', "x.json line 2: is not JSON"),
        (json.dumps([FIXATION]), "no trial shows an image (stimulus)"),
        (json.dumps([{"trial_type": "x", "rt": 1}]), "no field names the images"),
    ],
)
def test_what_is_no_data_of_jspsych_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        import_files(tmp_path, {"x.json": text})
    assert message in str(error.value)
