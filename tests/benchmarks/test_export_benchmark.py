"""The benchmark of exports in small: it measures every flavour and says what it found."""

import sys
from pathlib import Path

import pytest

from benchmarks import export
from experiment.export.writing import FLAVOURS


def test_the_benchmark_prints_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "FLAVOURS", {"native": FLAVOURS["native"]})
    out = tmp_path / "export.txt"
    monkeypatch.setattr(sys, "argv", ["export", "--trials", "800", "1600", "--out", str(out)])
    assert export.main() == 0
    text = out.read_text(encoding="utf-8")
    assert "native" in text
    assert text.endswith("Ratio: FINE\n")
