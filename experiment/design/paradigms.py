"""What a memory game is: how many images, how long, at which lags; and the published ones by name.

A lag is repeat position − first position (back to back is 1), never the number of images between.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeAlias

from experiment.design.attention import AttentionRule
from experiment.design.display import Display
from experiment.design.lag_bins import LAG_DISTRIBUTIONS, LagBin, lag_bins
from experiment.design.lag_bins import plain as plain_lags
from experiment.design.shape import Shape, shape_of
from experiment.design.structure import check_structure
from experiment.errors import ParadigmError

Lags: TypeAlias = tuple[int, int] | tuple[LagBin, ...]

MOST_FLASHES = 3  # per second
PHASES = ("continuous", "study_test")
RESTS = ("none", "offered", "required")
# symbol: a green symbol or a grey cross; border: green or red around the place of the image
FEEDBACK = ("off", "symbol", "border")

# KeyboardEvent.key values of more than one character (W3C, UI Events KeyboardEvent key Values) that
# a game may use
NAMED_KEYS = (
    *("Enter", "Backspace", "Delete", "Home", "End", "PageUp", "PageDown"),
    *("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"),
)


@dataclass(frozen=True, slots=True)
class Paradigm:
    """The parameters of a continuous-recognition game; checked when it is made.

    Raises
    ------
    ParadigmError
        Naming the key, the value found and what would be right. Whether the lags fit into the run
        is a question for ``sequence.check_feasible``.
    """

    name: str
    source: str  # where the parameters come from; "" for one's own
    stimulus_ms: int
    gap_ms: int
    n_targets: int  # images shown twice, at target_lags; the ones that are measured
    n_fillers: int  # images shown once
    n_vigilance: int  # images shown twice, at vigilance_lags; they show who pays attention
    target_lags: Lags  # shortest and longest, both included; or several ranges
    vigilance_lags: Lags
    target_lag_distribution: str
    vigilance_lag_distribution: str
    keys: tuple[str, ...]  # KeyboardEvent.key names that mean "seen before"
    early_key_ms: int = 150  # a key before this is flagged as too early to be an answer
    phases: str = "continuous"  # study_test: all targets once, then again among n_lures new images
    n_lures: int = 0  # new images of the test phase
    n_levels: int = 1  # of a continuous run: n_* are then one level's in its steady state
    rests: str = "none"  # offered: after each level one may stop there; required: a pause only
    shows_score: bool = False  # at a rest
    most_ended_levels: int = 0  # so many runs ended by a rule end the participation; 0: no limit
    n_returning: int = 0  # targets of a run that come back in the next one
    return_after_hours: tuple[float, float | None] = (0, None)  # earliest and latest next run
    feedback: str = "off"
    feedback_ms: int = 150
    attention: tuple[AttentionRule, ...] = ()
    display: Display = field(default_factory=Display)
    readings: tuple[str, ...] = ()  # what is our reading of the source and not its wording

    def __post_init__(self) -> None:
        for key in ("name", "source"):
            _refuse_unless(isinstance(getattr(self, key), str), key, self, "give a text")
        _refuse_unless(bool(self.name.strip()), "name", self, "give the paradigm a name")
        for key, (least, most) in _WHOLE_NUMBERS.items():
            value = getattr(self, key)
            _refuse_unless(
                _is_whole(value) and least <= value <= most,
                key,
                self,
                f"give a whole number from {least} to {most}",
            )
        for key in ("target_lags", "vigilance_lags"):
            bins = lag_bins(key, getattr(self, key))
            pair = (bins[0].shortest, bins[0].longest)
            object.__setattr__(self, key, pair if len(bins) == 1 else bins)
        for key in ("target_lag_distribution", "vigilance_lag_distribution"):
            value = getattr(self, key)
            _refuse_unless(
                value in LAG_DISTRIBUTIONS, key, self, f"give one of {', '.join(LAG_DISTRIBUTIONS)}"
            )
        for key, choices in _CHOICES.items():
            value = getattr(self, key)
            _refuse_unless(value in choices, key, self, f"give one of {', '.join(choices)}")
        for key in ("keys", "readings"):
            value = getattr(self, key)
            _refuse_unless(
                isinstance(value, tuple) and all(isinstance(item, str) and item for item in value),
                key,
                self,
                "give a list of texts",
            )
        _refuse_unless(
            0 < len(self.keys) == len(set(self.keys)),
            "keys",
            self,
            'give at least one key, each once, for example [" "] for the space bar',
        )
        for key in self.keys:
            _refuse_unless(
                key in NAMED_KEYS or (len(key) == 1 and key.isprintable()),
                "keys",
                self,
                'write " " for the space bar'
                if key.lower() in ("space", "spacebar")
                else f"{key!r} is no key: write one character, or one of {', '.join(NAMED_KEYS)}",
            )
        _refuse_unless(
            self.early_key_ms <= self.trial_ms,
            "early_key_ms",
            self,
            f"it cannot be longer than a trial ({self.trial_ms} ms)",
        )
        check_structure(self)
        self._check_flashes()

    def _check_flashes(self) -> None:
        """Refuse what flashes more often than is safe (WCAG 2.2, success criterion 2.3.1)."""
        if self.flashes_per_second > MOST_FLASHES:
            least_ms = math.ceil(1000 * self.flashes_per_trial / MOST_FLASHES)
            raise ParadigmError(
                f"paradigm: stimulus_ms and gap_ms are {self.stimulus_ms} and {self.gap_ms}: "
                f"{self.flashes_per_second:.1f} flashes per second, and more than {MOST_FLASHES} "
                f"may cause seizures; make them {least_ms} ms together at least"
            )

    @property
    def flashes_per_trial(self) -> int:
        """An image that comes and goes is one; feedback that does, another."""
        return 1 if self.feedback == "off" else 2

    @property
    def flashes_per_second(self) -> float:
        """Of the largest part of the screen; each image is taken for one on another ground."""
        return 1000 * self.flashes_per_trial / self.trial_ms

    def lag_bins(self, role: str) -> tuple[LagBin, ...]:
        """The ranges of lags of a role's repeats."""
        return lag_bins(
            f"{role}_lags", self.target_lags if role == "target" else self.vigilance_lags
        )

    def shape(self, run_number: int = 1, n_runs: int = 1, n_returning: int | None = None) -> Shape:
        """The counts of the run of this 1-based number among so many.

        `n_returning` says how many images really come back, where the run before was cut short.
        """
        return shape_of(self, run_number, n_runs, n_returning)

    def lag_range(self, role: str) -> tuple[int, int]:
        """Shortest and longest lag of a role's repeats, both included."""
        bins = self.lag_bins(role)
        return bins[0].shortest, bins[-1].longest

    @property
    def n_trials(self) -> int:
        """Presentations in a run, with all its levels."""
        return self.shape().n_trials

    @property
    def n_images(self) -> int:
        """Different images in a run, with all its levels."""
        return self.shape().n_images

    @property
    def trial_ms(self) -> int:
        """From one onset to the next."""
        return self.stimulus_ms + self.gap_ms

    @property
    def duration_ms(self) -> int:
        """From the first image's onset to the end of the last gap."""
        return self.n_trials * self.trial_ms

    def to_dict(self) -> dict[str, Any]:
        """Every parameter as JSON has it: tuples become lists."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}
        return plain | {
            "target_lags": plain_lags(self.lag_bins("target")),
            "vigilance_lags": plain_lags(self.lag_bins("vigilance")),
            "attention": [rule.to_dict() for rule in self.attention],
            "display": self.display.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Paradigm":
        """The inverse of ``to_dict``; refuses unknown keys and names the missing ones.

        Raises
        ------
        ParadigmError
            If a key is unknown, missing, or its value is not possible.
        """
        known = [field.name for field in fields(cls)]
        needed = [f.name for f in fields(cls) if f.default is f.default_factory is MISSING]
        if unknown := [repr(key) for key in values if key not in known]:
            raise ParadigmError(
                f"paradigm: unknown key {', '.join(unknown)}; the keys are {', '.join(known)}"
            )
        if missing := [name for name in needed if name not in values]:
            raise ParadigmError(f"paradigm: {', '.join(missing)} missing; every paradigm needs it")
        arguments: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        if "display" in values:
            arguments["display"] = Display.from_dict(values["display"])
        if "attention" in values:
            arguments["attention"] = tuple(map(AttentionRule.from_dict, values["attention"]))
        return cls(**arguments)

    def deviations(self, preset: "Paradigm") -> list[str]:
        """Where this paradigm differs from a published one, one sentence each; [] if nowhere.

        Display and attention rules are compared in `studies.deviations`, part by part.
        """
        sentences = []
        for key in (f.name for f in fields(self)):
            if key in ("name", "source", "readings", "display", "attention"):
                continue
            ours, theirs = getattr(self, key), getattr(preset, key)
            if ours != theirs:
                sentences.append(
                    f"{key} is {_in_words(ours)}; in {preset.name} it is {_in_words(theirs)}"
                )
        return sentences


# key: smallest and largest value; the upper ends keep a slip of the pen from becoming a run of days
_WHOLE_NUMBERS = {
    "stimulus_ms": (1, 60_000),
    "gap_ms": (0, 60_000),
    "n_targets": (1, 5_000),
    "n_fillers": (0, 5_000),
    "n_vigilance": (0, 5_000),
    "early_key_ms": (0, 120_000),
    "n_lures": (0, 5_000),
    "n_levels": (1, 1_000),
    "most_ended_levels": (0, 1_000),
    "n_returning": (0, 5_000),
    "feedback_ms": (1, 60_000),
}
_CHOICES = {"phases": PHASES, "rests": RESTS, "feedback": FEEDBACK}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse_unless(fine: bool, key: str, paradigm: Paradigm, remedy: str) -> None:
    if not fine:
        value = getattr(paradigm, key)
        found = list(value) if isinstance(value, tuple) else value
        raise ParadigmError(f"paradigm: {key} is {found!r}; {remedy}")


def _in_words(value: object) -> str:
    if isinstance(value, tuple) and value and all(isinstance(item, LagBin) for item in value):
        return " and ".join(f"{b.shortest}–{b.longest} (share {b.share:g})" for b in value)
    if isinstance(value, tuple) and all(_is_whole(item) for item in value) and len(value) == 2:
        return f"{value[0]}–{value[1]}"
    if isinstance(value, tuple):
        return ", ".join(repr(item) for item in value)
    return str(value)
