"""Flags, rules, outcomes and other findings in words, with their numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from experiment.models import Flag, RuleEvent
from experiment.studies.attention_words import COMPARISONS, MEASURES

STANDINGS: Mapping[str, str] = {
    "completed": "completed",
    "in_progress": "in progress",
    "lapsed": "left without a word",
    "attention": "ended: attention",
    "stopped": "stopped at a rest",
    "screened_out": "screened out",
    "no_consent": "no consent",
    "full": "study was full",
}
RECRUITER_STATUSES: Mapping[str, str] = {
    "active": "active",
    "awaiting": "awaiting review",
    "approved": "approved",
    "rejected": "rejected",
    "returned": "returned",
    "timed_out": "timed out",
}
RUN_OUTCOMES: Mapping[str | None, str] = {
    None: "not finished",
    "whole": "played to its end",
    "attention": "ended by an attention rule",
    "stopped": "stopped at a rest",
}
FOLLOWED: Mapping[str, str] = {
    "warn": "a reminder was shown",
    "end_level": "the run ended there",
    "end_participation": "the participation ended there",
    "leave_out": "the data were marked",
}
EVENTS: Mapping[str, str] = {
    "blur": "left the window",
    "visibilitychange": "hid the page, or came back to it",
    "fullscreenexit": "left full screen",
    "resize": "changed the window's size",
    "pause": "the game paused",
    "trial_cut": "an image was cut short and is lost",
    "image_failed": "an image could not be drawn",
    "back": "used the back button",
    "zoom": "zoomed",
    "too_small": "the window was too small",
    "untrusted_key": "a key that no keyboard made",
    "response_refused": "the server refused a response",
    "storage_unavailable": "the browser kept nothing",
    "returned_at_rest": "came back at a rest",
}

Detail = Mapping[str, Any]


def percent(rate: float) -> str:
    """A rate as people read it."""
    return f"{100 * rate:.0f} %"


def fast_reading(detail: Detail) -> str:
    """How fast a consent text was read."""
    return (
        f"read {detail['words']} words in {detail['seconds']:g} s, faster than anybody reads "
        f"(page {detail.get('page', 'unknown')})"
    )


def regular(detail: Detail) -> str:
    """Pressed by the count, by the clock, or both."""
    found = []
    if "period" in detail:
        found.append(
            f"for {detail['trials']} trials in a row (to position {detail['until']}) pressed at "
            f"one trial in {detail['period']}, always the same"
        )
    if "sd_ms" in detail:
        found.append(
            f"{detail['n']} reaction times of {detail['mean_ms']:.0f} ms on average spread by "
            f"only {detail['sd_ms']:.1f} ms (people's spread by more than 60)"
        )
    return "; ".join(found)


def denied(detail: Detail) -> str:
    """Took keys back after the answer to them was known."""
    places = ", ".join(str(position) for position in detail["positions"])
    return f"{detail['n']} keys were judged and then reported as not pressed (positions {places})"


# kind: (what it is called, its numbers in words)
FLAGS: Mapping[str, tuple[str, Callable[[Detail], str]]] = {
    "honeypot": (
        "A program filled in a form",
        lambda d: f"a field that no person sees had something in it (page {d.get('page', '?')})",
    ),
    "fast_reading": ("Consent read too fast", fast_reading),
    "always_pressing": (
        "Pressed at nearly everything",
        lambda d: f"a key at {percent(d['share'])} of {d['n']} trials",
    ),
    "never_pressing": ("Never pressed", lambda d: f"no key at any of {d['n']} trials"),
    "fast_responding": (
        "Pressed too fast",
        lambda d: f"{percent(d['share'])} of {d['n']} keys came within {d['below_ms']:.0f} ms",
    ),
    "regular_responding": ("Pressed like a machine", regular),
    "many_dropped_frames": (
        "The screen dropped frames",
        lambda d: f"{d['frames']} frames, at {percent(d['share'])} of {d['n']} trials",
    ),
    "out_of_focus": (
        "The window was not in front",
        lambda d: f"at {percent(d['share'])} of {d['n']} trials",
    ),
    "many_interruptions": ("Many interruptions", lambda d: f"{d['n']} of them"),
    "untrusted_keys": ("Keys that no keyboard made", lambda d: f"{d['n']} of them"),
    "feedback_denied": ("Took answers back", denied),
}


def flag_name(kind: str) -> str:
    """What a kind of flag is called."""
    return FLAGS[kind][0] if kind in FLAGS else kind.replace("_", " ")


def flag_in_words(flag: Flag) -> str:
    """The numbers of a flag in words; of a kind or a form that is not known here, as they are."""
    if flag.kind in FLAGS:
        try:
            return FLAGS[flag.kind][1](flag.detail)
        except (KeyError, TypeError, ValueError):  # kept by another version
            pass
    return ", ".join(f"{name}: {value}" for name, value in flag.detail.items())


def event_in_words(fired: RuleEvent, fires: str | None) -> str:
    """What a rule found, and what followed.

    Parameters
    ----------
    fires
        How it compares, of the study's paradigm; None where the rule is not in it any more.
    """
    rate, what = MEASURES.get(fired.measure, (fired.measure, "trials"))
    compared = "against" if fires is None else f"which {COMPARISONS[fires]}"
    return (
        f"the {rate} was {fired.value:.3g} over {fired.n} {what}, {compared} "
        f"{fired.threshold:g}; {FOLLOWED.get(fired.action, fired.action)}"
    )
