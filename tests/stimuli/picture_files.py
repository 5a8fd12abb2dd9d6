"""Small files of every kind, made with Pillow."""

import io
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stimuli.errors import Refusal, RefusedImageError
from stimuli.pixels import load_rgb


def noise(seed: int, size: tuple[int, int] = (24, 16), mode: str = "RGB") -> Image.Image:
    """A picture of random pixels: no two seeds alike, and hardly compressible."""
    count = size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(seed).randbytes(count))


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    """A picture's file content."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def write_png(path: Path, seed: int) -> Path:
    """A small PNG at a path, whose folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(noise(seed), "PNG"))
    return path


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder with its time of change and its content."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def pixels(content: bytes) -> list[tuple[int, ...]]:
    """The pixels of a file as load_rgb gives them, row by row."""
    image = load_rgb(io.BytesIO(content))
    assert image.mode == "RGB"
    data = image.tobytes()
    return [tuple(data[i : i + 3]) for i in range(0, len(data), 3)]


def refusal(content: bytes) -> tuple[Refusal, str]:
    """Why load_rgb refuses a file."""
    with pytest.raises(RefusedImageError) as caught:
        load_rgb(io.BytesIO(content))
    return caught.value.kind, str(caught.value)


def row(mode: str, *values: object) -> Image.Image:
    """A picture one pixel high."""
    image = Image.new(mode, (len(values), 1))
    for x, value in enumerate(values):
        image.putpixel((x, 0), value)  # type: ignore[arg-type] # a value of any mode
    return image
