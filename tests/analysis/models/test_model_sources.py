"""What ``hitrate score`` takes: folders, files, globs, image sets, datasets."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from analysis.errors import ModelError
from analysis.models.sources import Picture, find_pictures


def save(path: Path, level: int = 0) -> Path:
    """A tiny picture of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), level).save(path)
    return path


def ids(pictures: Sequence[Picture]) -> list[str]:
    return [picture.image_id for picture in pictures]


def make_image_set(instance: Path, name: str, levels: dict[str, int]) -> Path:
    """An image set as ``stimuli import`` leaves it, written by hand."""
    folder = instance / "image_sets" / name
    lines = ["image_id,file,sha256,width_px,height_px,category,licence"]
    for image_id, level in levels.items():
        made = save(folder / "originals" / "made.png", level)
        sha256 = hashlib.sha256(made.read_bytes()).hexdigest()
        made.rename(folder / "originals" / f"{sha256}.png")
        lines.append(f"{image_id},originals/{sha256}.png,{sha256},4,4,,")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_folder_gives_its_pictures_by_relative_path_without_extension(tmp_path: Path) -> None:
    for name in ("b.png", "a/2.JPG", "a/1.tif", "a/deep/x.webp", ".hidden.png", ".trash/y.png"):
        save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not a picture")
    assert ids(find_pictures([str(tmp_path)])) == ["b", "a/1", "a/2", "a/deep/x"]


def test_a_file_is_named_by_its_stem(tmp_path: Path) -> None:
    (picture,) = find_pictures([str(save(tmp_path / "some" / "photo.of.me.png"))])
    assert picture.image_id == "photo.of.me"
    assert picture.path == tmp_path / "some" / "photo.of.me.png"


def test_a_file_that_is_named_is_tried_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "picture.dat").write_text("?")
    assert ids(find_pictures([str(tmp_path / "picture.dat")])) == ["picture"]


def test_a_glob_names_by_the_path_after_its_fixed_part(tmp_path: Path) -> None:
    for name in ("x/1.png", "x/2.jpg", "y/1.png", "y/z/3.png", "readme.md"):
        save(tmp_path / name) if name[-3:] != ".md" else (tmp_path / name).write_text("")
    assert ids(find_pictures([f"{tmp_path}/*/*.png"])) == ["x/1", "y/1"]
    assert ids(find_pictures([f"{tmp_path}/x/*"])) == ["1", "2"]
    assert ids(find_pictures([f"{tmp_path}/**/3.png"])) == ["y/z/3"]


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(tmp_path: Path) -> None:
    assert ids(find_pictures([str(save(tmp_path / "a[1].png"))])) == ["a[1]"]


def test_an_image_set_is_found_by_folder_and_by_name(tmp_path: Path) -> None:
    folder = make_image_set(tmp_path, "things", {"cat/1": 10, "dog/1": 20})
    by_folder = find_pictures([str(folder)])
    by_name = find_pictures(["things"], instance=tmp_path)
    assert by_folder == by_name
    assert ids(by_name) == ["cat/1", "dog/1"]
    assert all(p.path is not None and p.path.stem == p.sha256 for p in by_name)


def test_a_folder_with_a_manifest_of_its_own_kind_is_a_folder(tmp_path: Path) -> None:
    # shared photographs lie like this: manifest.csv beside images/, not an image set
    save(tmp_path / "images" / "a.png")
    (tmp_path / "manifest.csv").write_text("file,category\na.png,x\n")
    assert ids(find_pictures([str(tmp_path)])) == ["images/a"]


@pytest.mark.parametrize("named_by", ["image_id", "sha256"])
def test_a_dataset_is_scored_by_its_originals(tmp_path: Path, named_by: str) -> None:
    rows = ["image_id,sha256"]
    for i, image_id in enumerate(["cat/1", "007", "lost"]):
        path = save(tmp_path / "originals" / "made.png", i)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append(f"{image_id},{sha256}")
        goal = tmp_path / "originals" / f"{image_id if named_by == 'image_id' else sha256}.png"
        goal.parent.mkdir(exist_ok=True)
        path.rename(goal)
        if image_id == "lost":
            goal.unlink()
    (tmp_path / "images.csv").write_text("\n".join(rows) + "\n")
    save(tmp_path / "thumbnails" / "small.webp")
    pictures = find_pictures([str(tmp_path)])
    assert ids(pictures) == ["cat/1", "007", "lost"]
    assert [picture.path is not None for picture in pictures] == [True, True, False]
    assert [picture.error is None for picture in pictures] == [True, True, False]
    assert "originals" in str(pictures[2].error)
    assert all(picture.sha256 and len(picture.sha256) == 64 for picture in pictures)


def test_a_dataset_without_originals_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_text("image_id\na\n")
    save(tmp_path / "thumbnails" / "a.webp")
    with pytest.raises(ModelError, match=r"thumbnails are not scored.*--with-images"):
        find_pictures([str(tmp_path)])


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder or file"):
        find_pictures(["nowhere"], instance=tmp_path)
    with pytest.raises(ModelError, match=r"no pictures there.*\.jpg"):
        find_pictures([str(tmp_path)])
    with pytest.raises(ModelError, match="no pictures there"):
        find_pictures([f"{tmp_path}/*.png"])


def test_a_file_that_is_named_twice_is_scored_once(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png")
    assert ids(find_pictures([str(tmp_path), str(path), f"{tmp_path}/*"])) == ["a"]


def test_two_files_with_one_id_do_not_stop_the_job(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "b.png"):
        save(tmp_path / "x" / name)
    save(tmp_path / "y" / "a.png")
    pictures = find_pictures([str(tmp_path / "x"), str(tmp_path / "y")])
    assert ids(pictures) == ["a", "a.png", "b", "a.png (again)"]
    assert [picture.error is None for picture in pictures] == [True, False, True, False]
    assert "image_id 'a'" in str(pictures[1].error)
