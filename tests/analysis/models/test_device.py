"""Which device is used, and that nothing of torch's settings stays changed."""

import pytest

from analysis.errors import ModelError

torch = pytest.importorskip("torch", reason="torch is not installed (hitrate[models])")

from analysis.models.device import choose_device, full_precision, one_thread  # noqa: E402 (torch)


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


def test_tf32_is_off_within_and_as_it_was_afterwards() -> None:
    before = (torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision())
    torch.backends.cudnn.allow_tf32 = True
    torch.set_float32_matmul_precision("medium")
    try:
        with full_precision():
            assert not torch.backends.cudnn.allow_tf32
            assert not torch.backends.cuda.matmul.allow_tf32
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.backends.cudnn.allow_tf32
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.backends.cudnn.allow_tf32 = before[0]
        torch.set_float32_matmul_precision(before[1])


def test_threads_are_as_they_were_after_loading() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
