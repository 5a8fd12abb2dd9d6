"""Renditions: sizes by arithmetic, pixels near the original's, made once."""

from pathlib import Path

import pytest
from PIL import Image as PillowImage

from stimuli.errors import StimuliError
from stimuli.image_set import Image, read_image_set
from stimuli.importers import import_images
from stimuli.pixels import load_rgb
from stimuli.renditions import rendition
from tests.stimuli.picture_files import encoded


def image_of(tmp_path: Path, picture: PillowImage.Image) -> Image:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(encoded(picture, "PNG"))
    import_images(tmp_path / "in", tmp_path, "set")
    return read_image_set(tmp_path / "set").images[0]


@pytest.mark.parametrize(
    ("size", "size_px", "crop", "expected"),
    [
        ((800, 600), 400, None, (400, 300)),
        ((600, 800), 400, None, (300, 400)),
        ((800, 600), 400, "square", (400, 400)),
        ((800, 600), 2000, None, (800, 600)),  # never enlarged
        ((800, 600), 2000, "square", (600, 600)),
        ((3000, 2), 300, None, (300, 1)),  # no side vanishes
    ],
)
def test_the_longest_side_is_made_to_fit(
    tmp_path: Path,
    size: tuple[int, int],
    size_px: int,
    crop: str | None,
    expected: tuple[int, int],
) -> None:
    image = image_of(tmp_path, PillowImage.new("RGB", size, (30, 60, 90)))
    path = rendition(image, tmp_path / "renditions", size_px, crop)
    with PillowImage.open(path) as made:
        assert (made.format, made.size) == ("WEBP", expected)


def test_a_square_is_cut_from_the_middle_and_transparency_is_white(tmp_path: Path) -> None:
    picture = PillowImage.new("RGBA", (300, 100), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (100, 0, 200, 100))
    image = image_of(tmp_path, picture)
    middle = load_rgb(rendition(image, tmp_path / "r", 100, "square"))
    assert middle.size == (100, 100)
    assert middle.getpixel((50, 50)) == pytest.approx((255, 255, 255), abs=3)
    left = load_rgb(rendition(image, tmp_path / "r", 300))
    assert left.getpixel((30, 50)) == pytest.approx((255, 0, 0), abs=6)


def test_a_rendition_is_made_once_and_each_kind_has_its_own_file(tmp_path: Path) -> None:
    image = image_of(tmp_path, PillowImage.new("RGB", (300, 200), "green"))
    kinds: list[tuple[int, str | None]] = [(100, None), (100, "square"), (50, None)]
    paths = [rendition(image, tmp_path / "r", size_px, crop) for size_px, crop in kinds]
    assert len(set(paths)) == 3
    assert all(path.name.startswith(image.sha256) for path in paths)
    times = [path.stat().st_mtime_ns for path in paths]
    again = [rendition(image, tmp_path / "r", size_px, crop) for size_px, crop in kinds]
    assert again == paths
    assert [path.stat().st_mtime_ns for path in paths] == times
    assert len(list((tmp_path / "r").iterdir())) == 3  # no temporary file is left


@pytest.mark.parametrize(("size_px", "crop"), [(0, None), (-5, None), (100, "round")])
def test_an_impossible_rendition_is_refused(tmp_path: Path, size_px: int, crop: str | None) -> None:
    image = image_of(tmp_path, PillowImage.new("RGB", (30, 20)))
    with pytest.raises(StimuliError):
        rendition(image, tmp_path / "r", size_px, crop)
