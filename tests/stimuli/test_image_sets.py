"""Image sets as they lie in the instance: found by name, checked, mended, read strictly."""

import shutil
from pathlib import Path

import pytest

from stimuli.checks import check_image_set
from stimuli.errors import StimuliError
from stimuli.image_set import find_image_set, image_set_names, read_image_set
from stimuli.importers import import_images
from tests.stimuli.picture_files import write_png


def test_image_sets_are_found_by_name(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png", 1)
    import_images(tmp_path / "in", tmp_path / "sets", "one")
    import_images(tmp_path / "in", tmp_path / "sets", "two")
    assert image_set_names(tmp_path / "sets") == ["one", "two"]
    assert find_image_set(tmp_path / "sets", "two").name == "two"
    with pytest.raises(StimuliError, match="there are: one, two"):
        find_image_set(tmp_path / "sets", "three")
    with pytest.raises(StimuliError, match="cannot name"):
        find_image_set(tmp_path / "sets", "../sets/one")


def test_check_finds_changed_missing_and_stray_files(tmp_path: Path) -> None:
    for seed in range(4):
        write_png(tmp_path / "in" / f"{seed}.png", seed)
    summary = import_images(tmp_path / "in", tmp_path, "set")
    image_set = read_image_set(summary.folder)
    assert check_image_set(image_set) == []
    changed, missing, bare, _ = image_set.images
    changed.path.write_bytes(b"x")
    missing.path.unlink()
    (summary.folder / "thumbnails" / f"{bare.sha256}.webp").unlink()
    (summary.folder / "originals" / "stray.png").write_bytes(b"")
    problems = check_image_set(image_set)
    assert len(problems) == 4
    assert problems[0].startswith("0 (") and "changed after the import" in problems[0]
    assert problems[1].startswith("1 (") and "cannot be read" in problems[1]
    assert problems[2].startswith("2 (") and "thumbnail" in problems[2]
    assert "1 files of no image (first: stray.png)" in problems[3]


def test_an_import_mends_a_set_whose_files_were_lost(tmp_path: Path) -> None:
    for seed in range(3):
        write_png(tmp_path / "in" / f"{seed}.png", seed)
    folder = import_images(tmp_path / "in", tmp_path, "set").folder
    lost = next((folder / "originals").iterdir())
    lost.write_bytes(b"cut")
    shutil.rmtree(folder / "thumbnails")
    summary = import_images(tmp_path / "in", tmp_path, "set")
    assert summary.unchanged == 3
    assert check_image_set(read_image_set(folder)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("image_id,", "id,", "no column 'image_id'"),
        (",24,", ",wide,", "line 2"),
        ("originals/", "../../", "line 2"),
        ("originals/", "/etc/", "line 2"),
        ("a,originals", "b,originals", "there twice"),
        ("\na,", "\n\udcff,", "UTF-8"),
    ],
)
def test_a_manifest_that_was_tampered_with_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    write_png(tmp_path / "in" / "a.png", 1)
    write_png(tmp_path / "in" / "b.png", 2)
    manifest = import_images(tmp_path / "in", tmp_path, "set").folder / "manifest.csv"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))
    with pytest.raises(StimuliError, match=said):
        read_image_set(tmp_path / "set")


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "a b", ".x", "-x", "ü", "x" * 65, "a\n", "con.fig"]
)
def test_a_name_that_is_no_plain_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    write_png(tmp_path / "in" / "a.png", 1)
    with pytest.raises(StimuliError, match="cannot name an image set"):
        import_images(tmp_path / "in", tmp_path / "sets", name)
    assert not (tmp_path / "sets").exists()
