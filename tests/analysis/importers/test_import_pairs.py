"""Tables with a row for each image that a person saw, written by hand."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from tests.analysis.importers.importing import import_files

PAIRS = "participant,image,hit,false_alarm,rt\n1,a,1,0,500\n1,b,0,0,\n1,b,0,0,\n2,a,,1,\n"


def test_each_row_is_a_repeat_and_a_first_showing(tmp_path: Path) -> None:
    result = import_files(tmp_path, {"t.csv": PAIRS})
    wanted = ("participant_id", "image_id", "is_repeat", "responded", "rt_ms", "lag")
    assert result.rows(*wanted, "is_position_known") == [
        ("1", "a", False, False, None, None, False),
        ("1", "b", False, False, None, None, False),
        ("1", "a", True, True, 500.0, None, False),
        ("1", "b", True, False, None, None, False),
        ("2", "a", False, True, None, None, False),
    ]
    assert result.said("1 row: the same as an earlier row, field by field (t.csv line 4)")
    assert result.said("1 row: no value in hit (t.csv line 5)")
    assert result.said("lags: missing, as nothing tells the order")


def test_contradictory_pairs_are_told_with_both_lines(tmp_path: Path) -> None:
    text = PAIRS + "1,a,0,0,\n"
    with pytest.raises(DatasetError) as error:
        import_files(tmp_path, {"t.csv": text})
    message = "t.csv line 6: this repeat of the image by this person is also on t.csv line 2, with "
    assert message + "another answer" in str(error.value)


def test_values_that_are_neither_yes_nor_no_are_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        import_files(tmp_path, {"t.csv": PAIRS.replace("1,b,0", "1,b,7")}, kind="pairs")
    assert "t.csv line 3, column hit: '7' is neither 1 nor 0" in str(error.value)
