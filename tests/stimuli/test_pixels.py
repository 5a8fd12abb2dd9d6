"""load_rgb: expected pixels are written by hand, or Pillow's own conversion of an ordinary file."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from stimuli.errors import Refusal, RefusedImageError
from stimuli.pixels import MAX_PIXELS, load_rgb
from tests.stimuli.picture_files import encoded, noise, pixels, refusal, row

FORMS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


def test_real_photographs_have_exactly_pillows_pixels(shared_data: Path) -> None:
    photographs = sorted((shared_data / "photos" / "images").glob("*.jpg"))
    assert len(photographs) == 181
    for path in photographs:
        with Image.open(path) as image:
            assert load_rgb(path).tobytes() == image.convert("RGB").tobytes(), path.name


@pytest.mark.parametrize("form", FORMS)
def test_an_ordinary_file_has_exactly_pillows_pixels(form: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encoded(noise(1, (50, 40)), form))
    with Image.open(path) as image:
        expected = image.convert("RGB")
    found = load_rgb(path)
    assert (found.mode, found.size) == ("RGB", (50, 40))
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_every_kind_of_jpeg_has_exactly_pillows_pixels(subsampling: int, progressive: bool) -> None:
    content = encoded(
        noise(2, (37, 53)), "JPEG", quality=70, subsampling=subsampling, progressive=progressive
    )
    expected = Image.open(io.BytesIO(content)).convert("RGB")
    assert load_rgb(io.BytesIO(content)).tobytes() == expected.tobytes()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_upright(form: str, orientation: int) -> None:
    stored = noise(3, (3, 2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {}
    content = encoded(stored, form, exif=exif, **options)
    # EXIF 2.32, tag 0x0112: where the stored row 0 and column 0 belong
    turn: dict[int, Callable[[Image.Image], Image.Image]] = {
        1: lambda im: im,
        2: ImageOps.mirror,
        3: lambda im: im.rotate(180),
        4: ImageOps.flip,
        5: lambda im: ImageOps.mirror(im).rotate(90, expand=True),
        6: lambda im: im.rotate(-90, expand=True),
        7: lambda im: ImageOps.mirror(im).rotate(-90, expand=True),
        8: lambda im: im.rotate(90, expand=True),
    }
    upright = turn[orientation](stored)
    found = load_rgb(io.BytesIO(content))
    assert found.size == upright.size
    assert found.tobytes() == upright.tobytes()


def test_a_rotated_photograph_is_turned_as_pillow_turns_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(noise(4, (40, 24)), "JPEG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    found = load_rgb(io.BytesIO(content))
    assert found.size == (24, 40)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_impossible_orientation_is_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert load_rgb(io.BytesIO(encoded(noise(5, (3, 2)), "PNG", exif=exif))).size == (3, 2)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_refuse_the_picture() -> None:
    content = encoded(noise(6, (8, 8)), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert load_rgb(io.BytesIO(content)).size == (8, 8)


def test_transparency_lies_over_white() -> None:
    image = row("RGBA", (200, 0, 0, 255), (200, 0, 0, 0), (255, 0, 0, 51))
    # opaque, gone, and one fifth of red over white: 255 − 255/5 = 204
    assert pixels(encoded(image, "PNG")) == [(200, 0, 0), (255, 255, 255), (255, 204, 204)]


def test_grey_with_alpha_lies_over_white() -> None:
    image = row("LA", (100, 255), (100, 0))
    assert pixels(encoded(image, "PNG")) == [(100, 100, 100), (255, 255, 255)]


@pytest.mark.parametrize(
    ("mode", "values", "transparent"),
    [
        ("L", (10, 20), 20),
        ("RGB", ((10, 10, 10), (20, 0, 5)), (20, 0, 5)),
        ("1", (0, 255), 255),
        ("I;16", (10 * 257, 5000), 5000),
    ],
)
def test_a_colour_declared_transparent_becomes_white(
    mode: str, values: tuple[object, ...], transparent: object
) -> None:
    first = (0, 0, 0) if mode == "1" else (10, 10, 10)
    content = encoded(row(mode, *values), "PNG", transparency=transparent)
    assert pixels(content) == [first, (255, 255, 255)]


def palette(*colours: tuple[int, int, int]) -> Image.Image:
    image = Image.new("P", (len(colours), 1))
    image.putpalette([part for colour in colours for part in colour])
    for x in range(len(colours)):
        image.putpixel((x, 0), x)
    return image


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF"])
def test_palette_colours_are_looked_up(form: str) -> None:
    colours = [(1, 2, 3), (250, 0, 0), (0, 99, 0)]
    assert pixels(encoded(palette(*colours), form)) == colours


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_transparent_palette_entry_becomes_white(form: str) -> None:
    content = encoded(palette((1, 2, 3), (250, 0, 0)), form, transparency=0)
    assert pixels(content) == [(255, 255, 255), (250, 0, 0)]


def test_a_palette_with_partial_transparency_is_mixed_with_white() -> None:
    content = encoded(
        palette((0, 0, 0), (255, 0, 0), (0, 0, 0)), "PNG", transparency=b"\xff\x33\x00"
    )
    assert pixels(content) == [(0, 0, 0), (255, 204, 204), (255, 255, 255)]


def test_grey_and_black_and_white_become_rgb() -> None:
    assert pixels(encoded(row("L", 0, 77), "PNG")) == [(0, 0, 0), (77, 77, 77)]
    assert pixels(encoded(row("1", 0, 255), "PNG")) == [(0, 0, 0), (255, 255, 255)]


def test_sixteen_bit_rgb_keeps_its_high_bytes() -> None:
    # a PNG by hand (Pillow writes none): two pixels, 16 bits per channel
    raw = b"\x00" + struct.pack(">6H", 0, 100 * 257, 65535, 200 * 257, 255, 256)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw))
    assert pixels(content + chunk(b"IEND", b"")) == [(0, 100, 255), (200, 0, 1)]


@pytest.mark.parametrize(
    ("ink", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 0, 0), (255, 0, 255)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_inks_become_their_colours(
    form: str, ink: tuple[int, int, int, int], colour: tuple[int, int, int]
) -> None:
    # Pillow writes CMYK JPEGs as Adobe's programs do, inverted
    content = encoded(Image.new("CMYK", (8, 8), ink), form)
    if form == "JPEG":
        assert b"Adobe" in content
    for pixel in pixels(content):
        assert pixel == pytest.approx(colour, abs=2)


def test_the_first_frame_of_an_animation_is_loaded() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ((250, 0, 0), (0, 250, 0))]
    for form in ("GIF", "PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if form == "WEBP" else {}
        content = encoded(frames[0], form, save_all=True, append_images=frames[1:], **options)
        assert set(pixels(content)) == {(250, 0, 0)}, form


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kept", [0.03, 0.3, 0.6, 0.9, 0.98])
def test_a_file_cut_short_is_refused(form: str, kept: float) -> None:
    content = encoded(noise(7, (120, 90)), form)
    kind, _ = refusal(content[: int(len(content) * kept)])
    assert kind == Refusal.TRUNCATED


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"just words", "not a known image format"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\n<!DOCTYPE html><title>404</title>", "a web page"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00", "AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"PK\x03\x04....", "zip"),
    ],
)
def test_what_is_not_an_image_is_named(content: bytes, said: str) -> None:
    kind, reason = refusal(content)
    assert kind == Refusal.NOT_AN_IMAGE
    assert said in reason


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    for width, height in ((side, side), (60_000, 60_000)):  # Pillow warns; Pillow stops
        bmp = bytearray(encoded(Image.new("RGB", (1, 1)), "BMP"))
        bmp[18:26] = struct.pack("<ii", width, height)  # there are no pixels to decode
        kind, reason = refusal(bytes(bmp))
        assert kind == Refusal.BOMB
        assert "make it smaller" in reason


def test_a_file_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedImageError, match="does not exist"):
        load_rgb(tmp_path / "gone.jpg")
