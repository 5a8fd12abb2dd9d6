"""Difference hashes: an independent implementation, copies of real photographs, and by hand."""

import io
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from analysis.training_images.picture_hashes import (
    hash_files,
    is_plain,
    nearest,
    picture_hash,
    to_codes,
)
from stimuli.pixels import load_rgb


def photographs(shared_data: Path, n: int) -> list[Image.Image]:
    files = sorted((shared_data / "photos" / "images").iterdir())
    return [load_rgb(file) for file in files[:: len(files) // n]]


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_a_gradient_is_hashed_by_hand() -> None:
    ramp = np.tile(np.arange(0, 90, 10, dtype=np.uint8), (8, 1))
    ramp[4:] = ramp[4:, ::-1]  # brighter to the right above, darker below
    picture = Image.fromarray(ramp).convert("RGB")
    assert picture_hash(picture) == "ffffffff00000000"
    assert list(is_plain(np.array([0, 2**64 - 1, 1], dtype=np.uint64))) == [True, True, False]
    assert picture_hash(Image.new("RGB", (50, 40), "red")) == "0" * 16


def test_hash_is_that_of_imagehash() -> None:
    rng = np.random.default_rng(1)
    for size in ((40, 60), (9, 8), (200, 31)):
        noise = rng.integers(0, 256, (*size, 3)).astype(np.uint8)
        picture = Image.fromarray(noise)
        assert picture_hash(picture) == str(imagehash.dhash(picture))


def test_copies_of_photographs_are_near_and_other_photographs_are_not(shared_data: Path) -> None:
    pictures = photographs(shared_data, 30)
    hashes = [picture_hash(picture) for picture in pictures]
    for picture, found in zip(pictures, hashes, strict=True):
        assert found == str(imagehash.dhash(picture))
        small = picture.resize((picture.width // 2, picture.height // 2))
        coded = io.BytesIO()
        picture.save(coded, "JPEG", quality=50)
        assert bits_apart(picture_hash(small), found) <= 4
        assert bits_apart(picture_hash(load_rgb(coded)), found) <= 4
    apart = [bits_apart(a, b) for k, a in enumerate(hashes) for b in hashes[k + 1 :]]
    assert min(apart) > 8


@pytest.mark.parametrize("max_distance", [0, 1, 4, 8])
def test_nearest_is_that_of_all_pairs(max_distance: int) -> None:
    rng = np.random.default_rng(2)
    others = rng.integers(0, 2**64, 150, dtype=np.uint64)
    codes = rng.integers(0, 2**64, 80, dtype=np.uint64)
    for k in range(40):  # copies that differ in some bits
        bits = rng.choice(64, k % 11, replace=False)
        codes[k] = others[k] ^ np.uint64(sum(1 << int(bit) for bit in bits))
    found = nearest(codes, others, max_distance)
    expected = {}
    for k, code in enumerate(codes):
        apart = [(int(code) ^ int(other)).bit_count() for other in others]
        if min(apart) <= max_distance:
            expected[k] = (int(np.argmin(apart)), min(apart))
    assert {k: tuple(row) for k, row in zip(found.index, found.to_numpy(), strict=True)} == expected
    assert len(expected) >= 4


def test_files_that_are_no_pictures_have_no_hash(tmp_path: Path) -> None:
    Image.effect_noise((40, 40), 80).convert("RGB").save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no picture")
    found = hash_files({"a": tmp_path / "a.png", "b": tmp_path / "b.png", "c": tmp_path / "c.png"})
    assert list(found.isna()) == [False, True, True]
    assert to_codes(found[["a"]])[0] == int(found["a"], 16)
