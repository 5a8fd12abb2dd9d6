"""BIDS files, written by hand as the standard has them."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from tests.analysis.importers.importing import import_files

EVENTS = """onset\tduration\ttrial_type\tresponse_time\tstim_file
0.0\t0.6\tfixation\tn/a\tn/a
1.0\t0.6\ttarget\tn/a\timages/a.png
2.4\t0.6\ttarget\t0.120\timages/b.png
3.8\t0.6\ttarget\t0.512\timages/a.png
"""
ROWS = [
    (0, "images/a", False, None, False, None, 0.0),
    (1, "images/b", False, None, True, 120.0, 1400.0),
    (2, "images/a", True, 2, True, 512.0, 2800.0),
]
WANTED = ("position", "image_id", "is_repeat", "lag", "responded", "rt_ms", "onset_ms")


def near(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows with times to the microsecond: 2.4 s less 1.0 s is not quite 1400 ms."""
    return [tuple(round(x, 3) if isinstance(x, float) else x for x in row) for row in rows]


def test_one_file_of_events_is_a_run_of_a_person(tmp_path: Path) -> None:
    result = import_files(tmp_path, {"sub-01_task-memory_run-1_events.tsv": EVENTS})
    assert near(result.rows("participant_id", *WANTED)) == [("sub-01", *row) for row in ROWS]
    assert result.said("1 row: events without an image: fixation 1")
    assert result.said("response_time: reaction time in seconds, as this kind of file has it")


def test_a_folder_holds_people_and_runs_and_what_may_be_told_of_people(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"sub-{sub}/beh/sub-{sub}_task-memory_run-{run}_events.tsv": EVENTS
        for sub in ("01", "02")
        for run in (1, 2)
    }
    files["participants.tsv"] = "participant_id\tage\temail\nsub-01\t23\ta@b.org\n"
    files["dataset_description.json"] = '{"Name": "x", "BIDSVersion": "1.8.0"}'
    result = import_files(tmp_path, files)
    assert result.rows("run_id", "run", "image_id")[::3] == [
        (f"sub-{sub}-{run}", run, "images/a") for sub in ("01", "02") for run in (1, 2)
    ]
    people = result.dataset.participants
    assert people is not None
    assert people["age"].fillna("").tolist() == ["23", ""]
    assert "email" not in people
    assert result.said("participants.tsv: email (may tell who people are)")


def test_tasks_of_studying_and_testing_are_phases_of_one_run(tmp_path: Path) -> None:
    study = "onset\tduration\tstim_file\n0\t1\ta.png\n2\t1\tb.png\n"
    test = "onset\tduration\tstim_file\tresponse\n0\t1\tc.png\told\n2\t1\tb.png\told\n"
    files: dict[str, str | bytes] = {
        "sub-1_task-encoding_beh.tsv": study,
        "sub-1_task-recognition_beh.tsv": test,
    }
    result = import_files(tmp_path, files)
    assert result.rows("phase", "position", "image_id", "is_repeat", "responded", "lag") == [
        ("study", 0, "a", False, False, None),
        ("study", 1, "b", False, False, None),
        ("test", 2, "c", False, True, None),
        ("test", 3, "b", True, True, None),
    ]


def test_other_files_called_bids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="BIDS calls such files sub-X"):
        import_files(tmp_path, {"events.tsv": EVENTS}, kind="bids")
