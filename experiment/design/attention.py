"""Rules that show who does not pay attention, as data: what is measured, when, and what follows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from experiment.design.values import is_number, is_text, is_whole, known_fields, refuse_unless

MEASURES = (
    "vigilance_hit_rate",  # of vigilance repeats
    "vigilance_miss_rate",
    "false_alarm_rate",  # of first presentations of any role
    "filler_false_alarm_rate",
    "target_hit_rate",
    "response_rate",  # keys, of all trials
)
COMPARISONS = ("below", "at_most", "above", "at_least")
SCOPES = ("level", "run")
MOMENTS = ("during", "level_end", "run_end")
ACTIONS = (
    "warn",  # a friendly reminder; the game goes on
    "end_level",  # the run ends here; another may be begun
    "end_participation",  # the run ends here, and nothing more may be played
    "leave_out",  # nothing is said; the data are marked
)
DISCARDS = ("nothing", "level", "run", "participant")


@dataclass(frozen=True, slots=True)
class AttentionRule:
    """One rule; checked when it is made.

    Raises
    ------
    ParadigmError
        Naming the key, the value found and what would be right.
    """

    name: str
    measure: str
    fires: str  # how the measure compares with the threshold when the rule fires
    threshold: float  # a rate, 0 to 1
    last: int = 0  # over the last so many trials of its kind; 0: all of the scope
    n_least: int = 1  # fewer trials of its kind, and the rule does not judge
    scope: str = "run"  # what is looked at; the window of `last` never reaches beyond it
    when: str = "run_end"
    action: str = "leave_out"
    discards: str = "nothing"  # what is left out of the scores when it fires

    def __post_init__(self) -> None:
        refuse_unless(
            is_text(self.name),
            "attention.name",
            self.name,
            "give the rule a name",
        )
        for key, allowed in (
            ("measure", MEASURES),
            ("fires", COMPARISONS),
            ("scope", SCOPES),
            ("when", MOMENTS),
            ("action", ACTIONS),
            ("discards", DISCARDS),
        ):
            value = getattr(self, key)
            refuse_unless(
                value in allowed, f"attention.{key}", value, f"give one of {', '.join(allowed)}"
            )
        refuse_unless(
            is_number(self.threshold, 0, 1),
            "attention.threshold",
            self.threshold,
            "give a rate from 0 to 1",
        )
        for key, least in (("last", 0), ("n_least", 1)):
            value = getattr(self, key)
            refuse_unless(
                is_whole(value, least, 100_000),
                f"attention.{key}",
                value,
                f"give a whole number from {least} up",
            )

    def to_dict(self) -> dict[str, Any]:
        """Every parameter as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "AttentionRule":
        """The inverse of ``to_dict``; what is absent has its default."""
        return cls(**known_fields(cls, values, "attention"))
