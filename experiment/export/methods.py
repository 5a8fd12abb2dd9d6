"""The method of a study in words, from what was set and what was collected."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.export.about import recruitment_kind
from experiment.export.facts import Facts
from experiment.export.options import Options
from experiment.models import Study
from experiment.studies.attention_words import rule_in_words
from experiment.studies.deviations import deviation_sentences

RECRUITED = {
    "prolific": "through Prolific",
    "mturk": "through Amazon Mechanical Turk",
    "sona": "through a SONA participant pool",
    "cloudresearch": "through CloudResearch Connect",
}
OUTCOMES = {
    "completed": "took part as planned",
    "attention": "were ended by an attention rule",
    "stopped": "stopped at a rest of their own accord",
    "screened_out": "were screened out by an answer before the game",
    "no_consent": "did not consent",
    "full": "came when nobody more was needed",
}
FEEDBACK = {
    "off": "No feedback was given.",
    "symbol": "A green symbol or a grey cross said whether a key was right.",
    "border": "A green or red border said whether a key was right.",
}


def method_paragraphs(study: Study, facts: Facts, options: Options) -> dict[str, str]:
    """Heading: paragraph, in the order in which papers have them."""
    from hitrate import __version__

    paradigm = Paradigm.from_dict(study.paradigm)
    definition = study.definition
    parts = {
        "Participants": " ".join(participants(definition, facts, options)),
        "Images": images(study, facts, paradigm),
        "Task": " ".join(task(paradigm, definition)),
        "Differences from the published task": differences(paradigm, definition.get("preset")),
        "Attention rules": attention(paradigm),
        "Exclusions": exclusions(facts),
        "Measurement": (
            "The times at which each image came on the screen and left it are those of the "
            "browser's animation frames. A reaction time is the timestamp of the key event minus "
            f"that of the onset's frame. A key earlier than {paradigm.early_key_ms} ms is marked "
            "as early and stays in the data. Repeats whose interval spans a gap in the run, such "
            "as a reload of the page, are marked as interrupted and left out of scores."
        ),
        "Software": f"hitrate {__version__}, with jsPsych 8 in the browser.",
    }
    return {heading: text for heading, text in parts.items() if text}


def participants(definition: Mapping[str, Any], facts: Facts, options: Options) -> Iterator[str]:
    """Who came, when, from where, and how it ended."""
    if not facts.n_people:
        yield "Nobody has agreed to take part."
        return
    how = RECRUITED.get(recruitment_kind(definition))
    when = ""
    if facts.first_at is not None and facts.last_at is not None:
        first, last = (f"{time:%Y-%m-%d}" for time in (facts.first_at, facts.last_at))
        when = f" on {first} (UTC)" if first == last else f" between {first} and {last} (UTC)"
    yield (
        f"{people(facts.n_people)} agreed to take part{when}{f', recruited {how}' if how else ''}."
    )
    yield (
        f"{facts.n_played} of them began the game and {facts.n_finished} finished at least one "
        f"run; there are {facts.n_runs:,} runs, {facts.n_whole_runs:,} of them played to their "
        f"planned end, with {facts.n_trials:,} shown trials."
    )
    if facts.outcomes:
        ends = "; ".join(f"{n} {OUTCOMES[outcome]}" for outcome, n in facts.outcomes)
        yield f"How participations ended: {ends}."
    if options.include_simulated:
        yield "Simulated participants, who are no people, are among these numbers."
    if options.include_preview:
        yield "Previews by researchers are among these numbers."


def people(n: int) -> str:
    return "1 person" if n == 1 else f"{n:,} people"


def images(study: Study, facts: Facts, paradigm: Paradigm) -> str:
    """How many there were, and how they were shown."""
    display = paradigm.display
    size = (
        f"{display.size_deg:g} degrees of visual angle at {display.distance_cm:g} cm"
        if display.size_deg is not None
        else f"{display.size_px} CSS pixels"
    )
    crop = "cropped to the largest centred square" if display.crop == "square" else "not cropped"
    return (
        f"The image set '{study.image_set.name}' has {facts.n_images:,} images. "
        f"They were {crop} and shown with their longest side at {size}, on a background of "
        f"{display.background}."
    )


def task(paradigm: Paradigm, definition: Mapping[str, Any]) -> Iterator[str]:
    """What participants did, with every number of a run."""
    preset = definition.get("preset")
    if preset:
        yield f"The task follows the published paradigm {preset} ({paradigm.source})"
    elif paradigm.source:
        yield f"The task is the researchers' own, after {paradigm.source}"
    else:
        yield "The task is the researchers' own."
    yield (
        f"Each image was shown for {paradigm.stimulus_ms} ms, followed by {paradigm.gap_ms} ms "
        "without an image."
    )
    yield from phases(paradigm)
    yield (
        f"Participants pressed {keys(paradigm)} whenever they saw an image again; a key in the gap "
        f"counts for the image before it. {FEEDBACK[paradigm.feedback]}"
    )
    if paradigm.n_levels > 1:
        rests = {
            "none": "without rests between them",
            "offered": "after each of which they might stop",
            "required": "with a rest after each",
        }
        yield f"A run had up to {paradigm.n_levels} levels, {rests[paradigm.rests]}."
    runs = definition.get("runs_per_participant", 1)
    if runs > 1:
        yield f"A person could play up to {runs} runs."
    if paradigm.n_returning:
        yield f"{paradigm.n_returning} targets of a run came back in the next one."


def phases(paradigm: Paradigm) -> Iterator[str]:
    """How many images of each role, how often, and how far apart."""
    if paradigm.phases == "study_test":
        yield (
            f"In a study phase {paradigm.n_targets} targets were shown once each, in a test phase "
            f"again among {paradigm.n_lures} new images; {paradigm.n_fillers} fillers were shown "
            "once."
        )
    else:
        per = "A level in its steady state" if paradigm.n_levels > 1 else "A run"
        yield (
            f"{per} had {paradigm.n_targets} targets, which were shown twice, "
            f"{apart(paradigm, 'target')}, and {paradigm.n_fillers} fillers, which were shown once."
        )
    if paradigm.n_vigilance:
        yield (
            f"{paradigm.n_vigilance} vigilance images were shown twice, "
            f"{apart(paradigm, 'vigilance')}."
        )
    yield f"A run had {paradigm.n_trials} presentations."


def apart(paradigm: Paradigm, role: str) -> str:
    """The lags of a role's repeats in words."""
    ranges = " or ".join(f"{b.shortest}–{b.longest}" for b in paradigm.lag_bins(role))
    return f"{ranges} presentations apart (back to back is 1)"


