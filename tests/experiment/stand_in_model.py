"""A model that needs no weights and no torch: the mean of the red pixels, from 0 to 1.

As a program it is the command `hitrate` with that model in place of ResMem: slow if
STAND_IN_SECONDS says so, and it writes each batch's size to the file that STAND_IN_LOG names.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.models.as_shown import AsShown
from analysis.models.fingerprint import Fingerprint
from analysis.models.preprocessing import Pixels
from analysis.models.registry import model_card
from analysis.models.scorer import Scorer

DIGEST = "5a" * 32
BATCH = 2


class StandIn(Scorer):
    """Scores by the colour alone."""

    def __init__(
        self, model: str = "resmem", device: str | None = None, crop: str | None = None
    ) -> None:
        self.card = model_card(model)
        if crop is not None:
            self.card = replace(self.card, preprocessing=AsShown(crop, self.card.preprocessing))
        self.device = device or "cpu"  # type: ignore[assignment] # no device of torch's
        self.fingerprint = Fingerprint(DIGEST, "{}")
        self.batch_size = BATCH

    def predict(self, pixels: Pixels) -> npt.NDArray[np.float64]:
        time.sleep(float(os.environ.get("STAND_IN_SECONDS", "0")))
        if log := os.environ.get("STAND_IN_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{len(pixels)}\n")
        means: npt.NDArray[np.float64] = pixels[..., 0].mean(axis=(1, 2)) / 255
        return means


if __name__ == "__main__":
    import analysis.models.scorer
    import hitrate

    analysis.models.scorer.Scorer = StandIn  # type: ignore[misc] # in its place
    hitrate.main()
