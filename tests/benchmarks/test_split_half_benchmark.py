"""The split-half benchmark in small: that both ways agree, not how fast this machine is."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks import split_half


def test_the_benchmark_compares_equal_results_of_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(split_half, "SIZES", ((80, 100, 1), (90, 80, 1)))
    monkeypatch.setattr(split_half, "N_SPLITS", 20)
    out = tmp_path / "split_half.txt"
    options = ["--naive-splits", "3", "--repeats", "2", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["split_half", *options])
    split_half.main()  # its verdict depends on the machine
    text = out.read_text(encoding="utf-8")
    assert text == capsys.readouterr().out
    people = re.findall(r"^ *(\d+) people: group-by loop .*, ratio \d+,", text, re.MULTILINE)
    assert people == ["100", "122", "80", "110"]
    differences = re.findall(r"largest difference on the same splits (\S+)$", text, re.MULTILINE)
    assert len(differences) == 4
    assert len(re.findall(r"^.*: \d+\.\d\d s$", text, re.MULTILINE)) == 5
    assert all(float(difference) < 1e-12 for difference in differences)
