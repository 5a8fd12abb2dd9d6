"""Where a network runs, and that it computes in full 32-bit precision there."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    """32-bit arithmetic within: no TF32, no bf16 products, no autocast; restored afterwards."""
    matmul = torch.get_float32_matmul_precision()
    convolution = torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(matmul)
        torch.backends.cudnn.allow_tf32 = convolution
