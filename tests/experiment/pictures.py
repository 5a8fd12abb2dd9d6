"""Small distinct pictures for tests, and a study of them that is open."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage

from experiment.database import Database
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, make_renditions, open_study, study_images
from stimuli.importers import import_images

SIZE = (48, 32)


def make_pictures(folder: Path, n: int) -> None:
    """Files picture_000.png …, each with a pattern of its own."""
    folder.mkdir(parents=True)
    for number in range(n):
        picture = PillowImage.new("RGB", SIZE, (number % 256, 90, 160))
        for bit in range(10):
            if number >> bit & 1:
                picture.paste((255, 255, 255), (bit * 4, 8, bit * 4 + 4, 24))
        picture.save(folder / f"picture_{number:03}.png")


def open_picture_study(
    settings: Settings, database: Database, folder: Path, n: int, paradigm: Mapping[str, Any]
) -> str:
    """Import n pictures, create a study of them with this paradigm and open it: its slug."""
    make_pictures(folder, n)
    summary = import_images(folder, settings.image_sets, "pictures")
    assert summary.added == n, summary.refused
    lines = ["title = 'Pictures'", "slug = 'pictures'", "image_set = 'pictures'", "[paradigm]"]
    lines += ["preset = 'lamem2015'", *(f"{key} = {value!r}" for key, value in paradigm.items())]
    with database.write() as session:
        study = create_study(session, settings, parse_study("\n".join(lines), "pictures.toml"))
        open_study(session, study)
    with database.read() as session:
        study = find_study(session, "pictures")
        images = study_images(session, study)
        make_renditions(settings, study.image_set.name, study.paradigm, images)
    return "pictures"
