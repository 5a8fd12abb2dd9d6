"""docs/studies.md: its examples are what the study file takes, and no key is left out."""

import re
from pathlib import Path

import pytest

from experiment.design.presets import PRESETS
from experiment.studies.file import parse_study
from experiment.studies.paradigm_table import KEYS
from tests.experiment.study_files import LEAST

PAGE = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_of_a_game_of_ones_own_needs_no_preset() -> None:
    head = "title = 'T'\nslug = 'own'\nimage_set = 'demo'\n"
    study = parse_study(head + EXAMPLES[0], "own.toml")
    assert study.preset is None
    # 2 × 20 targets + 30 fillers + 2 × 6 vigilance.
    assert study.paradigm.n_trials == 82


def test_the_example_of_a_rule_is_one() -> None:
    [rule] = parse_study(LEAST + EXAMPLES[1], "t.toml").paradigm.attention
    assert set(EXAMPLES[1].split()) >= rule.to_dict().keys()


@pytest.mark.parametrize("key", [*KEYS, *PRESETS["lamem2015"].display.to_dict()])
def test_the_page_names_every_key_of_the_game(key: str) -> None:
    assert re.search(rf"\b{key}\b", PAGE)


@pytest.mark.parametrize("table", ["images", "goal", "texts"])
def test_the_page_names_every_key_of_the_other_tables(table: str) -> None:
    kept = parse_study(LEAST, "t.toml").to_dict()[table]
    assert all(re.search(rf"`{key}\b", PAGE) for key in kept)