def keys(paradigm: Paradigm) -> str:
    names = ["the space bar" if key == " " else f"the key {key}" for key in paradigm.keys]
    return " or ".join(names)


def differences(paradigm: Paradigm, preset: str | None) -> str:
    """Where the task deviates from the published one, and where that leaves something open."""
    if preset is None:
        return ""
    found = list(deviation_sentences(paradigm, PRESETS[preset]))
    told = "; ".join(text.rstrip(".") for text in found) or "none in the parameters of the task"
    readings = f" Where the source leaves something open: {' '.join(paradigm.readings)}"
    return f"{told}.{readings if paradigm.readings else ''}"


def attention(paradigm: Paradigm) -> str:
    """Each rule in a sentence."""
    if not paradigm.attention:
        return "There were no attention rules."
    return " ".join(rule_in_words(rule) for rule in paradigm.attention)


def exclusions(facts: Facts) -> str:
    """What is left out of the scores, by whom, and how many."""
    if not facts.left_out:
        return "Nothing is left out of the scores."
    told = []
    for out in facts.left_out:
        what = out.what.removesuffix("s") if out.n == 1 else out.what
        who = f"by the rule '{out.rule}'" if out.decided_by == "rule" else f"by hand ({out.rule})"
        told.append(f"{out.n} {what} {who}")
    return (
        f"Left out of the scores, and still in the data: {'; '.join(told)}. One participant or run "
        "may be left out for several reasons."
    )
