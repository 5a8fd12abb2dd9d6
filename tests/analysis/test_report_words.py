"""What the report says of people who press at random, and of correlations that are uncertain."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.readable import between, count, decimal
from analysis.report.numbers import Numbers, gather
from analysis.report.sections.abstract import abstract
from analysis.report.sections.familiarity import familiarity, forgetting
from tests.analysis.simulated_responses import Floats, simulated_study


def numbers(hits: Floats, alarms: Floats, n_people: int = 30) -> Numbers:
    rng = np.random.default_rng(4)  # of 40 seeds, chance makes one look like memory
    data: Dataset = simulated_study(rng, hits, n_people=n_people, alarm_rates=alarms)
    data = replace(data, images=data.images.assign(category=None))
    return gather(data, None, n_splits=20)


def test_random_pressing_is_not_called_memory() -> None:
    found = numbers(np.full(60, 0.4), np.full(60, 0.4))
    (warning,) = forgetting(found)
    assert warning.startswith("Nothing here shows that people remember")
    assert "Whether two random halves of the people rank the images alike" in abstract(found)
    for value in (-0.11, 0.0, 0.2):  # ±.25 with 60 images
        (text,) = familiarity(replace(found, familiarity=value))
        assert "These data cannot tell whether" in text
    (text,) = familiarity(replace(found, familiarity=-0.6))
    assert "readiness" not in text  # nobody remembers: nothing to be sure of


def test_the_correlation_of_both_rates_has_an_interval_and_is_not_called_rho() -> None:
    rng = np.random.default_rng(1)
    found = numbers(rng.uniform(0.5, 0.9, 60), rng.uniform(0.05, 0.3, 60))
    assert forgetting(found) == []
    (text,) = familiarity(replace(found, familiarity=-0.6))
    assert "not mere readiness to respond" in text
    # tanh(atanh .6 ± 1.96 √(1.18/57)) = .392, .750 (Bonett and Wright 2000)
    assert "r\u00a0=\u00a0−0.60 (Spearman, 95% interval −0.75 to −0.39)" in text
    assert "ρ" not in text
    (text,) = familiarity(replace(found, familiarity=0.6))
    assert "Corrected recognition" in text


def test_images_that_enter_no_split_are_counted() -> None:
    rng = np.random.default_rng(1)
    data = simulated_study(rng, rng.beta(6, 3, 40), n_people=6, n_seen=8)
    data = replace(data, images=data.images.assign(category=None))
    assert data.trials is not None
    seen_by = data.trials[data.trials["is_repeat"]]["image_id"].value_counts()
    found = gather(data, None, n_splits=60)
    (part,) = [part for part in found.left_out if "to be split" in part.reason]
    assert (part.what, part.count) == ("images", int((seen_by == 1).sum()))


def test_numbers_read_well() -> None:
    assert [decimal(value) for value in (-0.001, -0.126)] == ["0.00", "−0.13"]
    assert [count(n, "image") for n in (1, 2)] == ["1 image", "2 images"]
    assert between("4", "4") == "about 4"
    assert between("4", None) == "at least 4"
    assert between(None, "5") == "at most 5"
    assert between("4", "5") == "between 4 and 5"


@pytest.mark.parametrize(("hit", "alarm", "is_warned"), [(0.0, 0.0, True), (1.0, 0.0, False)])
def test_rates_that_never_differ_are_understood(hit: float, alarm: float, is_warned: bool) -> None:
    found = numbers(np.full(10, hit), np.full(10, alarm), n_people=5)
    assert bool(forgetting(found)) is is_warned
    assert familiarity(found) == []
