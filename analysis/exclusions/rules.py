"""Rules for leaving out people, runs or levels, as data: the published ones, simple ones, your own.

A rule looks at one number of a person, a run or a level, and leaves it out on one side of a
threshold. Applying it is :func:`analysis.exclusions.finding.find_exclusions`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError

# What a rule can look at, in words. Study phases and interrupted repeats do not count.
MEASURES = {
    "vigilance_hit_rate": "hits among repeats of vigilance images",
    "vigilance_miss_rate": "misses among repeats of vigilance images",
    "filler_false_alarm_rate": "keys on first showings of fillers",
    "false_alarm_rate": "keys on first showings of any image",
    "hit_rate": "hits among repeats of targets",
    "corrected_recognition": "hit rate less false-alarm rate of targets (with lures)",
    "press_rate": "trials with a key among all trials",
    "rt_ms_median": "median reaction time of all keys, in ms",
    "n_trials": "number of trials",
}
WITHOUT_WINDOW = ("corrected_recognition", "rt_ms_median", "n_trials")
SIDES = {"above": ">", "at_or_above": "≥", "below": "<", "at_or_below": "≤"}
SCOPES = {
    "participant": ("participant_id",),
    "run": ("participant_id", "run_id"),
    "level": ("participant_id", "run_id", "level"),
}

NUMBERS: dict[str, Any] = {"threshold": (int, float), "min_trials": int, "window": int}


@dataclass(frozen=True, slots=True)
class Rule:
    """Leave out whoever's number is on this side of the threshold."""

    name: str  # as the table exclusions has it
    measure: str  # of MEASURES
    side: str  # above, at_or_above, below or at_or_below: where one is left out
    threshold: float
    scope: str = "participant"  # what is looked at and left out: participant, run or level
    min_trials: int = 1  # with fewer trials behind the number the rule says nothing
    window: int | None = None  # the worst of any so many trials on end, instead of all together
    citation: str = ""

    def __post_init__(self) -> None:
        for value, known, what in (
            (self.measure, MEASURES, "measure"),
            (self.side, SIDES, "side"),
            (self.scope, SCOPES, "scope"),
        ):
            if value not in known:
                raise AnalysisError(
                    f"rule {self.name!r}: {what} {value!r} is not known; it is one of "
                    f"{', '.join(known)}"
                )
        if self.window is None:
            return
        if self.window < 1 or self.measure in WITHOUT_WINDOW or self.scope == "participant":
            raise AnalysisError(
                f"rule {self.name!r}: there is no window of {self.window} trials of "
                f"{self.measure} in a {self.scope}; windows are of rates, in a run or a level"
            )

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return asdict(self)

    def in_words(self) -> str:
        """The rule as a phrase, such as for a methods paragraph."""
        window = "" if self.window is None else f", in any {self.window} on end"
        return (
            f"{self.scope} left out: {MEASURES[self.measure]} {SIDES[self.side]} "
            f"{self.threshold:g}{window}"
        )


KHOSLA = "Khosla, Raju, Torralba & Oliva 2015, ICCV"
ISOLA = "Isola, Xiao, Parikh, Torralba & Oliva 2014, IEEE PAMI 36(7)"
MEMORY_GAME = "the public MemoryGame of Goetschalckx"
RIM = "example settings of the public task behind Rim et al. 2025, PsyArXiv xw3ek"

