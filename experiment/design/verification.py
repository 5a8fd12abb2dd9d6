"""Checks every promise of a run from the finished sequence alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiment.design.lag_bins import LagBin, largest_remainder
from experiment.design.paradigms import Paradigm
from experiment.design.shape import Shape
from experiment.errors import SequenceError

if TYPE_CHECKING:
    from experiment.design.sequence import PlannedTrial


def verify(
    sequence: "Sequence[PlannedTrial]", paradigm: Paradigm, shape: Shape | None = None
) -> None:
    """Check every promise of a run.

    Raises
    ------
    SequenceError
        Naming the first promise that is broken, and where.
    """
    shape = shape or paradigm.shape()
    _verify_trials(sequence, shape)
    _verify_levels(sequence, paradigm, shape)
    if paradigm.phases == "continuous":
        _verify_lags(sequence, paradigm, "target")
    _verify_lags(sequence, paradigm, "vigilance")


def _verify_lags(sequence: "Sequence[PlannedTrial]", paradigm: Paradigm, role: str) -> None:
    found = [t.lag for t in sequence if t.role == role and t.lag is not None]
    bins = paradigm.lag_bins(role)
    for lag in found:
        if not any(lag in one.lags for one in bins):
            ranges = ", ".join(f"{one.shortest}–{one.longest}" for one in bins)
            raise SequenceError(f"a {role} returns at lag {lag}, outside {ranges}")
    wanted = largest_remainder(len(found), [one.share for one in bins])
    for one, n_wanted in zip(bins, wanted, strict=True):
        in_bin = [lag for lag in found if lag in one.lags]
        if len(in_bin) != n_wanted:
            raise SequenceError(
                f"{len(in_bin)} {role}s return at lags {one.shortest}–{one.longest}, not {n_wanted}"
            )
        _verify_spread(in_bin, one, getattr(paradigm, f"{role}_lag_distribution"), role)


def _verify_spread(lags: list[int], one: LagBin, distribution: str, role: str) -> None:
    counts = [lags.count(lag) for lag in one.lags]
    if distribution == "even" and max(counts) - min(counts) > 1:
        raise SequenceError(
            f"lags of {role}s are not even: one is used {max(counts)} times, "
            f"another {min(counts)} times"
        )
    if distribution == "triangular":
        n = len(counts)
        weights = [min(i + 1, n - i) for i in range(n)]
        for lag, count, weight in zip(one.lags, counts, weights, strict=True):
            exact = len(lags) * weight / sum(weights)
            if abs(count - exact) >= 1:
                raise SequenceError(
                    f"lags of {role}s are not triangular: {lag} is used {count} times, "
                    f"not about {exact:.1f}"
                )


def _verify_levels(sequence: "Sequence[PlannedTrial]", paradigm: Paradigm, shape: Shape) -> None:
    is_study_test = paradigm.phases == "study_test"
    first_level: dict[int, int] = {}
    position = 0
    for level, length in enumerate(shape.level_trials, start=1):
        phase = ("study" if level == 1 else "test") if is_study_test else "game"
        for trial in sequence[position : position + length]:
            if (trial.level, trial.phase) != (level, phase):
                raise SequenceError(
                    f"position {trial.position} is in level {trial.level}, phase {trial.phase}"
                )
            first_level.setdefault(trial.image, level)
            if trial.role == "vigilance" and first_level[trial.image] != level:
                raise SequenceError(f"a vigilance pair crosses into level {level}")
            if is_study_test and (trial.role == "lure") > (phase == "test"):
                raise SequenceError(f"position {trial.position} studies a new image of the test")
            if is_study_test and trial.role == "target" and trial.is_repeat != (phase == "test"):
                raise SequenceError(f"position {trial.position} shows a target in the wrong phase")
        position += length


def _verify_trials(sequence: "Sequence[PlannedTrial]", shape: Shape) -> None:
    if len(sequence) != shape.n_trials:
        raise SequenceError(f"the run has {len(sequence)} trials, not {shape.n_trials}")
    last_role = [
        *["target"] * shape.n_targets,
        *["filler"] * shape.n_fillers,
        *["vigilance"] * shape.n_vigilance,
        *["lure"] * shape.n_lures,
        *["target"] * (shape.n_leaving + shape.n_returning),
    ]
    twice = {*range(shape.n_targets)} | {
        image for image, role in enumerate(last_role) if role == "vigilance"
    }
    returning = range(shape.n_images, shape.n_images + shape.n_returning)
    first_seen: dict[int, int] = {}
    repeated: set[int] = set()
    for position, trial in enumerate(sequence):
        where = f"position {position}"
        if trial.position != position:
            raise SequenceError(f"{where} holds the trial of position {trial.position}")
        if not 0 <= trial.image < len(last_role) or trial.role != last_role[trial.image]:
            raise SequenceError(f"{where} shows image {trial.image} as {trial.role!r}")
        is_old = trial.image in first_seen or trial.image in returning
        if trial.is_repeat != is_old:
            raise SequenceError(f"{where} takes image {trial.image} for what it is not, new or old")
        if position == 0 and is_old and shape.n_trials > shape.n_returning:
            raise SequenceError(f"{where} shows an image of an earlier run first of all")
        if not trial.is_repeat:
            first_seen[trial.image] = position
            if trial.lag is not None:
                raise SequenceError(f"{where} is a first presentation with a lag")
            continue
        if trial.image in repeated or not (trial.image in twice or trial.image in returning):
            raise SequenceError(f"{where} shows image {trial.image} once too often")
        repeated.add(trial.image)
        lag = None if trial.image in returning else position - first_seen[trial.image]
        if trial.lag != lag:
            raise SequenceError(f"{where} says lag {trial.lag}; it is {lag}")
    if len(first_seen) != shape.n_images:
        raise SequenceError(f"the run shows {len(first_seen)} images, not {shape.n_images}")
    if len(repeated) != len(twice) + shape.n_returning:
        raise SequenceError(f"{len(repeated)} images return, not all targets and vigilance images")
