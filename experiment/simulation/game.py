"""What a simulated participant does in the game: answers in the words of the API.

Pure: no input or output. Times are virtual: the first image comes at 0, and frames follow each
other at 60 Hz with a drop now and then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from experiment.simulation.memory import Person

FRAME_MS = 1000.0 / 60.0
DROPPED_FRAME_RATE = 0.005  # of trials
REST_MS = 20_000.0  # between two levels
FEEDBACK_DELAY_MS = 60.0  # from the key to the answer of the server


@dataclass(slots=True)
class Screen:
    """One person before one screen, over all their runs."""

    person: Person
    last_seen: dict[str, int] = field(default_factory=dict)  # image_id → trials shown before it
    n_shown: int = 0
    frame: int = 0  # of the next onset, since the run's first image
    rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.person.seed}/screen/{self.person.number}")

    def begin_run(self) -> None:
        """A new run: its first image comes at 0."""
        self.frame = 0

    def rest(self) -> None:
        """A pause between two levels."""
        self.frame += round(REST_MS / FRAME_MS)

    def respond(
        self, trial: Mapping[str, Any], image_id: str, key: str, feedback: str
    ) -> dict[str, Any]:
        """What the person does on a trial, which shows this image to them.

        Parameters
        ----------
        trial
            As the server plans it.
        image_id
            What they see; they remember when they saw it last.
        key, feedback
            The key that means "seen before"; which feedback the paradigm gives on it.
        """
        seen_at = self.last_seen.get(image_id)
        lag = None if seen_at is None else self.n_shown - seen_at
        self.last_seen[image_id] = self.n_shown
        self.n_shown += 1
        window_ms = trial["stimulus_ms"] + trial["gap_ms"]
        answer = self.person.answer(image_id, lag, window_ms)
        dropped = int(self.rng.random() < DROPPED_FRAME_RATE)
        onset_ms = self.frame * FRAME_MS
        offset_frame = self.frame + round(trial["stimulus_ms"] / FRAME_MS) + dropped
        self.frame += round(window_ms / FRAME_MS) + dropped
        told_ms = None
        if answer.rt_ms is not None and feedback != "off":
            told_ms = onset_ms + answer.rt_ms + FEEDBACK_DELAY_MS
        return {
            "position": trial["position"],
            "key": key if answer.pressed else None,
            "rt_ms": answer.rt_ms,
            "keys": [{"key": key, "at_ms": answer.rt_ms}] if answer.pressed else [],
            "onset_ms": onset_ms,
            "offset_ms": offset_frame * FRAME_MS,
            "frame_ms": FRAME_MS,
            "dropped_frames": dropped,
            "feedback_onset_ms": told_ms,
            "had_focus": True,
        }
