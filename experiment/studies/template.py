"""The annotated study file of `hitrate study init`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.errors import StudyError
from experiment.studies.defaults import default_texts
from experiment.studies.paradigm_table import KEYS
from experiment.studies.table import nearest

COMMENTS = {
    "stimulus_ms": "How long each image is shown.",
    "gap_ms": "How long the screen is empty after it; a key still belongs to that image.",
    "n_targets": "Images shown twice at long intervals: the ones whose memorability is measured.",
    "n_fillers": "Images shown once.",
    "n_vigilance": "Images shown twice at short intervals: misses show who pays no attention.",
    "target_lags": "Lags of a target's repeat: the shortest and the longest.",
    "vigilance_lags": "Lags of a vigilance repeat: the shortest and the longest.",
    "target_lag_distribution": '"even": each lag as often; "feasible": as random placement has it.',
    "vigilance_lag_distribution": "The same for vigilance repeats.",
    "keys": "Keys that mean 'seen before', by KeyboardEvent.key name; a space is the space bar.",
    "early_key_ms": "A key earlier than this after an image's onset is flagged as too early.",
    "phases": '"continuous"; or "study_test": all targets once, then again among new images.',
    "n_lures": 'New images of the test phase, with phases = "study_test".',
    "n_levels": "Levels of a continuous game; the numbers of images above are then one level's.",
    "rests": 'After a level: "none", "offered" (one may stop there) or "required" (a pause only).',
    "shows_score": "Whether a rest shows how well one did.",
    "most_ended_levels": "After so many runs ended by a rule nobody may play on; 0: no limit.",
    "n_returning": "Targets of a run that come back in the next run instead of in the same one.",
    "return_after_hours": "When the next run may begin: hours after the last, [earliest, latest].",
    "feedback": 'After a key: "off", "symbol" (green symbol, grey cross) or "border" (green, red).',
    "feedback_ms": "How long feedback is shown.",
}
DISPLAY_COMMENTS = {
    "size_px": "Longest side of an image on the screen, in CSS pixels; none is enlarged.",
    "size_deg": "The same in degrees of visual angle: people measure their screen with a card.",
    "distance_cm": "How far from the screen people are asked to sit, for size_deg.",
    "crop": 'Part of the image that is shown: "none" (all of it) or "square" (from its middle).',
    "background": "Colour behind the images.",
    "fixation": "A small cross in the gap between images.",
}
EXAMPLES: Mapping[str, Any] = {"size_deg": 8.0}  # of keys that have no value unless one is given

FILE = '''\
# A study of hitrate. Lines that begin with # are comments; values that are commented out show the
# default. Look at it with `hitrate study check {file}`, then `hitrate study create {file}`.

# Shown to participants, and the study's name in addresses and commands: a-z, 0-9 and hyphens.
title = "{title}"
slug = "{slug}"

# A set of images that `hitrate stimuli import` has made (a folder in INSTANCE/image_sets).
image_set = "{image_set}"

# Language of the pages (a code such as "en", "de", "pt-BR"); your own texts below are shown as
# they are.
{language}

# A sentence on every page of the study, for instance that this is only a trial.
# notice = ""

# How many runs one person may play. No image comes back in a later run.
# runs_per_participant = 1

# Studies that share people with this one, by slug: nobody sees an image in two of them.
# related = []


[paradigm]
# The published game to follow; `hitrate study check` prints where the study deviates from it.
# Leave it out for a game of your own: then every number below must be there.
preset = "{preset}"

# Anything below changes one of the preset's values. Times are in milliseconds; a lag is the
# position of the repeat minus the position of the first showing, so that back to back is 1.
{paradigm}

# Rules that show who pays no attention. Rules of yours replace all of the preset's.
# measure: vigilance_hit_rate, vigilance_miss_rate, false_alarm_rate, filler_false_alarm_rate,
# target_hit_rate, response_rate. fires: below, at_most, above, at_least the threshold. last: over
# so many trials (0: all of the scope). scope: level, run. when: during, level_end, run_end.
# action: warn, end_level, end_participation, leave_out. discards: nothing, level, run, participant.
{attention}


[display]
{display}


[images]
# Which images are targets (their memorability is measured) and which are fillers (shown to keep the
# intervals apart; vigilance images come from here too): "all", or a table of what they must be, by
# category or by any other column of the image set's manifest. Lists mean "one of".
# targets = "all"
# targets = {{ category = ["animals", "food"] }}
# fillers = "all"
# A column of the manifest: nobody sees two images that are alike there.
# cluster = ""


[goal]
# How often every target should have come back. With the hit rates of common photographs about 50
# responses per image give a split-half reliability of .8, about 120 one of .9.
# responses_per_image = 40
# How many people are let in; without it as many as come.
#   participants = 100
# What one of them is paid, what the recruiter takes on top of it, and the currency.
#   pay = 2.50
#   fee_percent = 33
#   currency = "EUR"


# Where people come from (prolific, mturk, sona, redirect, lab), with a code for each way to end.
# Say in your consent text that the number under which they are sent here is kept.
#   [recruitment]
#   kind = "prolific"
#   codes = {{ completed = "C0FFEE", attention = "A77E57", stopped = "5709ED" }}


[privacy]
# What a recruiter called a person is erased so many days after they ended, or were last seen where
# they never ended; the answers stay. 0 keeps it until you erase it by hand. Say it in your consent
# text.
# identities_days = 90


# Questions before or after the game, each in a table of its own:
#   [[questions]]
#   use = "age"
#   when = "before"
#   screen_out = {{ below = 18 }}
#   [[questions]]
#   id = "awake"
#   when = "after"
#   kind = "scale"
#   label = "How awake did you feel?"
#   least_label = "very tired"
#   most_label = "wide awake"


# Texts are Markdown (no HTML). {{minutes}} becomes the length of a run in minutes.
[texts]
{texts}
# Shown after the game, before the thanks: what the study was about.
#   debrief = """…"""
'''


def template(file: Path, image_set: str, preset: str = "lamem2015", language: str = "en") -> str:
    """The annotated study file: every parameter as a comment, the texts in the study's language.

    Raises
    ------
    StudyError
        If there is no preset of this name.
    """
    if preset not in PRESETS:
        raise StudyError(f"--preset {preset!r} is unknown; {nearest(preset, list(PRESETS))}")
    paradigm = PRESETS[preset]
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in file.stem.lower()).strip("-")
    slug = slug[:60].strip("-") or "my-study"
    values = paradigm.to_dict()
    texts = default_texts(language, paradigm)
    return FILE.format(
        file=file,
        title=slug.replace("-", " ").capitalize(),
        slug=slug,
        image_set=image_set,
        language='# language = "en"' if language == "en" else f'language = "{language}"',
        preset=preset,
        paradigm=commented({key: values[key] for key in KEYS if key != "attention"}, COMMENTS),
        attention=commented_rules(paradigm),
        display=commented(values["display"], DISPLAY_COMMENTS),
        texts="\n".join(text_in_file(name, text) for name, text in texts.items()),
    )


def commented(values: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """Keys with their values, switched off; what has no value is an example, further in."""
    lines = []
    for key, value in values.items():
        if key in comments:
            lines.append(f"# {comments[key]}")
        is_example = value is None
        shown = toml(EXAMPLES[key] if is_example else value)
        lines.append(f"#   {key} = {shown}" if is_example else f"# {key} = {shown}")
    return "\n".join(lines)


def commented_rules(paradigm: Paradigm) -> str:
    """The attention rules of a paradigm, switched off; one for an example where it has none."""
    rules = [rule.to_dict() for rule in paradigm.attention] or [
        {
            "name": "misses",
            "measure": "vigilance_hit_rate",
            "fires": "below",
            "threshold": 0.5,
            "when": "run_end",
            "action": "leave_out",
            "discards": "run",
        }
    ]
    tables = []
    for rule in rules:
        lines = ["[[paradigm.attention]]", *(f"{key} = {toml(rule[key])}" for key in rule)]
        tables.append("\n".join(f"#   {line}" for line in lines))
    return "\n#\n".join(tables)


def text_in_file(name: str, text: str) -> str:
    """One text as TOML has it, with what the researcher must know of it."""
    note = (
        "# People agree to this text as it is: put in who you are, before anybody sees it.\n"
        if name == "consent"
        else ""
    )
    return f'{note}{name} = """\n{text}"""\n'


def toml(value: object) -> str:
    """A value as TOML writes it; what is None within a list is left out."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list() | tuple():
            return f"[{', '.join(toml(item) for item in value if item is not None)}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(item)}' for key, item in value.items())} }}"
    return str(value)
