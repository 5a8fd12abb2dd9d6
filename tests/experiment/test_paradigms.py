"""Paradigms: the published one, one's own, and what is refused."""

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import experiment.design
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.design.sequence import check_feasible
from experiment.errors import ParadigmError

LAMEM = PRESETS["lamem2015"]


def test_lamem2015_has_the_numbers_of_the_paper() -> None:
    # Khosla et al. 2015: 600 ms shown, 800 ms gap, 66 targets, 30 fillers, 12 vigilance images
    assert (LAMEM.stimulus_ms, LAMEM.gap_ms) == (600, 800)
    assert (LAMEM.n_targets, LAMEM.n_fillers, LAMEM.n_vigilance) == (66, 30, 12)
    assert LAMEM.n_trials == 132 + 30 + 24 == 186
    assert LAMEM.n_images == 108
    assert LAMEM.duration_ms == 260_400  # 186 × 1.4 s; the paper says 4.5 minutes
    assert "Khosla" in LAMEM.source
    assert any("space bar" in reading for reading in LAMEM.readings)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_and_survives_json(name: str) -> None:
    preset = PRESETS[name]
    check_feasible(preset)
    assert preset.name == name
    assert preset.deviations(preset) == []
    assert Paradigm.from_dict(json.loads(json.dumps(preset.to_dict()))) == preset


def test_keys_that_have_a_default_may_be_left_out() -> None:
    values = LAMEM.to_dict()
    del values["readings"], values["early_key_ms"]
    paradigm = Paradigm.from_dict(values)
    assert (paradigm.readings, paradigm.early_key_ms) == ((), 150)


def test_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(ParadigmError, match=r"unknown key 'stimulus_s'; the keys are name, source"):
        Paradigm.from_dict(LAMEM.to_dict() | {"stimulus_s": 1})


def test_missing_keys_are_named() -> None:
    values = LAMEM.to_dict()
    del values["gap_ms"], values["keys"]
    with pytest.raises(ParadigmError, match="gap_ms, keys missing"):
        Paradigm.from_dict(values)


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        ("name", " ", "give the paradigm a name"),
        ("source", None, "give a text"),
        ("stimulus_ms", 0, "a whole number from 1 to 60000"),
        ("stimulus_ms", 600.0, "a whole number"),
        ("stimulus_ms", True, "a whole number"),
        ("gap_ms", -1, "a whole number from 0"),
        ("n_targets", 0, "a whole number from 1 to 5000"),
        ("n_fillers", 10**9, "a whole number from 0 to 5000"),
        ("n_vigilance", "12", "a whole number"),
        ("target_lags", [151, 36], "the shortest and the longest lag"),
        ("target_lags", [0, 5], "the shortest and the longest lag"),
        ("target_lags", [36], "the shortest and the longest lag"),
        ("vigilance_lags", "2-8", "the shortest and the longest lag"),
        ("target_lag_distribution", "uniform", "one of even, feasible"),
        ("target_lag_distribution", ["even"], "one of even, feasible"),
        ("keys", [], "at least one key"),
        ("keys", [" ", " "], "each once"),
        ("keys", " ", "a list of texts"),
        ("keys", [1], "a list of texts"),
        ("keys", ["space"], 'write " " for the space bar'),
        ("keys", ["r", "Spacebar"], 'write " " for the space bar'),
        ("keys", ["Return"], "'Return' is no key: write one character, or one of Enter, "),
        ("keys", ["\n"], "is no key"),
        ("early_key_ms", 1401, "longer than a trial"),
        ("readings", [""], "a list of texts"),
    ],
)
def test_an_impossible_value_is_refused_with_key_value_and_remedy(
    key: str, value: Any, remedy: str
) -> None:
    with pytest.raises(ParadigmError) as refusal:
        Paradigm.from_dict(LAMEM.to_dict() | {key: value})
    assert f"paradigm: {key} is {value!r}" in str(refusal.value)
    assert remedy in str(refusal.value)


def test_keys_are_characters_or_named_keys() -> None:
    keys = (" ", "r", "é", "Enter", "ArrowLeft")
    assert replace(LAMEM, keys=keys).keys == keys


def test_deviations_say_what_differs_in_words() -> None:
    own = replace(
        LAMEM, name="own", n_fillers=40, target_lags=(30, 120), keys=("r",), readings=(), source=""
    )
    assert own.deviations(LAMEM) == [
        "n_fillers is 40; in lamem2015 it is 30",
        "target_lags is 30–120; in lamem2015 it is 36–151",
        "keys is 'r'; in lamem2015 it is ' '",
    ]


def test_the_design_needs_the_standard_library_alone() -> None:
    folder = Path(next(iter(experiment.design.__path__)))
    files = sorted(folder.glob("*.py"))
    assert len(files) >= 6
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                ours = name == "experiment.errors" or name.startswith("experiment.design.")
                standard = name.partition(".")[0] in sys.stdlib_module_names
                assert ours or standard, f"{file.name} imports {name}"
                assert name not in ("io", "os", "pathlib", "socket", "time", "datetime", "sqlite3")
