"""Where a network runs, and that it computes in full 32-bit precision there."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch

from analysis.errors import ModelError

DEVICES = ("cpu", "cuda", "mps")


def choose_device(name: str | None = None) -> torch.device:
    """The device of that name; without a name a GPU of CUDA where there is one, else the CPU.

    Apple's GPU (``mps``) is used when asked for.

    Raises
    ------
    ModelError
        If the name is unknown or this machine has no such device.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in DEVICES:
        raise ModelError(f"there is no device '{name}'; choose one of {', '.join(DEVICES)}")
    if device.type == "cuda" and not (device.index or 0) < torch.cuda.device_count():
        raise ModelError(
            f"device '{name}': torch {torch.__version__} sees {torch.cuda.device_count()} "
            "CUDA devices here; use --device cpu, or install a torch for this machine's GPU"
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ModelError(f"device '{name}': torch sees no Apple GPU here; use --device cpu")
    return device


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch within, so that its waiting ones leave the other cores alone."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def full_precision() -> Iterator[None]:
    """32-bit arithmetic within: no TF32, no bf16 products, no autocast; restored afterwards.

    A notebook may have asked torch for less before, by its older switches or, from torch 2.9 on,
    by each backend's ``fp32_precision``: bf16 convolutions alone move a score by .001.
    """
    backends = [owner for owner in precise_backends() if hasattr(owner, "fp32_precision")]
    before = [owner.fp32_precision for owner in backends]
    products, convolutions = older_switches()
    try:
        if products is not None:
            torch.set_float32_matmul_precision("highest")
        if convolutions is not None:
            torch.backends.cudnn.allow_tf32 = False
        for owner in backends:
            owner.fp32_precision = "ieee"
        with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
            yield
    finally:
        if products is not None:
            torch.set_float32_matmul_precision(products)
        if convolutions is not None:
            torch.backends.cudnn.allow_tf32 = convolutions
        for owner, precision in zip(backends, before, strict=True):
            owner.fp32_precision = precision


def precise_backends() -> list[Any]:
    """Where torch keeps ``fp32_precision``, for all that the networks compute."""
    backends = torch.backends
    candidates = ("cuda.matmul", "cudnn.conv", "cudnn.rnn", "mkldnn.conv", "mkldnn.matmul")
    found = []
    for names in (candidate.split(".") for candidate in candidates):
        owner = getattr(getattr(backends, names[0]), names[1], None)
        found.extend([owner] if owner is not None else [])
    return found


def older_switches() -> tuple[str | None, bool | None]:
    """Precision of products and TF32 of convolutions; None where torch refuses to say.

    It refuses where the newer switches were set to something that these cannot express.
    """
    products: str | None = None
    convolutions: bool | None = None
    with suppress(RuntimeError):
        products = torch.get_float32_matmul_precision()
    with suppress(RuntimeError):
        convolutions = torch.backends.cudnn.allow_tf32
    return products, convolutions
