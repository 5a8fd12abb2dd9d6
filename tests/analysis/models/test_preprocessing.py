"""The pixels that the network sees are those of the resmem package's transformer, byte for byte."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis.models.as_shown import AsShown
from analysis.models.preprocessing import SquashAndCrop
from analysis.models.registry import RESMEM

SIDES_PX = st.integers(1, 700)


@settings(max_examples=60, deadline=None)
@given(width=SIDES_PX, height=SIDES_PX, seed=st.integers(0, 2**32))
@example(width=360, height=480, seed=1)  # where resizing with ``box`` takes columns first
@example(width=256, height=256, seed=1)
@example(width=1, height=1, seed=1)
def test_pixels_are_those_of_resize_and_centre_crop_of_torchvision(
    width: int, height: int, seed: int
) -> None:
    transforms = pytest.importorskip("torchvision.transforms", reason="torchvision is missing")
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    theirs = transforms.CenterCrop(227)(transforms.Resize((256, 256))(picture))
    assert np.array_equal(RESMEM.preprocessing(picture), np.asarray(theirs))


def test_the_crop_of_227_from_256_leaves_14_pixels_left_and_above() -> None:
    # 29 pixels too many: torchvision rounds 14.5 to the even 14
    assert SquashAndCrop(resize_px=256, crop_px=227).margin_px == 14


def test_the_aspect_ratio_is_not_kept() -> None:
    picture = Image.new("RGB", (1000, 100))
    picture.paste((255, 0, 0), (0, 0, 500, 100))
    pixels = RESMEM.preprocessing(picture)
    assert pixels.shape == (227, 227, 3)
    # the red left half is half of the square: columns 14 to 127 of 256
    assert (pixels[:, : 128 - 14 - 1, 0] == 255).all()
    assert (pixels[:, 128 - 14 + 1 :, 0] == 0).all()


def test_of_a_picture_that_is_shown_cropped_nothing_else_is_scored() -> None:
    picture = Image.new("RGB", (300, 100), (0, 0, 255))
    picture.paste((255, 0, 0), (100, 0, 200, 100))  # the square in the middle
    pixels = AsShown("square", SquashAndCrop(resize_px=256, crop_px=227))(picture)
    assert pixels.shape == (227, 227, 3)
    assert (pixels == (255, 0, 0)).all()


def test_the_description_names_every_number() -> None:
    described = SquashAndCrop(resize_px=256, crop_px=227).describe()
    assert described["resize_px"] == 256
    assert described["crop_px"] == 227
    assert described != SquashAndCrop(resize_px=256, crop_px=224).describe()
