"""What a study will do, as numbers: for the pages and the API, while it is being made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiment.design.lag_balance import lag_balance
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.errors import ParadigmError, SequenceError, StudyError
from experiment.settings import Settings
from experiment.studies.attention_words import rule_in_words
from experiment.studies.check import about_texts, kept_in_words
from experiment.studies.deviations import deviation_sentences
from experiment.studies.file import StudyDefinition, parse_values
from experiment.studies.lag_counts import draw_many, lag_bars, lags_of
from experiment.studies.lifecycle import find_files
from experiment.studies.needs import needs_of, participants_needed
from experiment.studies.pools import check_pools, n_for_one
from stimuli.image_set import MANIFEST, ImageSet, read_image_set

N_TRIALS = 5_000  # drawn to see the lags: enough for their shape, and at once
WHERE = re.compile(r"(?:question '(?P<question>[^']*)': )?(?P<key>[a-z_][a-z0-9_.]*)")


@dataclass(frozen=True, slots=True)
class Lags:
    """How often which lag comes in a run, in a few stretches."""

    role: str
    bars: tuple[tuple[str, float, float], ...]  # lags, mean repeats a run, share of the longest bar


@dataclass(frozen=True, slots=True)
class Agreement:
    """What so many responses let one expect, in a published case."""

    case: str
    reliability: float  # R of the scores
    rho: float  # between halves of the people


@dataclass(frozen=True, slots=True)
class Preview:
    """What a study will do."""

    n_trials: int  # of a run, at most
    minutes: float  # of a run, without instructions and practice
    n_runs: int
    n_levels: int
    lags: tuple[Lags, ...]
    lag_mean: float | None  # of an image, over the responses that are asked for
    lag_sd: float | None  # between images, by chance
    images_needed: int  # for one person
    images_available: int
    targets: int  # whose memorability is measured
    responses_per_image: int
    people_needed: int | None  # None: no target ever comes back
    people_let_in: int | None  # None: as many as come
    responses_reached: float | None  # of an image, by those who are let in
    pay_each: float | None
    cost: float | None  # of those who are let in, or else of those who are needed
    currency: str | None
    agreement: tuple[Agreement, ...]
    deviations: tuple[str, ...]
    attention: tuple[str, ...]
    kept: str  # how long recruiters' ids are kept
    warnings: tuple[str, ...]  # what is to be done before anybody sees it


@dataclass(frozen=True, slots=True)
class Checked:
    """A study as it is being made: what it will do, or what is wrong with it."""

    definition: StudyDefinition | None
    preview: Preview | None
    problem: str | None  # in a sentence: what, where, what to do
    key: str | None  # that the problem is with


def check_values(settings: Settings, values: Mapping[str, Any], source: str = "study") -> Checked:
    """What the tables of a study file would do, or the first thing that is wrong with them."""
    try:
        definition = parse_values(values, source)
    except (StudyError, ParadigmError) as error:
        return wrong(None, error, source)
    return check_definition(settings, definition)


def check_definition(settings: Settings, definition: StudyDefinition) -> Checked:
    """What a study would do, or why it cannot."""
    try:
        return Checked(definition, preview(settings, definition), None, None)
    except (StudyError, SequenceError) as error:
        return wrong(definition, error, definition.source)


def wrong(definition: StudyDefinition | None, error: Exception, source: str) -> Checked:
    """What is wrong, without the name of the file that a page has not."""
    told = str(error).removeprefix(f"{source}: ")
    if isinstance(error, SequenceError):
        return Checked(definition, None, told, "paradigm.target_lags")
    found = WHERE.match(told)
    key = found["question"] and f"questions.{found['question']}" if found else None
    return Checked(definition, None, told, key or (found["key"] if found else None))


def preview(settings: Settings, definition: StudyDefinition) -> Preview:
    """What a study will do.

    Raises
    ------
    StudyError, SequenceError
        If it cannot be made, as `create_study` would.
    """
    paradigm, goal, runs = definition.paradigm, definition.goal, definition.runs_per_participant
    needs = needs_of(paradigm, runs)
    images = list(image_set(settings, definition.image_set).images)
    targets, fillers = check_pools(definition, images)
    needed = participants_needed(goal.responses_per_image, len(targets), needs)
    let_in = goal.participants
    reached = None if let_in is None else let_in * needs.n_answers / len(targets)
    pays_for = let_in or needed
    lags, target_lags = lags_in(paradigm)
    balance = lag_balance(list(target_lags), goal.responses_per_image) if target_lags else None
    return Preview(
        n_trials=paradigm.n_trials,
        minutes=paradigm.duration_ms / 60_000,
        n_runs=runs,
        n_levels=paradigm.n_levels,
        lags=lags,
        lag_mean=None if balance is None else balance.mean,
        lag_sd=None if balance is None else balance.sd,
        images_needed=needs.n_images,
        images_available=n_for_one(definition, images, targets | fillers),
        targets=len(targets),
        responses_per_image=goal.responses_per_image,
        people_needed=needed,
        people_let_in=let_in,
        responses_reached=reached,
        pay_each=goal.pay,
        cost=None if goal.pay is None or pays_for is None else cost(definition, pays_for),
        currency=goal.currency,
        agreement=agreement(goal.responses_per_image),
        deviations=deviations_of(definition),
        attention=tuple(rule_in_words(rule) for rule in paradigm.attention),
        kept=kept_in_words(definition.identities_days),
        warnings=tuple(warnings_of(definition, needed)),
    )


def image_set(settings: Settings, name: str) -> ImageSet:
    """The image set of this name, read anew only when it has changed; or StudyError."""
    manifest = settings.image_sets / name / MANIFEST
    if not manifest.is_file():
        return find_files(settings, name)
    return read_again(manifest.parent, manifest.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def read_again(folder: Path, changed_ns: int) -> ImageSet:  # noqa: ARG001 (a part of the key)
    """An image set as it was when its manifest was last changed."""
    return read_image_set(folder)


@lru_cache(maxsize=64)
def lags_in(paradigm: Paradigm) -> tuple[tuple[Lags, ...], tuple[int, ...]]:
    """How often which lag comes, by role; and the lags of targets that were counted."""
    sequences = draw_many(paradigm, N_TRIALS)
    found = []
    for role in ("target", "vigilance"):
        bars = lag_bars(lags_of(sequences, role))
        most = max((bar.per_lag for bar in bars), default=1.0)
        shown = tuple((bar.label, bar.n / len(sequences), bar.per_lag / most) for bar in bars)
        if shown:
            found.append(Lags(role, shown))
    return tuple(found), tuple(lags_of(sequences, "target"))


def cost(definition: StudyDefinition, people: int) -> float:
    """What so many people cost, with the recruiter's fee."""
    goal = definition.goal
    return people * (goal.pay or 0.0) * (1 + goal.fee_percent / 100)


def agreement(responses_per_image: int) -> tuple[Agreement, ...]:
    """What so many responses let one expect, in each published case."""
    from analysis.planning.responses import PUBLISHED, half_consistency, reliability_of

    found = []
    for case in PUBLISHED:
        reliability = reliability_of(responses_per_image, case.r1)
        found.append(Agreement(case.name, reliability, half_consistency(reliability)))
    return tuple(found)


def deviations_of(definition: StudyDefinition) -> tuple[str, ...]:
    """Where a study differs from the published game that it follows; nothing of one's own."""
    if definition.preset is None:
        return ()
    return tuple(deviation_sentences(definition.paradigm, PRESETS[definition.preset]))


def warnings_of(definition: StudyDefinition, needed: int | None) -> list[str]:
    """What is to be done before anybody sees the study, a sentence each."""
    found = [
        sentence.removeprefix("Before anybody sees it: ") for sentence in about_texts(definition)
    ]
    let_in = definition.goal.participants
    if needed is None:
        found.append("no target comes back, so nobody's run helps to reach the goal")
    elif let_in is not None and let_in < needed:
        found.append(
            f"the quota lets {let_in:,} people in, {needed - let_in:,} fewer than the goal needs"
        )
    return found
