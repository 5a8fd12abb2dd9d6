"""The words of the form of a study: labels of its fields, and of what may be chosen."""

from collections.abc import Mapping

from experiment.design.lag_bins import LAG_DISTRIBUTIONS
from experiment.models.people import OUTCOMES
from experiment.questions.question import KINDS as QUESTION_KINDS
from experiment.questions.question import USES
from experiment.studies.attention_words import ACTIONS, COMPARISONS, DISCARDS, MEASURES, MOMENTS
from experiment.studies.handout import ENDINGS

Choices = Mapping[str, str]  # value: words

# Each line of numbers of the game: its part of the form, key, label, unit.
NUMBERS: tuple[tuple[str, str, str, str], ...] = (
    ("timing", "stimulus_ms", "Each picture is shown for", "ms"),
    ("timing", "gap_ms", "Then the screen is empty for", "ms"),
    ("images", "n_targets", "Targets, shown twice", "pictures"),
    ("images", "n_vigilance", "Vigilance pictures, shown twice soon", "pictures"),
    ("images", "n_fillers", "Fillers, shown once", "pictures"),
    ("keys", "early_key_ms", "Too early is a key before", "ms"),
    ("levels", "n_levels", "Levels", ""),
    ("levels", "most_ended_levels", "Ended runs before nothing more may be played", "0: no limit"),
    ("phases", "n_lures", "New pictures of the test", "pictures"),
    ("return", "n_returning", "Targets that come back in the next run", "pictures"),
    ("feedback", "feedback_ms", "Feedback is shown for", "ms"),
)
DISTRIBUTIONS: Choices = dict(
    zip(
        LAG_DISTRIBUTIONS,
        (
            "even: each lag as often",
            "feasible: as random placement has it, short lags more often",
            "triangular: the middle most often",
        ),
        strict=True,
    )
)
CHOICES: Mapping[str, Choices] = {
    "paradigm.target_lag_distribution": DISTRIBUTIONS,
    "paradigm.vigilance_lag_distribution": DISTRIBUTIONS,
    "paradigm.phases": {
        "continuous": "one stream of pictures",
        "study_test": "study first, then a test with new pictures",
    },
    "paradigm.rests": {
        "none": "no rest",
        "offered": "a rest after each level, and one may stop there",
        "required": "a pause after each level",
    },
    "paradigm.feedback": {
        "off": "no feedback",
        "symbol": "a green symbol or a grey cross",
        "border": "a green or red border",
    },
    "display.crop": {"none": "all of it", "square": "the square in its middle"},
    "attention.measure": {key: f"{rate} of {what}" for key, (rate, what) in MEASURES.items()},
    "attention.fires": COMPARISONS,
    "attention.scope": {"run": "of the whole run", "level": "of a level"},
    "attention.when": MOMENTS,
    "attention.action": ACTIONS,
    "attention.discards": DISCARDS,
    "recruitment.kind": {
        "none": "nowhere in particular: whoever has the address",
        "prolific": "Prolific",
        "mturk": "MTurk",
        "sona": "SONA",
        "redirect": "another panel, by an address",
        "lab": "a lab or class",
    },
    "recruitment.must_have_id": {
        "": "as usual with this recruiter",
        "yes": "yes: without an id nobody gets in",
        "no": "no: others may take part, too",
    },
    "questions.type": {
        **dict(
            zip(
                QUESTION_KINDS,
                (
                    "one of several options",
                    "any of several options",
                    "a number",
                    "a text",
                    "a scale",
                    "only words to read",
                ),
                strict=True,
            )
        ),
        **{f"use:{use}": f"ready-made: {use.replace('_', ' ')}" for use in USES},
    },
    "questions.when": {"before": "before the game", "after": "after the game"},
}
LANGUAGES: Choices = {
    "en": "English",
    "de": "German (Deutsch)",
}
TEXTS: tuple[tuple[str, str, str], ...] = (
    ("welcome", "Welcome", "The first page."),
    ("consent", "Consent", "People agree to this text as it is. Put in who you are."),
    ("instructions", "Instructions", "Before the game."),
    ("test_instructions", "Instructions of the test", "Before the second part."),
    ("thanks", "Thanks", "The last page."),
    ("debrief", "What the study was about", "Shown after the game, if you write something."),
)
OUTCOME_WORDS: Choices = {outcome: ENDINGS[outcome] for outcome in OUTCOMES}
