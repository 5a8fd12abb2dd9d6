"""Text tables in every dress: each is the same two rows of an image and a number."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from analysis.importers.text_files import Format, read_table

ROWS = [("Köln", "0.5"), ("b", "")]


@pytest.mark.parametrize(
    ("content", "detected"),
    [
        ("image,hr\nKöln,0.5\nb,NA\n".encode(), "UTF-8, separated by commas"),
        ("image,hr\r\nKöln,0.5\r\nb,\r\n".encode("utf-8-sig"), "UTF-8 with a byte order mark"),
        ("image\thr\nKöln\t0.5\nb\tnull\n".encode("utf-16"), "UTF-16, separated by tabs"),
        ("image\thr\nKöln\t0.5\nb\tn/a\n".encode("utf-16-be"), "UTF-16 (big-endian"),
        ("image;hr\nKöln;0,5\nb;-\n".encode("cp1252"), "Windows-1252, separated by semicolons"),
        ("image;hr\nKöln;0,5\nb;NaN\n".encode("latin-1"), "decimal commas"),
        ("sep=;\nimage;hr\nKöln;0,5\nb;\n".encode(), "separated by semicolons"),
        ('"image","hr"\n"Köln","0,5"\n"b",""\n'.encode(), "decimal commas"),
        ("image|hr\n Köln | 0.5 \n\n  \nb|\n".encode(), "separated by bars"),
        ("image hr\nKöln 0.5\nb NA\n".encode(), "separated by spaces"),
        ("image,hr,\nKöln,0.5,\nb,,\n".encode(), "separated by commas"),
        ("image,hr\rKöln,0.5\rb,\r".encode(), "separated by commas"),
    ],
)
def test_how_a_file_is_written_is_found_out_and_said(
    content: bytes, detected: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    rows = read_table(tmp_path / "t.csv")
    assert rows.columns == ["image", "hr"]
    assert list(rows.frame.itertuples(index=False, name=None)) == ROWS
    assert detected in rows.detected[0]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = 'sep=,\n\nimage,note\na,"two\nlines"\n\nb,x\n,\nc,y\n'
    (tmp_path / "t.csv").write_text(text)
    rows = read_table(tmp_path / "t.csv")
    assert [rows.line(row) for row in range(3)] == [4, 7, 9]
    assert rows.frame["note"].tolist() == ["two lines", "x", "y"]


def test_rows_longer_than_the_header_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2,\n1,2,3\n")
    with pytest.raises(DatasetError, match="line 3: has 3 fields, and the first row has 2"):
        read_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04rest", "is an Excel or OpenDocument workbook .* save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Excel workbook; save the sheet as CSV"),
        (b"$FL2@(#) IBM SPSS", "is an SPSS file; in SPSS, save the data as CSV"),
        (b"MATLAB 5.0 MAT-file", "is a MATLAB file; in MATLAB, write the table"),
        (b"\x1f\x8b\x08", "is compressed"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,a\n1,2\n", "column 'a' is there twice"),
        (b"a,b\n1,\x002\n", "line 2: holds a NUL character"),
    ],
)
def test_what_is_no_text_table_is_refused_with_what_to_do(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        read_table(tmp_path / "t.csv")


def test_the_reader_knows_better(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("1;ä,5\n".encode("mac-roman"))
    form = Format(separator=";", encoding="mac-roman", decimal=".", header=False)
    rows = read_table(tmp_path / "t.csv", form)
    assert rows.frame.iloc[0].tolist() == ["1", "ä,5"]
    with pytest.raises(DatasetError, match="cannot be read as klingon"):
        read_table(tmp_path / "t.csv", Format(encoding="klingon"))
