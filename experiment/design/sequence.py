"""Where first presentations and repeats fall in a run."""

from dataclasses import dataclass
from random import Random

from experiment.design.chance import shuffled
from experiment.design.feasibility import arrange, check_feasible
from experiment.design.paradigms import Paradigm
from experiment.design.placement import Pair
from experiment.errors import SequenceError

__all__ = ["PlannedTrial", "check_feasible", "draw_sequence", "verify"]


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """One presentation of a run that has no pictures yet."""

    position: int  # 0-based place in the run
    image: int  # which of the run's images, counted targets first, then fillers, then vigilance
    role: str
    is_repeat: bool
    lag: int | None  # in trials; None for a first presentation
    level: int  # 1-based
    phase: str


def draw_sequence(paradigm: Paradigm, rng: Random) -> tuple[PlannedTrial, ...]:
    """Draw a run: each target and vigilance image twice at a lag of its range, each filler once.

    The same state of ``rng`` gives the same sequence on every machine. Where in the run a pair
    falls is left to chance as far as the lags allow, and so is which image of a role falls where.

    Raises
    ------
    SequenceError
        If the paradigm does not fit into its run (see ``check_feasible``).
    """
    targets, vigilance = arrange(paradigm, rng)
    used = {position for pair in targets + vigilance for position in pair}
    fillers = [position for position in range(paradigm.n_trials) if position not in used]
    trials: list[PlannedTrial] = []
    first_image = 0
    placed: list[tuple[str, list[Pair] | list[int]]] = [
        ("target", targets),
        ("filler", fillers),
        ("vigilance", vigilance),
    ]
    for role, places in placed:
        for image, place in enumerate(shuffled(rng, places), start=first_image):
            positions = place if isinstance(place, tuple) else (place,)
            for position in positions:
                is_repeat = position > positions[0]
                trials.append(
                    PlannedTrial(
                        position=position,
                        image=image,
                        role=role,
                        is_repeat=is_repeat,
                        lag=position - positions[0] if is_repeat else None,
                        level=1,
                        phase="game",
                    )
                )
        first_image += len(places)
    return tuple(sorted(trials, key=lambda trial: trial.position))


def verify(sequence: tuple[PlannedTrial, ...], paradigm: Paradigm) -> None:
    """Check every promise of a run, from the finished sequence alone.

    Raises
    ------
    SequenceError
        Naming the first promise that is broken, and where.
    """
    _verify_trials(sequence, paradigm)
    lags = {"target": paradigm.target_lags, "vigilance": paradigm.vigilance_lags}
    for role, (shortest, longest) in lags.items():
        found = [t.lag for t in sequence if t.role == role and t.lag is not None]
        for lag in found:
            if not shortest <= lag <= longest:
                raise SequenceError(f"a {role} returns at lag {lag}, outside {shortest}–{longest}")
        spread = getattr(paradigm, f"{role}_lag_distribution")
        counts = [found.count(lag) for lag in range(shortest, longest + 1)]
        if spread == "even" and max(counts) - min(counts) > 1:
            raise SequenceError(
                f"lags of {role}s are not even: one is used {max(counts)} times, "
                f"another {min(counts)} times"
            )


def _verify_trials(sequence: tuple[PlannedTrial, ...], paradigm: Paradigm) -> None:
    if len(sequence) != paradigm.n_trials:
        raise SequenceError(f"the run has {len(sequence)} trials, not {paradigm.n_trials}")
    last_role = [
        *["target"] * paradigm.n_targets,
        *["filler"] * paradigm.n_fillers,
        *["vigilance"] * paradigm.n_vigilance,
    ]
    first_seen: dict[int, int] = {}
    repeated: set[int] = set()
    for position, trial in enumerate(sequence):
        where = f"position {position}"
        if trial.position != position:
            raise SequenceError(f"{where} holds the trial of position {trial.position}")
        if not 0 <= trial.image < len(last_role) or trial.role != last_role[trial.image]:
            raise SequenceError(f"{where} shows image {trial.image} as {trial.role!r}")
        if (trial.level, trial.phase) != (1, "game"):
            raise SequenceError(f"{where} is in level {trial.level}, phase {trial.phase}")
        if trial.is_repeat != (trial.image in first_seen):
            raise SequenceError(f"{where} takes image {trial.image} for what it is not, new or old")
        if not trial.is_repeat:
            first_seen[trial.image] = position
            if trial.lag is not None:
                raise SequenceError(f"{where} is a first presentation with a lag")
            continue
        if trial.image in repeated or trial.role == "filler":
            raise SequenceError(f"{where} shows image {trial.image} once too often")
        repeated.add(trial.image)
        if trial.lag != position - first_seen[trial.image]:
            raise SequenceError(
                f"{where} says lag {trial.lag}; it is {position - first_seen[trial.image]}"
            )
    if len(first_seen) != paradigm.n_images:
        raise SequenceError(f"the run shows {len(first_seen)} images, not {paradigm.n_images}")
    if len(repeated) != paradigm.n_targets + paradigm.n_vigilance:
        raise SequenceError(f"{len(repeated)} images return, not all targets and vigilance images")
