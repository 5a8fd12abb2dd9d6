"""Small distinct pictures for tests, and a study of them that is open."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage

from experiment.database import Database
from experiment.design.presets import PRESETS
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, open_study
from stimuli.image_set import read_image_set
from stimuli.importers import import_images
from stimuli.renditions import rendition

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
    settings: Settings, database: Database, n: int, paradigm: Mapping[str, Any]
) -> str:
    """Import n pictures, create a study of them with this paradigm and open it: its slug."""
    for made in imported(n).iterdir():
        shutil.copytree(made, settings.instance / made.name, dirs_exist_ok=True)
    lines = ["title = 'Pictures'", "slug = 'pictures'", "image_set = 'pictures'", "[paradigm]"]
    lines += ["preset = 'lamem2015'", *(f"{key} = {value!r}" for key, value in paradigm.items())]
    with database.write() as session:
        study = create_study(session, settings, parse_study("\n".join(lines), "pictures.toml"))
        open_study(session, study)
    return "pictures"


@cache
def imported(n: int) -> Path:
    """An instance folder with the set `pictures` of n pictures and their renditions: made once, and
    deleted at the end of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="hitrate-pictures-"))
    atexit.register(shutil.rmtree, folder)
    make_pictures(folder / "pictures", n)
    instance = folder / "instance"
    summary = import_images(folder / "pictures", instance / "image_sets", "pictures")
    assert summary.added == n, summary.refused
    display = PRESETS["lamem2015"].display
    for image in read_image_set(instance / "image_sets" / "pictures").images:
        rendition(image, instance / "renditions", display.size_px, None)
    return instance
