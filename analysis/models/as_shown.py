"""Scoring what people were shown, where a game shows the middle of a picture only."""

from dataclasses import dataclass
from typing import Any

from PIL import Image

from analysis.models.preprocessing import Pixels, SquashAndCrop
from stimuli.renditions import cropped


@dataclass(frozen=True, slots=True)
class AsShown:
    """The crop that people were shown, and then what the network wants."""

    crop: str  # a name in stimuli.renditions.CROPS
    then: "SquashAndCrop | AsShown"

    def __call__(self, picture: Image.Image) -> Pixels:
        """Pixels of an RGB picture, cropped at its full size."""
        return self.then(cropped(picture, self.crop))

    def describe(self) -> dict[str, Any]:
        """Everything that could change a number, for the fingerprint."""
        return self.then.describe() | {"shown": self.crop}
