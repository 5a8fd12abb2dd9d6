"""One question of a study, as its definition keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

KINDS = ("choice", "several", "number", "text", "scale", "statement")
# Ready-made questions, which speak the language of the study: (use, kind).
USES: Mapping[str, str] = {"age": "number", "gender": "choice", "colour_vision": "choice"}
DECLINED = "prefer_not_to_say"  # the answer of somebody who rather does not answer


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and which answers there are."""

    id: str
    when: str  # before or after the game
    page: int  # 1-based
    kind: str
    use: str | None  # a ready-made one has no words of its own
    label: str
    hint: str
    required: bool
    may_decline: bool
    options: tuple[tuple[str, str], ...]  # (value, label)
    least: float | None
    most: float | None
    whole: bool
    longest: int  # characters
    least_label: str  # at the ends of a scale
    most_label: str
    screen_out: Mapping[str, Any] | None  # `values`, or `below` and `above`

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Question":
        """The question that `to_dict` was asked of."""
        options = tuple((value, label) for value, label in values["options"])
        return cls(**dict(values) | {"options": options})

    def to_dict(self) -> dict[str, Any]:
        """JSON of it."""
        return asdict(self) | {"options": [list(option) for option in self.options]}

    def screening(self, screen_out: Mapping[str, Any]) -> "Question":
        """The same question with answers that end the participation."""
        return replace(self, screen_out=screen_out)

    @property
    def asks(self) -> bool:
        """Whether there is something to answer."""
        return self.kind != "statement"

    @property
    def field(self) -> str:
        """The name of its form field."""
        return f"q-{self.id}"
