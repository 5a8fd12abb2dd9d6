"""The benchmark of uploads in small: that both ways make one set, not how fast this machine is."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks import uploading


def test_the_benchmark_compares_equal_sets_of_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "uploading.txt"
    options = ["--files", "6", "--repeats", "1", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["uploading", *options])
    uploading.main()  # its verdict depends on the machine
    text = out.read_text(encoding="utf-8")
    assert text == capsys.readouterr().out
    rate = r"[ \d]+\.\d files/s"
    line = rf"^command {rate}, web {rate} \(sending alone [ \d]+\.\d\), ratio of times \d+\.\d\d$"
    assert len(re.findall(line, text, re.MULTILINE)) == 1
