"""From a file to upright 8-bit RGB: what people see and what models score start here."""

import re
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops, ImageMath, TiffImagePlugin
from PIL.Image import Transpose

from stimuli.errors import Refusal, RefusedImageError

# What Pillow calls a format: the extension that its files get in an image set. A phone's "MPO" is a
# JPEG with further pictures behind the first, which every viewer ignores.
FORMATS = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "GIF": ".gif",
    "BMP": ".bmp",
    "TIFF": ".tiff",
}
OURS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"RIFF": "WebP",
    b"GIF8": "GIF",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
FOREIGN = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip file",
    b"8BPS": "a Photoshop file",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file (perhaps an SVG drawing)",
    b"<!DOCTYPE": "a web page, saved instead of the picture",
    b"<html": "a web page, saved instead of the picture",
}
READABLE = "JPEG, PNG, WebP, GIF, BMP and TIFF"
MAX_PIXELS = 89_478_485  # Pillow's own limit: a quarter of a gigabyte of RGB
ORIENTATION = 0x0112  # EXIF and TIFF tag
UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
BITS_PER_SAMPLE, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0  # TIFF tags and a value


def load_rgb(source: Path | BinaryIO) -> Image.Image:
    """The picture as upright, opaque, 8-bit RGB.

    An ordinary upright RGB file gives exactly Pillow's ``convert("RGB")``. Otherwise: turned as its
    EXIF orientation says; transparency laid over white; 16-bit grey divided by 257 and rounded;
    CMYK converted by Pillow without its profile (Adobe's inverted files included); the first frame
    of an animation. Colour profiles are ignored, as the published models' own loaders do.

    Raises
    ------
    RefusedImageError
        If the file is no picture, is damaged, is too large, or its grey values have no known white.
    """
    with open_image(source) as image:
        return upright_rgb(image)


def open_image(source: Path | BinaryIO) -> Image.Image:
    """Read the header alone: format and size are known and allowed, nothing is decoded yet."""
    try:
        image = Image.open(source, formats=[name for name in FORMATS if name != "MPO"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        found = re.search(r"\d+", str(error))
        raise too_large(int(found[0]) if found else MAX_PIXELS) from error
    except FileNotFoundError as error:
        raise RefusedImageError(Refusal.MISSING, f"{source} does not exist") from error
    except Exception as error:  # Pillow's readers raise nearly anything on damaged headers
        raise not_an_image(source) from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise too_large(width * height)
    return image


def too_large(n_pixels: int) -> RefusedImageError:
    """The refusal of a picture with too many pixels."""
    reason = f"{n_pixels:,} pixels, but at most {MAX_PIXELS:,} are decoded: make it smaller"
    return RefusedImageError(Refusal.BOMB, reason)


def not_an_image(source: Path | BinaryIO) -> RefusedImageError:
    """What the file seems to be, for one that Pillow could not open as any of the formats."""
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                start = file.read(64).lstrip()
        else:
            source.seek(0)
            start = source.read(64).lstrip()
    except OSError as error:
        return RefusedImageError(Refusal.MISSING, f"cannot be read: {error}")
    if not start:
        return RefusedImageError(Refusal.NOT_AN_IMAGE, "the file is empty")
    for magic, name in OURS.items():
        if start.startswith(magic):
            return RefusedImageError(
                Refusal.TRUNCATED, f"a {name} that is cut short, damaged, or of an uncommon kind"
            )
    return RefusedImageError(
        Refusal.NOT_AN_IMAGE, f"{foreign_format(start)}; hitrate reads {READABLE}"
    )


def foreign_format(start: bytes) -> str:
    """Name a well-known other format from a file's first bytes."""
    if start[4:8] == b"ftyp":
        brand = start[8:12].decode("ascii", "replace").strip()
        return "an AVIF picture" if brand.startswith("avi") else f"a HEIC picture or film ({brand})"
    found = next((name for magic, name in FOREIGN.items() if start.startswith(magic)), None)
    return found or "not a known image format"


def upright_rgb(image: Image.Image) -> Image.Image:
    """Decode an opened image; see ``load_rgb``."""
    try:
        image.load()
        orientation = read_orientation(image)
        rgb = to_rgb(image)
    except RefusedImageError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        raise RefusedImageError(Refusal.TRUNCATED, f"cannot be decoded: {error}") from error
    return rgb.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else rgb


def read_orientation(image: Image.Image) -> int | None:
    """EXIF orientation 1 to 8; None where there is none or EXIF is unreadable, as in browsers.

    A TIFF is turned by Pillow itself while it is decoded, and then has none.
    """
    try:
        orientation = image.getexif().get(ORIENTATION)
    except Exception:  # damaged EXIF does not make a picture unusable
        return None
    return orientation if isinstance(orientation, int) else None


def to_rgb(image: Image.Image) -> Image.Image:
    """Any decoded mode to opaque RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        return deep_grey(image).convert("RGB")
    if not image.has_transparency_data:
        if image.mode == "LAB":
            raise RefusedImageError(Refusal.PIXELS, "CIELAB colours: save it as RGB")
        return image.convert("RGB")
    return over_white(image.convert("RGBA"))


def over_white(rgba: Image.Image) -> Image.Image:
    """Lay a picture with alpha over white."""
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def deep_grey(image: Image.Image) -> Image.Image:
    """More than 8 bits of grey to 8, mode L.

    16-bit values are divided by 257 (12-bit TIFF by 4095/255). 32-bit files do not say which value
    is white: it is the smallest of 1 (floating point only), 255 and 65535 that no pixel exceeds.
    """
    white = 65535.0
    if tiff_tag(image, BITS_PER_SAMPLE) == 12:
        white = 4095.0
    elif image.mode in {"I", "F"} and image.format != "PNG":  # Pillow once gave 16-bit PNG as I
        white = find_white(image)
    scale = 255 / white
    grey = image.convert("F").point(lambda value: value * scale + 0.5).convert("L")
    if tiff_tag(image, PHOTOMETRIC) == WHITE_IS_ZERO:
        grey = ImageChops.invert(grey)
    transparent = image.info.get("transparency")
    if not isinstance(transparent, int):
        return grey
    hole = ImageMath.lambda_eval(
        lambda names: names["convert"]((names["image"] == transparent) * 255, "L"),
        image=image.convert("I"),
    )
    return Image.composite(Image.new("L", grey.size, 255), grey, hole)


def find_white(image: Image.Image) -> float:
    """Which value is white in 32-bit grey."""
    low, high = image.getextrema()
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise TypeError(f"grey of mode {image.mode} has more than one band")
    for white in (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0):
        if low >= 0 and high <= white:
            return white
    raise RefusedImageError(
        Refusal.PIXELS,
        f"grey values between {low:g} and {high:g}, so that it is not known which one is white: "
        "save it with 8 or 16 bits",
    )


def tiff_tag(image: Image.Image, tag: int) -> int | None:
    """First value of a TIFF tag, None for other formats."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return None
    value = image.tag_v2.get(tag)
    return value[0] if isinstance(value, tuple) else value
