"""Main results under other exclusions; early keys, dropped frames and lost focus."""

import pandas as pd

from analysis.comparison.verdict import called
from analysis.exclusions.rules import PUBLISHED, SIMPLE
from analysis.exclusions.sensitivity import ALL, NONE, OWN
from analysis.readable import MINUS, count, decimal
from analysis.report.blocks import Block, Facts, File, Subheading, Table, Text
from analysis.report.numbers import Numbers
from analysis.report.people_numbers import TOO_MANY_TRIALS

ROWS = {NONE: "No exclusions", OWN: "The dataset's own (this report)", ALL: "All together"}


def early_keys(numbers: Numbers) -> list[str]:
    """How many keys were too early to be an answer; nothing where it is not known."""
    early = numbers.people.early
    if early is None or early.n_unknown == early.n_responded:
        return []
    known = early.n_responded - early.n_unknown
    text = (
        f"{early.n_early:,} of {count(known, 'key')} ({decimal(100 * early.n_early / known, 1)}%) "
        f"came too early to be an answer to the image on the screen. They stay in the scores"
    )
    if early.n_unknown:
        text += f"; of {early.n_unknown:,} more it is not known"
    return [text + "."]


def presentation(numbers: Numbers) -> list[str]:
    """In how many trials frames were dropped or the window was not in front, where known."""
    shown = numbers.people.presentation
    if shown is None:
        return []
    parts = [
        f"{n:,} of {count(known, 'trial')} ({decimal(100 * n / known, 1)}%) {what}"
        for n, known, what in (
            (shown.n_dropped, shown.n_frames_known, "the screen dropped a frame or more"),
            (
                shown.n_without_focus,
                shown.n_focus_known,
                "the window was not in front all the time",
            ),
        )
        if known
    ]
    return [f"In {', and in '.join(parts)}. They stay in the scores."] if parts else []


def exclusion_blocks(numbers: Numbers) -> list[Block]:
    """The main results under each rule; nothing without single responses."""
    table = numbers.people.sensitivity
    if table is None:
        trials = numbers.dataset.trials
        if trials is None or len(trials) <= TOO_MANY_TRIALS:
            return []
        told = "What exclusion rules would change was not computed for so many trials."
        return [Text([told], "faint")]
    rows = told_rows(table)
    return [
        Subheading("What exclusions change"),
        Text(exclusion_texts(numbers, table, rows)),
        Table("Main results under exclusion rules", columns(numbers), cells(numbers, rows)),
        Facts(rule_facts(rows)),
    ]


def exclusion_files(numbers: Numbers) -> list[File]:
    """Every rule, those that leave out nobody too."""
    table = numbers.people.sensitivity
    what = "the main results under each exclusion rule"
    return [] if table is None else [File("exclusion_rules.csv", table, what)]


def told_rows(table: pd.DataFrame) -> pd.DataFrame:
    """No exclusions, and all that leave out something; all together if it is no repetition."""
    wrong = table["n_exclusions"] > 0
    rules = ~table["exclusions"].isin(ROWS)
    is_told = (table["exclusions"] == NONE) | (wrong & (table["exclusions"] != ALL))
    if int((wrong & (rules | (table["exclusions"] == OWN))).sum()) > 1:
        is_told |= table["exclusions"] == ALL
    return table[is_told]


def exclusion_texts(numbers: Numbers, table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """What the table is, how far the results differ in it, and which rules leave out nobody."""
    texts = [
        "Who is left out is a choice. These would be the main results under published and simple "
        "rules, as far as the dataset has what a rule looks at (a rule about vigilance images "
        f"needs some). Each row rests on the same {numbers.people.sensitivity_splits:,} splits"
        + (
            ", fewer than elsewhere in this report, so that ρ may differ a little."
            if numbers.people.sensitivity_splits < numbers.n_splits
            else "."
        )
    ]
    if len(rows) > 1:
        texts.append(
            f"From row to row the mean hit rate {span(rows['mean_hit_rate'])}, and ρ of the "
            f"{numbers.score_label} {span(rows['rho'])}."
        )
    idle = table.loc[(table["n_exclusions"] == 0) & ~table["exclusions"].isin(ROWS), "exclusions"]
    if len(idle):
        which = ", ".join(idle)
        texts.append(f"Nobody is left out by {which}.")
    return texts


def span(values: "pd.Series[float]") -> str:
    """“lies between 0.441 and 0.459”."""
    known = values.dropna()
    if known.empty:
        return "is not known"
    low, high = decimal(float(known.min()), 3), decimal(float(known.max()), 3)
    return f"stays at {low}" if low == high else f"lies between {low} and {high}"


def columns(numbers: Numbers) -> list[str]:
    """Of the table of rules."""
    found = ["Exclusions", "Participants", "Trials", "Hit rate"]
    found += ["False-alarm rate", "ρ, half against half", "R of all"]
    for model in numbers.models():
        found += [f"{called(model)} with a half", f"{called(model)} with all"]
    return found


def cells(numbers: Numbers, rows: pd.DataFrame) -> list[list[str]]:
    """Of the table of rules, rounded for reading."""
    found = []
    for row in rows.to_dict("records"):
        people = f"{row['n_participants']:,}"
        if row["n_left_out"]:
            people += f" ({MINUS}{row['n_left_out']:,})"
        one = [ROWS.get(row["exclusions"], row["exclusions"]), people, f"{row['n_trials']:,}"]
        names = ["mean_hit_rate", "mean_false_alarm_rate", "rho", "reliability"]
        for model in numbers.models():
            names += [f"corr_half_{model}", f"corr_all_{model}"]
        found.append([*one, *(decimal(row.get(name), 3) for name in names)])
    return found


def rule_facts(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """What each rule of the table says, and whose it is."""
    known = PUBLISHED | SIMPLE
    found = []
    for name in rows["exclusions"]:
        for rule in known.get(name, ()):
            source = f" ({rule.citation})" if rule.citation else ""
            found.append((rule.name, rule.in_words() + source))
    return found
