"""The part of a picture that people are shown, in pixels that are known."""

from pathlib import Path

import pytest
from PIL import Image as PillowImage
from sqlalchemy import select

from experiment.database import Database
from experiment.models import Image, Study
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, make_renditions, study_images
from stimuli.importers import import_images
from tests.experiment.visitor import SMALL

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)


def flags(folder: Path) -> None:
    """24 pictures of 300 × 100: red, green and blue from left to right."""
    folder.mkdir()
    for number in range(24):
        flag = PillowImage.new("RGB", (300, 100), GREEN)
        flag.paste(RED, (0, 0, 100, 100))
        flag.paste(BLUE, (200, 0, 300, 100))
        flag.putpixel((150, number), (255, 255, 255))  # no two pictures are the same
        flag.save(folder / f"flag_{number:02}.png")


@pytest.mark.parametrize(
    ("crop", "size", "left"), [("none", (60, 20), RED), ("square", (60, 60), GREEN)]
)
def test_people_see_all_of_a_picture_or_the_square_in_its_middle(
    settings: Settings,
    database: Database,
    tmp_path: Path,
    crop: str,
    size: tuple[int, int],
    left: tuple[int, int, int],
) -> None:
    flags(tmp_path / "flags")
    import_images(tmp_path / "flags", settings.image_sets, "flags")
    lines = ["title = 'F'", "slug = 'f'", "image_set = 'flags'", "[paradigm]"]
    lines += ["preset = 'lamem2015'", *(f"{key} = {value!r}" for key, value in SMALL.items())]
    # With degrees, size_px is what the files are made at.
    lines += ["[display]", f"crop = '{crop}'", "size_px = 60", "size_deg = 5.0"]
    with database.write() as session:
        create_study(session, settings, parse_study("\n".join(lines), "f.toml"))
    with database.read() as session:
        study = session.scalars(select(Study)).one()
        images: list[Image] = study_images(session, study)
        assert make_renditions(settings, "flags", study.paradigm, images) == 24
    files = sorted(settings.renditions.iterdir())
    assert len(files) == 24
    with PillowImage.open(files[0]) as shown:
        assert shown.size == size
        pixel = shown.convert("RGB").getpixel((5, size[1] - 3))
    assert pixel == pytest.approx(left, abs=8)
