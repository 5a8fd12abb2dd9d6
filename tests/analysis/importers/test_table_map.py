"""The mapping file says everything that is guessed, and what it says is checked."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from analysis.importers.front import import_table
from analysis.importers.table_map import map_text, read_map, to_map
from tests.analysis.importers.importing import import_files, read_back

ODD = "wer;wo;was;taste;zeit\nx1;1;a.png;links;0,5\nx1;2;b.png;rechts;0,4\nx1;3;a.png;links;0,7\n"
MAP = """
kind = "trials"
[file]
separator = ";"
decimal = ","
[columns]
participant_id = "wer"
position = "wo"
image_id = "was"
response = "taste"
rt = "zeit"
[values.response]
old = ["links"]
new = ["rechts"]
[units]
rt = "s"
[constants]
role = "target"
phase = "game"
"""


def test_a_mapping_file_says_what_no_name_tells(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP)
    mapping = read_map(tmp_path / "map.toml")
    result = import_files(tmp_path, {"t.csv": ODD}, mapping=mapping)
    wanted = ("participant_id", "position", "image_id", "is_repeat", "responded", "key", "rt_ms")
    assert result.rows(*wanted) == [
        ("x1", 0, "a", False, True, "links", 500.0),
        ("x1", 1, "b", False, False, None, None),
        ("x1", 2, "a", True, True, "links", 700.0),
    ]


def test_a_written_map_imports_the_same_again(tmp_path: Path) -> None:
    text = "subj,trial,img,cond,key,acc,rt\n1,1,a,old,f,1,0.5\n1,2,b,new,f,0,0.6\n1,3,c,new,,,\n"
    first = import_files(tmp_path, {"t.csv": text})
    written = map_text(first.imported.mapping, first.imported.understood)
    (tmp_path / "map.toml").write_text(written)
    mapping = read_map(tmp_path / "map.toml")
    assert 'status = "cond"  # first showing or repeat' in written
    assert 'repeat = ["old"]' in written
    assert 'rt = "s"' in written
    again = read_back(tmp_path, import_table(tmp_path / "source" / "t.csv", mapping=mapping))
    assert again.trials.equals(first.trials)
    assert again.imported.mapping == first.imported.mapping


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kinds = "trials"', "'kinds' is none of: .*; is it 'kind'"),
        ('kind = "trial"', "kind: 'trial' is none of: .*; is it 'trials'"),
        ('[columns]\nimage = "x"', "'image' is none of: .*; is it 'image_id'"),
        ('[columns]\nimage_id = ["x"]', "write it as text in quotes"),
        ('[values.respons]\nold = ["x"]', "'respons' is none of: .*; is it 'response'"),
        ('[values.response]\nolds = ["x"]', "'olds' is none of: .*; is it 'old'"),
        ('[values.response]\nold = ["x"]\nnew = ["X"]', "'X' means old and new"),
        ('[units]\nrt = "sec"', "'sec' is none of: ms, s"),
        ('[file]\nseparator = ";;"', "separator is one character"),
        ('[constants]\nrole = "targets"', "'targets' is none of: .*; is it 'target'"),
        ('keep = "last"', "'last' is none of: error, first"),
        ("columns = 3", "columns is a table: write"),
        ("kind = ", "is not a mapping file"),
    ],
)
def test_what_no_importer_knows_is_refused_with_the_nearest_name(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(DatasetError, match=message):
        read_map(tmp_path / "map.toml")


def test_columns_that_are_not_there_are_refused_with_the_nearest_name(tmp_path: Path) -> None:
    mapping = to_map({"columns": {"image_id": "imag"}})
    with pytest.raises(DatasetError, match=r"image_id=imag: t.csv has .*; is it 'img'"):
        import_files(tmp_path, {"t.csv": "subj,img,resp\n1,a,k\n"}, mapping=mapping)
