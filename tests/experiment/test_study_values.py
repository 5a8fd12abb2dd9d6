"""A study as the tables of its file, and as TOML: read back, they are the same study."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiment.database import Database
from experiment.design.presets import PRESETS
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.defaults import default_texts
from experiment.studies.file import parse_study, parse_values
from experiment.studies.lifecycle import create_study
from experiment.studies.template import template
from experiment.studies.values import definition_of, study_file, values_of
from tests.experiment.image_sets import add_image_set
from tests.experiment.study_files import FILE, LEAST, definition

FULL = """
title = "Größe & „Farbe“"
slug = "whole"
image_set = "pictures"
language = "de"
notice = "Only a trial"
runs_per_participant = 2
related = ["pilot"]
[paradigm]
preset = "memorygame2019"
stimulus_ms = 700
target_lags = [{ lags = [2, 8], share = 0.5 }, { lags = [36, 100], share = 1.5 }]
n_returning = 3
return_after_hours = [20]
keys = [" ", "ArrowLeft", ","]
[[paradigm.attention]]
name = "misses"
measure = "vigilance_hit_rate"
fires = "below"
threshold = 0.5
last = 10
[display]
size_deg = 8
background = "#101010"
[images]
fillers = { category = ["animals", "food"] }
cluster = "scene"
[goal]
responses_per_image = 30
participants = 100
pay = 2.5
fee_percent = 33.3
currency = "EUR"
[recruitment]
kind = "prolific"
must_have_id = false
codes = { completed = "C0FFEE", no_consent = "N0" }
[privacy]
identities_days = 30
[[questions]]
use = "age"
when = "before"
screen_out = { below = 18 }
[[questions]]
use = "gender"
id = "how_you_live"
when = "after"
page = 2
required = false
[[questions]]
id = "hand"
when = "before"
kind = "choice"
label = "Which hand?\\nOne."
hint = "The one you write with"
may_decline = true
options = ["left", { value = "r", label = "right | hand" }]
screen_out = ["left"]
[[questions]]
id = "tired"
when = "after"
kind = "scale"
label = "Tired?"
least = 0
most_label = "very"
[[questions]]
id = "hours"
when = "after"
kind = "number"
label = "Hours of sleep"
least = 0.5
most = 24
whole = false
[[questions]]
id = "words"
when = "after"
kind = "text"
label = "Anything else?"
longest = 60
[texts]
consent = "Ten [NAME] \\"quotes\\" \\"\\"\\" and a \\\\ for {minutes} min\\n"
debrief = "\\n\\n  odd\\tspaces \\n"
"""

FOREIGN = 'related = ["pilot"]\n'
OWN = """
title = "Mine"
slug = "mine"
image_set = "pictures"
[paradigm]
source = "A paper,\\nof two lines"
stimulus_ms = 500
gap_ms = 500
n_targets = 3
n_fillers = 4
n_vigilance = 2
target_lags = [3, 9]
vigilance_lags = [1, 3]
target_lag_distribution = "even"
vigilance_lag_distribution = "feasible"
keys = ["r"]
return_after_hours = [0.5, 20]
[display]
crop = "square"
[recruitment]
kind = "redirect"
redirects = { completed = "https://panel.example.org/?who={id}" }
"""
STUDY_TEST = LEAST + 'phases = "study_test"\nrests = "required"\nn_lures = 20\nattention = []\n'
SONA = (
    LEAST + '[recruitment]\nkind = "sona"\nhost = "lab.sona-systems.com"\nexperiment_id = 12\n'
    'credit_token = "abc"\ncredited = ["completed", "stopped"]\n'
)
LAB = LEAST + '[recruitment]\nkind = "lab"\nmust_have_id = true\n'
CODE_ONLY = LEAST + '[recruitment]\nkind = "none"\ncodes = { completed = "A" }\n'
FILES = {
    "everything": FULL,
    "own": OWN,
    "two parts": STUDY_TEST,
    "sona": SONA,
    "lab": LAB,
    "a code without a recruiter": CODE_ONLY,
    **{
        name: template(Path("t.toml"), "photos", name, language)
        for name, language in zip(PRESETS, ("en", "de", "fr", "en"), strict=True)
    },
}


@pytest.mark.parametrize("name", FILES)
def test_a_study_written_as_toml_is_read_back_as_the_same(name: str) -> None:
    study = parse_study(FILES[name], "t.toml")
    written = study_file(study)
    assert parse_study(written, "again.toml") == study
    assert study_file(parse_study(written, "again.toml")) == written


# Any character that a text may have: no surrogates, no control characters but tab and line feed.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n")
LINES = st.text(CHARACTERS, min_size=1, max_size=60).filter(str.strip)
LINE = LINES.filter(lambda text: "\n" not in text)
PROSE = LINES.map(lambda text: text.replace("{", "("))


@settings(max_examples=60, deadline=None)
@given(
    title=LINE,
    notice=LINE,
    welcome=PROSE,
    debrief=PROSE,
    label=LINES,
    option=LINE.map(str.strip),
    pool=st.dictionaries(LINE, st.lists(LINE, min_size=1, max_size=3), min_size=1, max_size=2),
    share=st.floats(1e-6, 1e6),
    pay=st.floats(0, 1e6),
)
def test_odd_words_and_numbers_survive_being_written(
    title: str,
    notice: str,
    welcome: str,
    debrief: str,
    label: str,
    option: str,
    pool: dict[str, list[str]],
    share: float,
    pay: float,
) -> None:
    values: dict[str, Any] = tomllib.loads(LEAST) | {
        "title": title,
        "notice": notice,
        "images": {"fillers": pool},
        "goal": {"pay": pay, "currency": "EUR"},
        "texts": {"welcome": welcome, "debrief": debrief},
        "questions": [
            {
                "id": "q",
                "when": "after",
                "kind": "choice",
                "label": label,
                "options": [{"value": "one", "label": label.replace("\n", " ")}, f"2{option}"],
            }
        ],
    }
    values["paradigm"]["target_lags"] = [
        {"lags": [2, 8], "share": share},
        {"lags": [36, 151], "share": 1},
    ]
    study = parse_values(values, "page")
    assert parse_study(study_file(study), "t.toml") == study


def test_only_what_a_study_says_for_itself_is_written() -> None:
    study = parse_study(LEAST, "t.toml")
    assert values_of(study) == {
        "title": "T",
        "slug": "t",
        "image_set": "demo",
        "language": "en",
        "runs_per_participant": 1,
        "paradigm": {"preset": "lamem2015"},
        "goal": {"responses_per_image": 40},
    }


def test_a_text_that_is_hitrates_own_follows_the_game_when_its_key_changes() -> None:
    values = values_of(parse_study(LEAST, "t.toml"))
    values["paradigm"]["keys"] = ["r"]
    changed = parse_values(values, "page")
    assert changed.texts == default_texts("en", changed.paradigm)
    assert "the R key" in changed.texts["instructions"]


@pytest.mark.parametrize("text", [FILE.format(slug="pets", image_set="pictures"), FULL, OWN])
def test_a_stored_study_is_the_one_that_was_written(
    settings: Settings, database: Database, text: str
) -> None:
    add_image_set(settings, n=800)
    study = parse_study(text.replace(FOREIGN, ""), "t.toml")
    with database.write() as session:
        create_study(session, settings, study)
    with database.read() as session:
        assert definition_of(find_study(session, study.slug)) == study


def test_a_study_of_an_older_version_is_read_with_what_its_people_agreed_to(
    settings: Settings, database: Database
) -> None:
    add_image_set(settings)
    with database.write() as session:
        study = create_study(session, settings, definition())
        older = dict(study.definition)
        for key in ("consent", "privacy", "questions", "recruitment", "related"):
            del older[key]
        study.definition, agreed = older, study.consent_document.text
    with database.read() as session:
        found = definition_of(find_study(session, "pets"))
    assert found.texts["consent"] == agreed
    assert (found.identities_days, found.recruitment["kind"]) == (0, "none")
    assert parse_study(study_file(found), "t.toml") == found
