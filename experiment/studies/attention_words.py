"""Attention rules in sentences for the researcher."""

from experiment.design.attention import AttentionRule

MEASURES = {
    "vigilance_hit_rate": ("hit rate", "vigilance repeats"),
    "vigilance_miss_rate": ("miss rate", "vigilance repeats"),
    "false_alarm_rate": ("false-alarm rate", "first showings"),
    "filler_false_alarm_rate": ("false-alarm rate", "first showings of fillers"),
    "target_hit_rate": ("hit rate", "target repeats"),
    "response_rate": ("share with a key", "trials"),
}
COMPARISONS = {
    "below": "is below",
    "at_most": "is at most",
    "above": "is above",
    "at_least": "is at least",
}
MOMENTS = {
    "during": "while it is played",
    "level_end": "at the end of a level",
    "run_end": "at the end of a run",
}
ACTIONS = {
    "warn": "a friendly reminder is shown and the game goes on",
    "end_level": "the run ends there and another may be begun",
    "end_participation": "the participation ends there",
    "leave_out": "nothing is said",
}
DISCARDS = {
    "nothing": "no data are left out",
    "level": "the level is left out of the scores",
    "run": "the run is left out of the scores",
    "participant": "all data of the participant are left out of the scores",
}


def rule_in_words(rule: AttentionRule) -> str:
    """What is judged, when, and what follows, in one sentence."""
    rate, what = MEASURES[rule.measure]
    over = f"the last {rule.last} {what}" if rule.last else f"all {what}"
    least = f", once there are {rule.n_least} of them," if rule.n_least > 1 else ""
    return (
        f"{rule.name}: {MOMENTS[rule.when]}, if the {rate} of {over} of the {rule.scope}{least} "
        f"{COMPARISONS[rule.fires]} {rule.threshold:g}, {ACTIONS[rule.action]}; "
        f"{DISCARDS[rule.discards]}."
    )
