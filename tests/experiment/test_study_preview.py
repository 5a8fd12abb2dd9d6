"""What a study will do, in numbers; and what is wrong with one that is being made."""

import math
from typing import Any

import pytest

from experiment.settings import Settings
from experiment.studies.preview import Checked, check_values
from experiment.studies.values import values_of
from tests.experiment.image_sets import add_image_set
from tests.experiment.study_files import definition


@pytest.fixture
def settings(instance: Any) -> Settings:
    """An instance with a set of 40 pictures, and no database: a preview asks none."""
    made = Settings(instance, "sqlite://", "a key that is used in tests only, nowhere else")
    add_image_set(made)
    return made


def checked(settings: Settings, **changes: dict[str, Any]) -> Checked:
    """What the page would say of `pets` with these changes, table by table."""
    values = values_of(definition())
    for table, change in changes.items():
        values[table] = values.get(table, {}) | change
    return check_values(settings, values)


def test_a_preview_counts_people_cost_and_minutes(settings: Settings) -> None:
    goal = {"pay": 2.5, "currency": "EUR", "fee_percent": 20}
    seen = checked(settings, goal=goal).preview
    assert seen is not None
    # 2 × 3 + 4 + 2 × 2 trials of 1.4 s; 40 images × 10 responses, 3 a person.
    assert (seen.n_trials, seen.images_needed, seen.images_available) == (14, 9, 40)
    assert seen.minutes == pytest.approx(14 * 1.4 / 60)
    assert seen.people_needed == math.ceil(40 * 10 / 3)
    assert seen.cost == pytest.approx(134 * 2.5 * 1.2)
    assert (seen.people_let_in, seen.responses_reached) == (None, None)


def test_a_quota_is_what_is_paid_for_and_may_be_too_small(settings: Settings) -> None:
    seen = checked(settings, goal={"participants": 30, "pay": 1, "currency": "EUR"}).preview
    assert seen is not None
    assert (seen.people_let_in, seen.cost) == (30, 30)
    assert seen.responses_reached == pytest.approx(30 * 3 / 40)
    assert "the quota lets 30 people in, 104 fewer than the goal needs" in seen.warnings


def test_the_lags_are_those_of_the_game(settings: Settings) -> None:
    changes = {"target_lags": [4, 6], "target_lag_distribution": "even"}
    seen = checked(settings, paradigm=changes).preview
    assert seen is not None
    target, vigilance = seen.lags
    # Three repeats share three lags evenly; the longest bar is as long as it may be.
    assert target.role == "target"
    assert [(label, n) for label, n, _ in target.bars] == [("4", 1), ("5", 1), ("6", 1)]
    assert all(share == 1 for _, _, share in target.bars)
    assert sum(n for _, n, _ in vigilance.bars) == pytest.approx(2)
    # The mean of 4, 5, 6; their standard deviation √(2/3) over 10 responses.
    assert seen.lag_mean == pytest.approx(5)
    assert seen.lag_sd == pytest.approx(math.sqrt(2 / 3 / 10))


def test_deviations_and_what_is_to_be_written_are_told(settings: Settings) -> None:
    seen = checked(settings, paradigm={"stimulus_ms": 700}).preview
    assert seen is not None
    assert "stimulus_ms is 700; in lamem2015 it is 600" in seen.deviations
    assert any("still says [NAME OF THE RESEARCHER" in sentence for sentence in seen.warnings)


@pytest.mark.parametrize(
    ("changes", "key", "sentence"),
    [
        ({"paradigm": {"n_targets": 0}}, "paradigm.n_targets", "paradigm.n_targets is 0; give"),
        ({"goal": {"pay": 1}}, "goal.currency", "goal.currency is missing; say what pay is in"),
        ({"paradigm": {"n_fillers": 60}}, "images.fillers", "images.fillers: a participant's run"),
        ({"paradigm": {"target_lags": [12, 13]}}, "paradigm.target_lags", "do not fit into a run"),
        ({"images": {"targets": {"colour": ["red"]}}}, "images.targets", "has no column 'colour'"),
        ({"texts": {"welcome": "{pay}"}}, "texts.welcome", "has {pay}; the only placeholder"),
    ],
)
def test_a_problem_names_its_key(
    settings: Settings, changes: dict[str, Any], key: str, sentence: str
) -> None:
    found = checked(settings, **changes)
    assert found.preview is None
    assert found.key == key
    assert found.problem is not None
    assert sentence in found.problem
    assert not found.problem.startswith("study:")


def test_a_problem_with_a_question_names_the_question(settings: Settings) -> None:
    values = values_of(definition()) | {"questions": [{"id": "hand", "when": "before"}]}
    found = check_values(settings, values)
    assert (found.key, found.problem) == (
        "questions.hand",
        "question 'hand': kind is missing; write one of: choice, several, number, text, scale, "
        "statement",
    )


def test_a_run_of_hours_is_refused_at_once(settings: Settings) -> None:
    found = checked(settings, paradigm={"n_targets": 5000, "target_lags": [5000, 9000]})
    assert found.problem is not None
    assert "run of 10,008 trials; make it shorter, 6,000 at most" in found.problem


def test_a_set_that_has_grown_is_counted_anew(settings: Settings) -> None:
    first = checked(settings).preview
    (settings.image_sets / "pictures" / "manifest.csv").unlink()
    (settings.image_sets / "pictures").rmdir()
    add_image_set(settings, n=50)
    second = checked(settings).preview
    assert first is not None
    assert second is not None
    assert (first.images_available, second.images_available) == (40, 50)
