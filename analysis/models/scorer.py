"""One model on one device: pixels in, predictions out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.errors import ModelError
from analysis.models.as_shown import AsShown
from analysis.models.fingerprint import Fingerprint, fingerprint
from analysis.models.preprocessing import Pixels
from analysis.models.registry import ModelCard, model_card, require_packages

BATCH_SIZES = {"cpu": 8, "cuda": 64, "mps": 16}


class Scorer:
    """A model by name, ready to score; the network is loaded with the first picture.

    With a ``crop`` ("square") it scores that part of each picture, as games that crop show it.

    Attributes
    ----------
    card, device, fingerprint
        The model, ``torch.device`` it runs on, what computed its predictions.
    batch_size
        How many pictures at once suit the device.
    """

    def __init__(
        self, model: str = "resmem", device: str | None = None, crop: str | None = None
    ) -> None:
        self.card: ModelCard = model_card(model)
        if crop is not None:
            self.card = replace(self.card, preprocessing=AsShown(crop, self.card.preprocessing))
        require_packages(self.card)
        from analysis.models.device import choose_device

        self.device = choose_device(device)
        self.card.weights.locate()
        self.fingerprint: Fingerprint = fingerprint(self.card, self.device.type)
        self.batch_size = BATCH_SIZES[self.device.type]
        self._network: Any = None

    def network(self) -> Any:
        """The ``torch`` module: (n, 3, height, width) from 0 to 1 in, (n,) out."""
        if self._network is None:
            self.load()
        return self._network

    def load(self) -> None:
        """Load the network; its weights are checked meanwhile.

        Raises
        ------
        ModelError
            If the weights are not the published ones.
        """
        from analysis.models.device import one_thread

        path = self.card.weights.locate()
        with ThreadPoolExecutor(max_workers=1) as thread, one_thread():
            check = thread.submit(self.card.weights.check, path)
            try:
                network = import_module(self.card.module).load(path).to(self.device)
            finally:
                check.result()  # a wrong checksum is told before what came of it
        self._network = network

    def predict(self, pixels: Pixels) -> npt.NDArray[np.float64]:
        """Predictions, shape (n,), of preprocessed pictures, shape (n, height, width, 3).

        A picture's prediction is the same within 1e-5 whatever it shares its batch with.
        """
        import torch

        from analysis.models.device import full_precision

        network = self.network()
        with torch.inference_mode(), full_precision():
            batch = torch.from_numpy(pixels).to(self.device).permute(0, 3, 1, 2)
            scores = network(batch.to(torch.float32).div_(255))
        result: npt.NDArray[np.float64] = scores.cpu().numpy().astype(np.float64)
        if not np.isfinite(result).all():
            raise ModelError(
                f"{self.card.title} gave a score that is not a number on device '{self.device}'; "
                "use --device cpu"
            )
        return result
