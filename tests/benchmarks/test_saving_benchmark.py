"""The saving benchmark in small: that it measures what it says, not how fast this machine is."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks import saving
from benchmarks.saving_load import Load


def test_percentiles_are_by_nearest_rank() -> None:
    load = Load(latencies_ms=[float(i) for i in range(200, 0, -1)])
    assert (load.percentile_ms(50), load.percentile_ms(99), load.percentile_ms(100)) == (
        100,
        198,
        200,
    )


def test_the_benchmark_counts_what_was_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(saving, "N_PEOPLE", 20)
    monkeypatch.setattr(saving, "EVERY_S", 0.5)
    monkeypatch.setattr(saving, "N_CONNECTIONS", 4)
    out = tmp_path / "results" / "saving.txt"
    options = ["--rounds", "1", "--seconds", "0.3", "--latency-seconds", "1.5", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["saving", *options])
    saving.main()  # its verdict depends on the machine
    text = out.read_text()
    assert text == capsys.readouterr().out
    names = re.findall(r"^(\S.*?) +\d+ acknowledged", text, re.MULTILINE)
    assert names[:2] == ["no database", "SQLite"]
    for name in names[1:]:
        assert re.search(rf"{name} +\d+ responses/s .* share \d\.\d\d", text)
        n = re.search(rf"{name} +(\d+) acknowledged, all of them kept, 0 failed", text)
        assert n is not None
        assert int(n[1]) > 20 * 3  # three responses of each of 20 people, and the throughput's