# The published attention rules; a person or run is left out if any of a paradigm's rules says so.
PUBLISHED: dict[str, tuple[Rule, ...]] = {
    "lamem2015": (Rule("lamem2015", "vigilance_miss_rate", "above", 0.25, citation=KHOSLA),),
    "memorygame2019": (
        Rule(
            "memorygame2019 vigilance",
            "vigilance_hit_rate",
            "below",
            0.60,
            scope="run",
            citation=MEMORY_GAME,
        ),
        Rule(
            "memorygame2019 false alarms",
            "false_alarm_rate",
            "at_or_above",
            0.40,
            scope="run",
            citation=MEMORY_GAME,
        ),
    ),
    "rim2025_example": (
        Rule(
            "rim2025_example fillers",
            "filler_false_alarm_rate",
            "at_or_above",
            0.70,
            citation=RIM,
        ),
        Rule(
            "rim2025_example vigilance",
            "vigilance_miss_rate",
            "at_or_above",
            0.70,
            citation=RIM,
        ),
    ),
    # A level is left out, as in the game; that three such levels blocked a person leaves out none.
    "isola2014": (
        Rule(
            "isola2014 vigilance",
            "vigilance_hit_rate",
            "below",
            0.50,
            scope="level",
            window=10,
            citation=ISOLA,
        ),
        Rule(
            "isola2014 false alarms",
            "false_alarm_rate",
            "above",
            0.50,
            scope="level",
            window=30,
            citation=ISOLA,
        ),
    ),
}

# Of no paper: what hardly anybody who plays in earnest does.
SIMPLE: dict[str, tuple[Rule, ...]] = {
    rule.name: (rule,)
    for rule in (
        Rule(
            "hits_not_above_false_alarms",
            "corrected_recognition",
            "at_or_below",
            0.0,
            min_trials=10,
        ),
        Rule("always_pressing", "press_rate", "at_or_above", 0.95, min_trials=20),
        Rule("never_pressing", "press_rate", "at_or_below", 0.01, min_trials=20),
        Rule("implausibly_fast", "rt_ms_median", "below", 200.0, min_trials=5),
        Rule("too_few_trials", "n_trials", "below", 30.0),
    )
}


def read_rules(path: Path | str) -> dict[str, tuple[Rule, ...]]:
    """Read rules from a TOML file.

    ``use = ["lamem2015", "always_pressing"]`` takes published and simple rules by name; each
    table ``[[rule]]`` is a rule of one's own, with the fields of :class:`Rule`.

    Returns
    -------
    By name, as :data:`PUBLISHED` is.

    Raises
    ------
    AnalysisError
        If the file is no TOML, or names what is not known.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AnalysisError(f"{path}: cannot be read as TOML: {error}") from error
    if unknown := sorted(set(content) - {"use", "rule"}):
        raise AnalysisError(f"{path}: unknown key {unknown[0]!r}; it may have use and rule")
    known = PUBLISHED | SIMPLE
    rules: dict[str, tuple[Rule, ...]] = {}
    for name in _list(content.get("use", []), "use", path):
        if name not in known:
            raise AnalysisError(f"{path}: no rule is called {name!r}; there are {', '.join(known)}")
        rules[name] = known[name]
    for number, table in enumerate(_list(content.get("rule", []), "rule", path), start=1):
        rule = _own_rule(table, f"{path}, rule {number}")
        if rule.name in rules:
            raise AnalysisError(
                f"{path}: two rules are called {rule.name!r}; name each its own way"
            )
        rules[rule.name] = (rule,)
    return rules


def _list(value: Any, key: str, path: Path) -> list[Any]:
    if not isinstance(value, list):
        raise AnalysisError(f"{path}: {key} is no list")
    return value


def _own_rule(table: Any, where: str) -> Rule:
    """A rule from a table of a TOML file; the message says which table is wrong."""
    if not isinstance(table, Mapping):
        raise AnalysisError(f"{where}: is no table; write [[rule]] and its fields below")
    names = [field.name for field in fields(Rule)]
    if unknown := sorted(set(table) - set(names)):
        raise AnalysisError(f"{where}: unknown field {unknown[0]!r}; there are {', '.join(names)}")
    for name in names[:4]:
        if name not in table:
            raise AnalysisError(f"{where}: has no {name}; every rule needs {', '.join(names[:4])}")
    for name, value in table.items():
        kind = NUMBERS.get(name, str)
        if isinstance(value, bool) or not isinstance(value, kind):
            what = (
                "text" if kind is str else "a number" if kind == (int, float) else "a whole number"
            )
            raise AnalysisError(f"{where}: {name} is {value!r}, not {what}")
    return Rule(**table)
