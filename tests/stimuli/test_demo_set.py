"""The demo set: what the build put there is what the choice says, and nothing unpleasant."""

import csv
import json
from pathlib import Path

import pytest

from stimuli import demo
from stimuli.checks import check_image_set
from stimuli.demo import demo_images, import_demo_set
from stimuli.errors import StimuliError
from stimuli.image_set import read_image_set
from tests.stimuli.picture_files import tree

SELECTION = Path(demo.__file__).with_name("demo_selection.json")
CATEGORIES = {"activities", "animals_nature", "food_drink", "objects", "travel_places"}
UNWANTED = {
    "face", "hand", "flag", "skin", "tone", "keycap", "person", "man", "woman", "boy", "girl",
    "gun", "pistol", "knife", "dagger", "sword", "swords", "bomb", "cigarette", "coffin",
    "syringe", "pill", "blood", "skull", "poo", "headstone", "urn", "beer", "wine",
}  # fmt: skip
HARMLESS = {"woman's boot", "woman's hat", "fork and knife with plate", "folding hand fan"}


def test_the_demo_set_is_imported_whole_with_its_notice(tmp_path: Path) -> None:
    summary = import_demo_set(tmp_path)
    assert summary.refused == []
    assert summary.notes == []
    image_set = read_image_set(tmp_path / "demo")
    chosen = {
        slug: category
        for category, slugs in json.loads(SELECTION.read_text(encoding="utf-8")).items()
        for slug in slugs
    }
    assert {image.image_id: image.category for image in image_set.images} == chosen
    assert len(chosen) >= 200
    assert set(chosen.values()) == CATEGORIES
    assert {image.licence for image in image_set.images} == {"MIT"}
    assert all(min(image.width_px, image.height_px) >= 200 for image in image_set.images)
    assert image_set.notice is not None
    for words in ("@lobehub/fluent-emoji-3d", "unicode-emoji-json", "Licence: MIT", "Microsoft"):
        assert words in image_set.notice
    assert check_image_set(image_set) == []


def test_importing_the_demo_set_again_changes_nothing(tmp_path: Path) -> None:
    import_demo_set(tmp_path)
    before = tree(tmp_path)
    summary = import_demo_set(tmp_path)
    assert summary.unchanged == summary.total
    assert tree(tmp_path) == before


def test_no_picture_is_of_a_face_a_person_a_flag_or_anything_unpleasant() -> None:
    with (demo_images() / "manifest.csv").open(encoding="utf-8", newline="") as file:
        names = {row["name"].replace("’", "'") for row in csv.DictReader(file)}
    assert len(names) >= 200
    for name in names - HARMLESS:
        words = name.replace("'s", "").replace("-", " ").split()
        assert not UNWANTED.intersection(words), name


def test_without_the_built_pictures_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "demo.py"))
    with pytest.raises(StimuliError, match="pip install"):
        import_demo_set(tmp_path / "sets")
