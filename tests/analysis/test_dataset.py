"""Reading, checking and writing datasets. What is wrong is told with file, line and column."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import check_dataset, file_sha256, read_dataset, write_dataset
from analysis.errors import DatasetError

IMAGES = "image_id,sha256,width_px,mood\ncat/1,,640,calm\ncat/2,,,\n"
TRIALS = """participant_id,run_id,position,image_id,role,is_repeat,lag,responded,key,rt_ms
p1,r1,0,cat/1,target,false,,false,,
p1,r1,1,cat/2,filler,false,,true, ,512.5
p1,r1,2,cat/1,target,true,2,true,r,433
"""


def write(folder: Path, **tables: str) -> Path:
    """A dataset written by hand."""
    for name, text in {"images": IMAGES, **tables}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in check_dataset(folder)]


def test_hand_written_tables_read_with_types_defaults_and_own_columns(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path, trials=TRIALS))
    assert dataset.trials is not None
    assert dataset.runs is None
    assert dataset.name == tmp_path.name
    assert list(dataset.trials["is_repeat"]) == [False, False, True]
    assert dataset.trials["is_repeat"].dtype == bool
    assert list(dataset.trials["phase"]) == ["game"] * 3
    assert list(dataset.trials["level"]) == [1, 1, 1]
    assert dataset.trials["key"].iloc[1] == " "  # the space bar is a key, not a missing one
    assert dataset.trials["rt_ms"].isna().tolist() == [True, False, False]
    assert dataset.trials["lag"].isna().tolist() == [True, True, False]
    assert dataset.images["mood"].iloc[0] == "calm"
    assert pd.isna(dataset.images["mood"].iloc[1])


def test_byte_order_mark_blank_lines_and_capital_booleans_are_read(tmp_path: Path) -> None:
    text = TRIALS.replace("false", "FALSE").replace("true", "True") + "\n\n"
    write(tmp_path)
    (tmp_path / "trials.csv").write_text(text, encoding="utf-8-sig")
    dataset = read_dataset(tmp_path)
    assert dataset.trials is not None
    assert len(dataset.trials) == 3


# Each case breaks one promise: table, text to replace, replacement, the whole message.
FAULTS = [
    ("trials", "r1,2,", "r1,-2,", "trials.csv line 4, column position: '-2' is below 0"),
    (
        "trials",
        "r1,2,",
        "r1,2.5,",
        "trials.csv line 4, column position: '2.5' is not a whole number",
    ),
    (
        "trials",
        "r1,2,",
        "r1,two,",
        "trials.csv line 4, column position: 'two' is not a number; leave a missing field empty",
    ),
    ("trials", "r1,2,", "r1,,", "trials.csv line 4, column position: is empty; it needs a value"),
    (
        "trials",
        "filler",
        "fillers",
        "trials.csv line 3, column role: 'fillers' is none of: target, filler, vigilance, lure",
    ),
    (
        "trials",
        "true,2,true",
        "yes,2,true",
        "trials.csv line 4, column is_repeat: 'yes' is neither true nor false",
    ),
    (
        "trials",
        "r1,1,cat/2",
        "r1,0,cat/2",
        "trials.csv line 3: run_id 'r1', position '0' is also on line 2; it must be there once",
    ),
    (
        "trials",
        "r1,1,cat/2",
        "r1,1,dog/2",
        "trials.csv line 3, column image_id: 'dog/2' is not in images.csv",
    ),
    (
        "trials",
        "true,2,true",
        "true,3,true",
        "trials.csv line 4, column lag: is not the repeat's position minus the first's",
    ),
    (
        "trials",
        "target,false,,",
        "target,false,9,",
        "trials.csv line 2, column lag: a first showing has no lag",
    ),
    (
        "trials",
        "true,r,433",
        "true,,433",
        "trials.csv line 4, column key: responded is true, but there is no key",
    ),
    (
        "trials",
        "true,r,433",
        "false,,433",
        "trials.csv line 4, column rt_ms: there is one, but responded is false",
    ),
    (
        "trials",
        "p1,r1,1",
        "p2,r1,1",
        "trials.csv line 3, column run_id: is another participant's run above",
    ),
    (
        "trials",
        "r1,1,cat/2,filler",
        "r1,1,cat/1,filler",
        "trials.csv line 3, column image_id: the run has this showing of the image already "
        "(a first and a repeat: one each)",
    ),
    (
        "images",
        "cat/2",
        "cat/1",
        "images.csv line 3, column image_id: image_id 'cat/1' is also on ",
    ),
    ("images", "cat/1,,640", "cat/1,,0", "images.csv line 2, column width_px: '0' is below 1"),
    (
        "images",
        "cat/1,,",
        "cat/1,ABC,",
        "images.csv line 2, column sha256: 'ABC' is not a sha256; it has 64 characters of 0-9 and",
    ),
    ("images", "image_id,", "image,", "images.csv, column image_id: is not there"),
]


@pytest.mark.parametrize(("table", "old", "new", "message"), FAULTS)
def test_broken_promise_is_told_with_line_and_column(
    table: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    texts = {"images": IMAGES, "trials": TRIALS}
    assert old in texts[table]
    texts[table] = texts[table].replace(old, new, 1)
    found = problems(write(tmp_path, **texts))
    assert any(line.startswith(message) for line in found), found
    with pytest.raises(DatasetError, match=re.escape(message)):
        read_dataset(tmp_path)


OTHER_FAULTS = [
    (
        "trials",
        "participant_id,run_id,position,image_id,role,is_repeat,responded,is_early\n"
        "p1,r1,0,cat/1,target,false,false,false\n",
        "trials.csv line 2, column is_early: there is one, but no rt_ms",
    ),
    (
        "participants",
        "participant_id\np2\n",
        "trials.csv line 2, column participant_id: 'p1' is not in",
    ),
    (
        "runs",
        "run_id,participant_id\nr1,p9\n",
        "column participant_id: is not the participant_id that",
    ),
    (
        "participants",
        "participant_id,created_at\np1,2026-01-31 12:00\n",
        "participants.csv line 2, column created_at: '2026-01-31 12:00' is not a time in UTC",
    ),
    ("exclusions", "participant_id,run_id,rule,decided_by\np9,r1,x,rule\n", "is not a run of this"),
    ("predictions", "image_id,model,prediction\ncat/1,m,\n", "exactly one of prediction and error"),
    ("predictions", "image_id,model,prediction\ncat/1,m,1\ncat/1,m,2\n", "is also on line 2"),
    ("image_counts", "image_id,hits,repeats\ncat/1,3,2\n", "line 2, column hits: is above repeats"),
    ("image_counts", "image_id,hits\ncat/1,3\n", "hits and repeats must both be there or both be"),
    (
        "image_scores",
        "image_id,score,value\ncat/3,x,1\n",
        "column image_id: 'cat/3' is not in images",
    ),
    ("events", "run_id,event,at_ms\nr1,blur,soon\n", "column at_ms: 'soon' is not a number"),
]


@pytest.mark.parametrize(("table", "text", "message"), OTHER_FAULTS)
def test_rules_between_tables_are_checked(
    table: str, text: str, message: str, tmp_path: Path
) -> None:
    found = problems(write(tmp_path, **{"trials": TRIALS, table: text}))
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("column", "called", "hint"),
    [
        ("participant_id", "participant", "; is it 'participant'?"),
        ("run_id", "runid", "; is it 'runid'?"),
        ("image_id", "picture", ""),
        ("is_repeat", "is_repeated", "; is it 'is_repeated'?"),
        ("responded", "answer", ""),
    ],
)
def test_a_column_that_is_not_there_is_the_only_problem(
    column: str, called: str, hint: str, tmp_path: Path
) -> None:
    folder = write(
        tmp_path,
        trials=TRIALS.replace(column, called, 1),
        participants="participant_id\np1\n",
        runs="run_id,participant_id\nr1,p1\n",
        exclusions="participant_id,run_id,rule,decided_by\np1,r1,x,rule\n",
    )
    told = f"trials.csv, column {column}: is not there; every table needs it{hint}"
    assert problems(folder) == [told]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    text = 'image_id,mood,width_px\na,"one\ntwo\nthree",1\n\nb,calm,x\n'
    found = problems(write(tmp_path, images=text))
    assert found[0].startswith("images.csv line 6, column width_px")


def test_parquet_is_read_and_its_problems_name_rows(tmp_path: Path) -> None:
    write(tmp_path)
    frame = pd.DataFrame(
        {
            "participant_id": ["p1", "p1"],
            "run_id": ["r1", "r1"],
            "position": [0, 3],
            "image_id": ["cat/1", "cat/1"],
            "role": ["target", "target"],
            "is_repeat": [False, True],
            "lag": pd.array([None, 3], dtype="Int64"),
            "responded": [False, True],
        }
    )
    frame.to_parquet(tmp_path / "trials.parquet")
    trials = read_dataset(tmp_path).trials
    assert trials is not None
    assert list(trials["position"]) == [0, 3]
    frame.assign(lag=pd.array([None, 4], dtype="Int64")).to_parquet(tmp_path / "trials.parquet")
    assert problems(tmp_path)[0].startswith("trials.parquet row 2, column lag: ")
    (tmp_path / "trials.csv").write_text(TRIALS, encoding="utf-8")
    assert "there is trials.parquet as well" in problems(tmp_path)[0]


def test_twenty_problems_are_told_at_once_and_the_rest_counted(tmp_path: Path) -> None:
    rows = "".join(f"i{i},wide\n" for i in range(30))
    write(tmp_path, images="image_id,width_px\n" + rows)
    with pytest.raises(DatasetError) as error:
        read_dataset(tmp_path)
    message = str(error.value)
    assert "30 problems" in message
    assert message.count("is not a number") == 20
    assert message.endswith("… and 10 more")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"image_id;width_px\na;1\n", "images.csv line 1: separates by semicolons; use commas"),
        (b"image_id,image_id\na,b\n", "images.csv line 1: column 'image_id' is there twice"),
        (b"", "images.csv line 1: is empty"),
        (b"image_id\ncaf\xe9\n", "images.csv: is not UTF-8"),
        (b"image_id,width_px\na,1\nb,1,2\n", "images.csv: is not a well-formed CSV file"),
        (b"image_id\na,1\nb,1\n", "images.csv: its rows have more fields than its header"),
    ],
)
def test_file_that_is_no_table_is_refused_with_the_reason(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "images.csv").write_bytes(content)
    assert problems(tmp_path)[0].startswith(message)


def test_folder_without_images_and_path_that_is_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"images.csv: is not there"):
        read_dataset(tmp_path)
    with pytest.raises(DatasetError, match="is not a folder"):
        read_dataset(tmp_path / "nowhere")


def test_listed_files_must_be_there_with_their_bytes(tmp_path: Path) -> None:
    write(tmp_path, trials=TRIALS)
    files = {
        name: {"sha256": file_sha256(tmp_path / name)} for name in ("images.csv", "trials.csv")
    }
    meta = {"format": "hitrate-dataset", "format_version": 1, "title": "Cats", "files": files}
    (tmp_path / "dataset.json").write_text(json.dumps(meta), encoding="utf-8")
    assert read_dataset(tmp_path).title == "Cats"
    (tmp_path / "trials.csv").write_text(TRIALS.replace("433", "434"), encoding="utf-8")
    assert "trials.csv: its sha256 is not the one in dataset.json" in problems(tmp_path)[0]
    (tmp_path / "trials.csv").unlink()
    assert problems(tmp_path) == ["trials.csv: is listed in dataset.json but is not there"]
    files["../secret"] = {"sha256": ""}
    (tmp_path / "dataset.json").write_text(json.dumps(meta), encoding="utf-8")
    assert "leaves the dataset's folder" in " ".join(problems(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "dataset.json: is not JSON"),
        ("[]", "dataset.json: holds no object"),
        ('{"format": "x", "format_version": 1}', "dataset.json: format is 'x'"),
        ('{"format": "hitrate-dataset", "format_version": 2}', "format_version is 2"),
    ],
)
def test_description_of_another_format_is_refused(text: str, message: str, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "dataset.json").write_text(text, encoding="utf-8")
    assert message in problems(tmp_path)[0]


def test_thumbnail_must_be_a_file_within_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(b"x")
    write(tmp_path, images="image_id,thumbnail\na,a.webp\nb,b.webp\nc,../c.webp\n")
    assert problems(tmp_path) == [
        "images.csv line 3, column thumbnail: 'b.webp' is not a file of the dataset",
        "images.csv line 4, column thumbnail: '../c.webp' leaves the dataset's folder",
    ]


def test_written_dataset_reads_as_it_was_and_is_never_written_over(tmp_path: Path) -> None:
    first = read_dataset(write(tmp_path, trials=TRIALS))
    assert first.trials is not None
    tables = {"images": first.images, "trials": first.trials}
    second = write_dataset(tables, tmp_path / "copy", meta={"title": "A copy"})
    assert second.title == "A copy"
    assert second.trials is not None
    pd.testing.assert_frame_equal(first.trials, second.trials)
    pd.testing.assert_frame_equal(first.images, second.images)
    with pytest.raises(DatasetError, match="is already there"):
        write_dataset(tables, tmp_path / "copy")


def test_dataset_that_breaks_a_promise_is_not_written(tmp_path: Path) -> None:
    images = pd.DataFrame({"image_id": ["a", "a"]})
    with pytest.raises(DatasetError, match="is also on line 2"):
        write_dataset({"images": images}, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
