"""From an upright RGB picture to the pixels that a network sees; written out, without torch."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SquashAndCrop:
    """Resize to a square without keeping the aspect ratio, then cut out the centre.

    Pillow's bilinear resize is antialiased: it averages over all source pixels. The network gets
    the result divided by 255, so from 0 to 1, with no further normalisation.
    """

    resize_px: int  # side of the square that the whole picture is squeezed into
    crop_px: int  # side of the centre of it that is kept

    @property
    def margin_px(self) -> int:
        """What the crop leaves out on the left and at the top; half pixels round to even."""
        return round((self.resize_px - self.crop_px) / 2)

    def __call__(self, picture: Image.Image) -> Pixels:
        """Pixels of shape (crop_px, crop_px, 3) of an RGB picture.

        All is resized and then cropped: to resize only what is kept (``box``) can make Pillow
        take rows and columns in the other order, which changes pixels by 1 and scores by .0007.
        """
        near, far = self.margin_px, self.margin_px + self.crop_px
        square = picture.resize((self.resize_px, self.resize_px), Image.Resampling.BILINEAR)
        return np.asarray(square.crop((near, near, far, far)), dtype=np.uint8)

    def describe(self) -> dict[str, Any]:
        """Everything that could change a number, for the fingerprint."""
        return {
            "kind": "squash and centre crop",
            **asdict(self),
            "resample": "bilinear, antialiased (Pillow)",
            "range": "0 to 1",
            "normalisation": None,
        }
