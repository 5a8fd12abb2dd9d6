"""Event logs, written by hand."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from tests.analysis.importers.importing import import_files

LOG = """participant,event,time,image,key
1,experiment_begin,0,,
1,keypress,500,,r
1,image_onset,1000,a.jpg,
1,image_offset,1600,,
1,image_onset,2400,b.jpg,
1,keypress,2500,,r
1,keypress,2900,,r
1,image_onset,3800,a.jpg,
1,keypress,5000,,r
"""
ROWS = [
    (0, "a", False, False, None, None, None, 0.0),
    (1, "b", False, True, "r", 100.0, True, 1400.0),
    (2, "a", True, True, "r", 1200.0, False, 2800.0),
]
WANTED = ("position", "image_id", "is_repeat", "responded", "key", "rt_ms", "is_early", "onset_ms")


def test_keys_belong_to_the_image_before_them(tmp_path: Path) -> None:
    result = import_files(tmp_path, {"log.csv": LOG})
    assert result.rows(*WANTED) == ROWS
    for sentence in (
        "time: times in milliseconds",
        "1 row: other events: experiment_begin 1 (log.csv line 2)",
        "1 row: a key before the first image (log.csv line 3)",
        "1 row: a further key while the same image counts (log.csv line 8)",
        "1 came before 150 ms and are marked as early",
    ):
        assert result.said(sentence), sentence


def test_seconds_are_noticed_and_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    head, *lines = LOG.splitlines()
    seconds = []
    for line in reversed(lines):
        fields = line.split(",")
        fields[2] = str(float(fields[2]) / 1000)
        seconds.append(",".join(fields))
    result = import_files(tmp_path, {"log.csv": "\n".join([head, *seconds])})
    rows = [
        tuple(round(x, 3) if isinstance(x, float) else x for x in r) for r in result.rows(*WANTED)
    ]
    assert rows == ROWS
    assert result.said("time: times in seconds")


def test_a_key_counts_within_its_own_trial_only(tmp_path: Path) -> None:
    text = "subject,trial,event,time_ms,stimulus\n1,1,stim_onset,0,a\n1,2,response,900,\n"
    text += "1,2,stim_onset,1400,a\n1,2,response,1900,\n"
    result = import_files(tmp_path, {"log.csv": text})
    assert result.rows("image_id", "is_repeat", "responded", "rt_ms") == [
        ("a", False, False, None),
        ("a", True, True, 500.0),
    ]
    assert result.said("a key in a trial whose image was not shown before it (log.csv line 3)")


def test_an_event_without_a_time_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="line 5, column time: is empty"):
        import_files(tmp_path, {"log.csv": LOG.replace("image_offset,1600", "image_offset,")})
