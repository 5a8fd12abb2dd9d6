"""Files that lie under other names than people gave them: what is told is their path."""

from pathlib import Path

import pytest

from stimuli.errors import Refusal, RefusedImageError, StimuliError
from stimuli.importers import import_found
from stimuli.listed import listed_source, with_table
from tests.stimuli.picture_files import write_png

TABLE = b"file,category\nsea/a.png,water\nsea/b.png,water\n"


def lying(folder: Path, paths: list[str]) -> dict[str, Path]:
    """Pictures under numbers, by the paths that people know them by."""
    return {path: write_png(folder / str(n), n) for n, path in enumerate(paths)}


def test_a_folder_around_everything_is_left_out_and_clutter_is_passed_over(tmp_path: Path) -> None:
    files = lying(tmp_path, ["x/sea/a.png", "x/b.png", ".trash/c.png", "x/Thumbs.db"])
    source = listed_source(files, {})
    assert [entry.image_id for entry in source.entries] == ["b", "sea/a"]
    assert [entry.category for entry in source.entries] == [None, "sea"]
    assert source.skipped == {"hidden files": 2}
    assert source.notes == ["everything lies in x/, which is left out of the image ids"]


def test_what_is_refused_without_a_look_is_counted_also_where_a_table_names_it(
    tmp_path: Path,
) -> None:
    files = lying(tmp_path, ["sea/a.png", "sea/c.png"])
    (tmp_path / "t").write_bytes(TABLE)
    late = RefusedImageError(Refusal.MISSING, "it was not sent to its end")
    source = with_table(
        listed_source(files | {"manifest.csv": tmp_path / "t"}, {"sea/b.png": late}), tmp_path
    )
    summary = import_found(source, tmp_path / "sets", "photos")
    assert summary.added == 1
    assert summary.refused == [
        ("manifest.csv line 3 (sea/b.png)", Refusal.MISSING, "it was not sent to its end")
    ]
    assert any("manifest.csv names 2 of 3 files" in note for note in summary.notes)


def test_of_several_tables_the_manifest_is_taken_and_without_one_none(tmp_path: Path) -> None:
    files = lying(tmp_path, ["sea/a.png", "sea/b.png"])
    (tmp_path / "t").write_bytes(TABLE)
    (tmp_path / "other").write_bytes(b"person,age\n1,30\n")
    tables = {"people.csv": tmp_path / "other", "about.csv": tmp_path / "t"}
    with pytest.raises(StimuliError, match=r"several tables \(about\.csv, people\.csv\)"):
        with_table(listed_source(files | tables, {}), tmp_path)
    tables["Manifest.csv"] = tables.pop("about.csv")
    source = with_table(listed_source(files | tables, {}), tmp_path)
    assert [entry.category for entry in source.entries] == ["water", "water"]


def test_a_table_that_leads_out_of_what_was_listed_stops_the_import(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"file\n../../secret_key\n")
    source = listed_source(lying(tmp_path, ["a.png"]) | {"manifest.csv": tmp_path / "t"}, {})
    with pytest.raises(StimuliError, match="leads out of what was uploaded"):
        with_table(source, tmp_path)
