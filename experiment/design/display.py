"""How images are shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from experiment.design.values import is_number, is_whole, known_fields, refuse_unless

CROPS = ("none", "square")  # square: the largest centred one


@dataclass(frozen=True, slots=True)
class Display:
    """Size, crop and surroundings of an image; checked when it is made.

    Raises
    ------
    ParadigmError
        Naming the key, the value found and what would be right.
    """

    size_px: int = (
        512  # longest side, CSS pixels; of the pictures made, and on screen without size_deg
    )
    size_deg: float | None = (
        None  # longest side in degrees of visual angle; the screen is calibrated
    )
    distance_cm: float = 57.0  # from eye to screen, for size_deg
    crop: str = "none"
    background: str = "#808080"  # "#rrggbb"
    fixation: bool = False  # a small cross in the gap

    def __post_init__(self) -> None:
        for fine, key, remedy in (
            (is_whole(self.size_px, 32, 4096), "size_px", "give a whole number from 32 to 4096"),
            (
                self.size_deg is None or is_number(self.size_deg, 0.5, 60),
                "size_deg",
                "give degrees from 0.5 to 60, or leave it out for size_px",
            ),
            (is_number(self.distance_cm, 10, 500), "distance_cm", "give cm from 10 to 500"),
            (self.crop in CROPS, "crop", f"give one of {', '.join(CROPS)}"),
            (_is_colour(self.background), "background", 'give a colour such as "#808080"'),
            (isinstance(self.fixation, bool), "fixation", "give true or false"),
        ):
            refuse_unless(fine, f"display.{key}", getattr(self, key), remedy)

    def to_dict(self) -> dict[str, Any]:
        """Every parameter as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Display":
        """The inverse of ``to_dict``; what is absent has its default.

        Raises
        ------
        ParadigmError
            If a key is unknown or its value not possible.
        """
        return cls(**known_fields(cls, values, "display"))


def _is_colour(value: object) -> bool:
    if not isinstance(value, str) or len(value) != 7 or value[0] != "#":
        return False
    return all(digit in "0123456789abcdefABCDEF" for digit in value[1:])
