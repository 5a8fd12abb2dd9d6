"""Which device is used, and that nothing of torch's settings stays changed."""

import subprocess
import sys

import pytest

from analysis.errors import ModelError

torch = pytest.importorskip("torch", reason="torch is not installed (hitrate[models])")

from analysis.models.device import choose_device, one_thread  # noqa: E402 (torch)


def test_without_a_name_a_gpu_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_device().type == "cpu"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert choose_device().type == "cuda"


@pytest.mark.parametrize(
    ("name", "told"),
    [("tpu", "no device 'tpu'"), ("xpu", "no device 'xpu'"), ("cuda:99", "CUDA devices here")],
)
def test_a_device_that_is_not_there_is_told(name: str, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        choose_device(name)


def test_a_missing_apple_gpu_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    with pytest.raises(ModelError, match="no Apple GPU"):
        choose_device("mps")


SETTINGS = {
    "older switches": "torch.set_float32_matmul_precision('medium')",
    "all less": "torch.backends.fp32_precision = 'tf32'",
    "bf16 convolutions": "torch.backends.mkldnn.conv.fp32_precision = 'bf16'",
    "mixed": "torch.backends.cuda.matmul.fp32_precision = 'tf32'",
}
PRECISION_REPORT = """
import torch
from analysis.models.device import full_precision, precise_backends

def settings():
    found = [backend.fp32_precision for backend in precise_backends()]
    for ask in (torch.get_float32_matmul_precision, lambda: torch.backends.cudnn.allow_tf32):
        try:
            found.append(ask())
        except RuntimeError:
            found.append("torch refuses to say")
    return found

SETTING
before = settings()
x = torch.rand(1, 64, 32, 32, generator=torch.Generator().manual_seed(1))
w = torch.rand(64, 64, 3, 3, generator=torch.Generator().manual_seed(2))
with full_precision(), torch.inference_mode():
    off = (torch.conv2d(x, w) - torch.conv2d(x.double(), w.double())).abs().max().item()
    y = x.flatten().view(256, 256)
    off = max(off, (y @ y - y.double() @ y.double()).abs().max().item())
    inside = [backend.fp32_precision for backend in precise_backends()]
print(off, set(inside), settings() == before)
"""


@pytest.mark.skipif(not hasattr(torch.backends, "fp32_precision"), reason="torch before 2.9")
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())
def test_arithmetic_is_precise_whatever_was_set_before_and_that_is_left_as_it_was(
    setting: str,
) -> None:
    done = subprocess.run(  # in a process of its own: these settings are torch's, for all
        [sys.executable, "-W", "error", "-c", PRECISION_REPORT.replace("SETTING", setting)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    off, rest = done.stdout.split(maxsplit=1)
    assert float(off) < 1e-3  # sums near 100: 32 bits are off by 1e-4, bf16 by 1e-2
    assert rest.strip() == "{'ieee'} True"


def test_threads_are_as_they_were_after_loading() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
