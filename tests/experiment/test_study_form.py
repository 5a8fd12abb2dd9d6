"""A study as the fields of a form: there and back it is the same study."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiment.design.presets import PRESETS
from experiment.errors import StudyError
from experiment.studies.file import StudyDefinition, parse_study, parse_values
from experiment.studies.form import fields_of, values_from
from experiment.studies.form_rows import act, line_of, parts_of, rows_of
from experiment.studies.values import values_of
from tests.experiment.study_files import LEAST
from tests.experiment.test_study_values import FILES, LINE


def through_a_browser(definition: StudyDefinition) -> StudyDefinition:
    """What is read of a form that shows this study and is sent as it is."""
    sent = {name: text.replace("\n", "\r\n") for name, text in fields_of(definition).items()}
    return parse_values(values_from(sent), "page")


@pytest.mark.parametrize("name", FILES)
def test_a_form_that_is_sent_as_it_is_changes_nothing(name: str) -> None:
    study = parse_study(FILES[name], "t.toml")
    assert through_a_browser(study) == study
    assert values_of(through_a_browser(study)) == values_of(study)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE.map(str.strip), min_size=1, max_size=2))
def test_values_and_labels_on_a_line_are_read_back(parts: list[str]) -> None:
    assert parts_of(line_of(*parts), len(parts)) == tuple(parts)
    assert "\n" not in line_of(*parts)


def test_another_published_game_brings_its_numbers_and_leaves_ones_own() -> None:
    fields = fields_of(parse_study(LEAST + "stimulus_ms = 700\n", "t.toml"))
    fields["paradigm.preset"] = "memorygame2019"
    study = parse_values(values_from(fields), "page")
    assert study.preset == "memorygame2019"
    assert study.paradigm.stimulus_ms == 700
    published = PRESETS["memorygame2019"]
    assert study.paradigm.target_lags == published.target_lags
    assert study.paradigm.attention == published.attention
    assert values_of(study)["paradigm"] == {"preset": "memorygame2019", "stimulus_ms": 700}


def test_a_game_of_ones_own_begins_with_the_numbers_that_were_shown() -> None:
    fields = fields_of(parse_study(LEAST, "t.toml")) | {"paradigm.preset": ""}
    study = parse_values(values_from(fields), "page")
    assert study.preset is None
    assert study.paradigm.n_targets == PRESETS["lamem2015"].n_targets


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("paradigm.n_targets", "sixty", r"paradigm.n_targets is 'sixty'; give a whole number"),
        ("paradigm.target_lags.0.longest", "x", r"paradigm.target_lags is \[36, 'x'\]; give"),
        ("goal.pay", "two", r"goal.pay is 'two'; write a number"),
        ("goal.participants", "1.5", r"goal.participants is '1.5'; write a whole number"),
        ("title", "", "title is missing; add it"),
        ("privacy.identities_days", "-3", "identities_days is -3; choose a whole number"),
        ("attention.0.threshold", "2", "attention number 1: threshold is 2; give a rate"),
    ],
)
def test_what_is_no_number_is_refused_in_the_files_own_words(
    name: str, text: str, refusal: str
) -> None:
    fields = fields_of(parse_study(LEAST, "t.toml"))
    assert name in fields
    with pytest.raises(StudyError, match=refusal):
        parse_values(values_from(fields | {name: text}), "page")


def test_a_comma_is_a_decimal_point() -> None:
    fields = fields_of(parse_study(LEAST, "t.toml"))
    values = values_from(fields | {"goal.pay": "2,50", "goal.currency": "EUR"})
    assert parse_values(values, "page").goal.pay == 2.5


def test_rows_are_added_removed_and_moved() -> None:
    fields = act(act({"title": "T"}, "add:questions"), "add:questions")
    fields |= {"questions.0.id": "one", "questions.1.id": "two"}
    assert [row["id"] for row in rows_of(act(fields, "up:questions:1"), "questions")] == [
        "two",
        "one",
    ]
    assert [row["id"] for row in rows_of(act(fields, "remove:questions:0"), "questions")] == ["two"]
    assert act(fields, "remove:questions:7") == fields
    assert act(fields, "add:title") == fields
    assert rows_of(act({}, "add:images.targets"), "images.targets") == [{}]
