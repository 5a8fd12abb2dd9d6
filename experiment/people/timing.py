"""How exactly the images of a run were on the screen, as its browser measured it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

MOST_FRAMES_OFF = 3  # further ones are counted together with these


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """What was planned for a trial, and what was measured."""

    position: int
    level: int
    stimulus_ms: int
    gap_ms: int
    onset_ms: float  # since the first image of the run
    offset_ms: float
    frame_ms: float
    dropped_frames: int


@dataclass(frozen=True, slots=True)
class FramesOff:
    """How many images were on the screen for so many frames too long (or, below 0, too short)."""

    frames: int  # at the ends of the range: so many or more
    n: int


@dataclass(frozen=True, slots=True)
class Timing:
    """The timing of a run."""

    n_images: int
    frame_ms: float  # median over trials
    n_dropped: int  # frames
    share_with_dropped: float  # of trials with at least one
    share_off: float  # of images shown for more than half a frame longer or shorter than planned
    median_error_ms: float  # of the time on the screen
    worst_error_ms: float  # the largest deviation, with its sign
    n_intervals: int  # between onsets of neighbouring trials of a level
    share_intervals_off: float | None  # of them by more than half a frame; None: there is none
    frames_off: tuple[FramesOff, ...]  # ascending


def timing_of(trials: Sequence[ShownTrial], resumed: Sequence[int] = ()) -> Timing | None:
    """The timing of a run; None where nothing was shown.

    Parameters
    ----------
    trials
        By position.
    resumed
        Positions at which the run went on after an interruption: no interval leads there.
    """
    if not trials:
        return None
    errors = [trial.offset_ms - trial.onset_ms - trial.stimulus_ms for trial in trials]
    off = [abs(error) > trial.frame_ms / 2 for error, trial in zip(errors, trials, strict=True)]
    intervals = [
        abs(after.onset_ms - before.onset_ms - before.stimulus_ms - before.gap_ms)
        > before.frame_ms / 2
        for before, after in pairwise(trials)
        if after.position == before.position + 1
        and after.level == before.level
        and after.position not in resumed
    ]
    return Timing(
        n_images=len(trials),
        frame_ms=median(trial.frame_ms for trial in trials),
        n_dropped=sum(trial.dropped_frames for trial in trials),
        share_with_dropped=share([trial.dropped_frames > 0 for trial in trials]),
        share_off=share(off),
        median_error_ms=median(errors),
        worst_error_ms=max(errors, key=abs),
        n_intervals=len(intervals),
        share_intervals_off=share(intervals) if intervals else None,
        frames_off=frames_off(errors, trials),
    )


def frames_off(errors: Sequence[float], trials: Sequence[ShownTrial]) -> tuple[FramesOff, ...]:
    """The errors as whole frames, none left out between the least and the most."""
    counts = dict.fromkeys(range(-MOST_FRAMES_OFF, MOST_FRAMES_OFF + 1), 0)
    for error, trial in zip(errors, trials, strict=True):
        frames = round(error / trial.frame_ms)
        counts[max(-MOST_FRAMES_OFF, min(MOST_FRAMES_OFF, frames))] += 1
    return tuple(FramesOff(frames, n) for frames, n in counts.items())


def share(values: Sequence[bool]) -> float:
    """How many of them hold, 0 to 1."""
    return sum(values) / len(values)
