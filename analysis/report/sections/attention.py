"""The attention rules of the game and how often they fired, in words."""

from typing import Any

from analysis.dataset import Dataset
from analysis.readable import count

MEASURE_WORDS = {
    "vigilance_hit_rate": "the hit rate of vigilance images",
    "vigilance_miss_rate": "the rate of missed vigilance images",
    "false_alarm_rate": "the false-alarm rate",
    "filler_false_alarm_rate": "the false-alarm rate of fillers",
    "target_hit_rate": "the hit rate of targets",
    "response_rate": "the rate of trials with a key",
}
COMPARISON_WORDS = {"below": "<", "at_most": "≤", "above": ">", "at_least": "≥"}
ACTION_WORDS = {
    "warn": "a reminder was shown",
    "end_level": "the run ended",
    "end_participation": "the participation ended",
    "leave_out": "the participant was told nothing",
}


def attention_words(dataset: Dataset) -> list[str]:
    """The rules of the paradigm and how often each fired; nothing where it had none."""
    paradigm = dataset.meta.get("paradigm")
    rules = paradigm.get("attention") if isinstance(paradigm, dict) else None
    if not isinstance(rules, list) or not rules:
        return []
    told = "; ".join(rule_words(rule) for rule in rules if isinstance(rule, dict))
    text = f"Attention was watched during the game: {told}."
    if dataset.rule_events is not None:
        text += fired_words(dataset)
    return [text]


def rule_words(rule: dict[str, Any]) -> str:
    """“vigilance: the hit rate of vigilance images < 0.5 over the last 10 in a level; …”."""
    measure = str(rule.get("measure"))
    text = f"{rule.get('name')} ({MEASURE_WORDS.get(measure, measure)} "
    text += f"{COMPARISON_WORDS.get(str(rule.get('fires')), rule.get('fires'))} "
    text += f"{rule.get('threshold')}"
    text += f" over the last {rule['last']}" if rule.get("last") else ""
    text += f" in a {rule.get('scope', 'run')}: "
    action = str(rule.get("action"))
    text += ACTION_WORDS.get(action, action)
    discards = rule.get("discards", "nothing")
    return text + (")" if discards == "nothing" else f" and the {discards} was left out)")


def fired_words(dataset: Dataset) -> str:
    """“ vigilance fired 3 times, in runs of 2 participants.”, or that none did."""
    events = dataset.rule_events
    if events is None or events.empty:
        return " None of the rules fired."
    people = runs_people(dataset)
    parts = []
    for rule, rows in events.groupby("rule", sort=True):
        part = f"{rule} fired {count(len(rows), 'time')}"
        if people:
            n = len({people[run] for run in rows["run_id"] if run in people})
            part += f", in runs of {count(n, 'participant')}"
        parts.append(part)
    return " " + "; ".join(parts) + "."


def runs_people(dataset: Dataset) -> dict[str, str]:
    """The participant of each run, from the table runs or else the trials."""
    table = dataset.trials if dataset.runs is None else dataset.runs
    if table is None:
        return {}
    return dict(zip(table["run_id"], table["participant_id"], strict=True))
