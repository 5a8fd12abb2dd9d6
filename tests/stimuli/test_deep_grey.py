"""Grey of more than 8 bits: expected values by arithmetic on hand-made files."""

import struct

import pytest

from stimuli.errors import Refusal
from tests.stimuli.picture_files import encoded, pixels, refusal, row

SIXTEEN = (0, 128, 129, 100 * 257, 65535)
EIGHT = [0, 0, 1, 100, 255]  # value / 257, rounded: 128/257 < 1/2 < 129/257


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled(form: str) -> None:
    content = encoded(row("I;16", *SIXTEEN), form)
    assert pixels(content) == [(grey,) * 3 for grey in EIGHT]


def tiff(bits: int, sample_format: int, photometric: int, samples: bytes, order: str) -> bytes:
    """One row of grey pixels as an uncompressed TIFF, after its specification 6.0."""
    width = len(samples) * 8 // bits
    tags = [
        (256, 4, width), (257, 4, 1), (258, 3, bits), (259, 3, 1), (262, 3, photometric),
        (273, 4, 8), (277, 3, 1), (278, 4, 1), (279, 4, len(samples)), (339, 3, sample_format),
    ]  # fmt: skip
    body = samples + b"\x00" * (len(samples) % 2)
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, kind, 1)
        + struct.pack(f"{order}H2x" if kind == 3 else f"{order}I", value)
        for tag, kind, value in tags
    )
    start = b"II*\x00" if order == "<" else b"MM\x00*"
    header = start + struct.pack(f"{order}I", 8 + len(body))
    return header + body + struct.pack(f"{order}H", len(tags)) + entries + b"\x00" * 4


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_tiff_of_either_byte_order_is_scaled(order: str) -> None:
    content = tiff(16, 1, 1, struct.pack(f"{order}5H", *SIXTEEN), order)
    assert pixels(content) == [(grey,) * 3 for grey in EIGHT]


def test_sixteen_bit_tiff_whose_zero_is_white_is_inverted() -> None:
    content = tiff(16, 1, 0, struct.pack("<5H", *SIXTEEN), "<")
    assert pixels(content) == [(255 - grey,) * 3 for grey in EIGHT]


def test_twelve_bit_tiff_uses_the_whole_range() -> None:
    content = tiff(12, 1, 1, bytes([0x00, 0x0F, 0xFF]), "<")  # 0 and 4095
    assert pixels(content) == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 77, 255), [0, 77, 255]),  # 8 bits kept in 32
        ((0, 77 * 257, 65535), [0, 77, 255]),  # 16 bits kept in 32
    ],
)
def test_thirty_two_bit_integers_are_scaled_by_the_range_in_use(
    values: tuple[int, ...], expected: list[int]
) -> None:
    content = tiff(32, 2, 1, struct.pack("<3i", *values), "<")
    assert pixels(content) == [(grey,) * 3 for grey in expected]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.0, 0.5, 1.0), [0, 128, 255]),  # 127.5 is rounded up
        ((0.0, 77.0, 255.0), [0, 77, 255]),
        ((0.0, 77.0 * 257, 65535.0), [0, 77, 255]),
    ],
)
def test_floating_point_grey_is_scaled_by_the_range_in_use(
    values: tuple[float, ...], expected: list[int]
) -> None:
    content = tiff(32, 3, 1, struct.pack("<3f", *values), "<")
    assert pixels(content) == [(grey,) * 3 for grey in expected]


@pytest.mark.parametrize(
    "content",
    [
        tiff(32, 2, 1, struct.pack("<2i", 0, 70_000), "<"),
        tiff(32, 2, 1, struct.pack("<2i", -5, 70), "<"),
        tiff(32, 3, 1, struct.pack("<2f", -0.5, 0.5), "<"),
        tiff(32, 3, 1, struct.pack("<2f", float("nan"), float("nan")), "<"),
    ],
)
def test_grey_values_without_a_known_white_are_refused(content: bytes) -> None:
    kind, reason = refusal(content)
    assert kind == Refusal.PIXELS
    assert "save it with 8 or 16 bits" in reason
