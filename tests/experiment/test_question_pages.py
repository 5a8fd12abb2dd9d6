"""The pages of questions, used without scripts."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from experiment.database import Database
from experiment.models import Answer, Flag, Participant, Run
from experiment.questions.definition import parse_questions
from experiment.runs import find_study
from tests.experiment.test_forms import Outline
from tests.experiment.visitor import Visitor

QUESTIONS: list[dict[str, Any]] = [
    {"use": "age", "when": "before", "screen_out": {"below": 18}},
    {"use": "gender", "when": "before"},
    {"id": "why", "when": "before", "page": 2, "kind": "text", "label": "Why?", "hint": "Shortly."},
    {"id": "mood", "when": "after", "kind": "scale", "label": "Mood?", "least_label": "bad"},
    {"id": "devices", "when": "after", "kind": "several", "label": "Own?", "options": ["a", "b"]},
    {"id": "note", "when": "after", "kind": "statement", "label": "**Nearly** done."},
]
ADULT = {"q-age": "30", "q-gender": "woman"}


@pytest.fixture
def asked(visitor: Visitor, database: Database) -> Visitor:
    """Somebody who has agreed to take part in a study with questions."""
    with database.write() as session:
        study = find_study(session, "pictures")
        questions = parse_questions(QUESTIONS, "s.toml")
        study.definition = study.definition | {"questions": questions}
    visitor.submit(visitor.get())
    page = visitor.submit(visitor.get("/consent"), agree="yes", answer="yes")
    assert page.headers["Location"] == "/s/pictures/questions/before"
    return visitor


def answers(database: Database) -> dict[str, list[Any]]:
    with database.read() as session:
        return {row.question: row.value for row in session.scalars(select(Answer))}


def test_answers_are_stored_page_by_page_on_the_way_to_the_game(
    asked: Visitor, database: Database
) -> None:
    assert asked.get("/play").headers["Location"] == "/s/pictures/questions/before"
    first = asked.get("/questions/before")
    assert "Page 1 of 2" in first.text
    page = asked.submit(first, **ADULT)
    assert page.headers["Location"] == "/s/pictures/questions/before"
    page = asked.submit(asked.get("/questions/before"), **{"q-why": "=<b>fun</b>"})
    assert page.headers["Location"] == "/s/pictures/play"
    assert answers(database) == {"age": [30], "gender": ["woman"], "why": ["=<b>fun</b>"]}


def test_the_back_button_changes_nothing(asked: Visitor, database: Database) -> None:
    first = asked.get("/questions/before")
    asked.submit(first, **ADULT)
    again = asked.submit(first, **{"q-age": "12", "q-gender": "man"})
    assert again.headers["Location"] == "/s/pictures/questions/before"
    assert answers(database) == {"age": [30], "gender": ["woman"]}
    assert "Why?" in asked.get("/questions/before").text
    with database.read() as session:
        assert session.scalars(select(Participant.outcome)).one() is None


def test_errors_stand_beside_their_field_and_answers_are_kept(
    asked: Visitor, database: Database
) -> None:
    page = asked.submit(asked.get("/questions/before"), **{"q-age": "200", "q-gender": "man"})
    assert page.status_code == 422
    outline = Outline(page.text)
    field = next(f for f in outline.attributes["input"] if f.get("id") == "q-age")
    assert (field["value"], field["aria-invalid"]) == ("200", "true")
    assert field["aria-describedby"] == "q-age-hint q-age-error"
    assert 'id="q-age-error">The most possible is 120.' in page.text
    checked = [f["value"] for f in outline.attributes["input"] if "checked" in f]
    assert checked == ["man"]
    # The summary comes first, is read out, and leads to the field.
    alert = page.text.index('class="summary" role="alert"')
    assert alert < page.text.index("<h1")
    assert '<a href="#q-age">' in page.text
    assert "<title>Error" in page.text
    assert answers(database) == {}
    assert asked.submit(page, **ADULT).status_code == 303


def test_every_field_has_its_label_and_every_group_its_legend(asked: Visitor) -> None:
    pages = [asked.submit(asked.get("/questions/before"))]
    asked.submit(asked.get("/questions/before"), **ADULT)
    pages.append(asked.get("/questions/before"))
    asked.submit(pages[1])
    asked.begin_run().play()
    pages.append(asked.submit(asked.get("/questions/after")))
    for page in pages:
        outline = Outline(page.text)
        labels = [label["for"] for label in outline.attributes["label"]]
        fields = outline.attributes["input"] + outline.attributes.get("textarea", [])
        ids = [field["id"] for field in fields if field.get("type") != "hidden"]
        assert sorted(labels) == sorted(ids)  # type: ignore[type-var] # none is None
        assert len(set(ids)) == len(ids)
        every_id = set(re.findall(r' id="([^"]+)"', page.text))
        for described in re.findall(r'aria-describedby="([^"]+)"', page.text):
            assert set(described.split()) <= every_id
        for link in re.findall(r'href="#([^"]+)"', page.text):
            assert link in every_id
        assert len(outline.attributes.get("fieldset", [])) == page.text.count("<legend>")


def test_some_answers_end_the_participation_before_the_game(
    asked: Visitor, database: Database
) -> None:
    page = asked.submit(asked.get("/questions/before"), **ADULT | {"q-age": "17"})
    assert page.headers["Location"] == "/s/pictures/thanks"
    assert asked.get("/play").headers["Location"] == "/s/pictures/thanks"
    assert asked.get("/questions/before").headers["Location"] == "/s/pictures/thanks"
    assert "other answers" in asked.get("/thanks").text
    with database.read() as session:
        assert session.scalars(select(Participant.outcome)).all() == ["screened_out"]
        assert session.scalars(select(Run)).all() == []
    assert answers(database)["age"] == [17]


def test_questions_after_the_game_come_before_the_last_page(
    asked: Visitor, database: Database
) -> None:
    assert asked.get("/questions/after").headers["Location"] == "/s/pictures/questions/before"
    asked.submit(asked.get("/questions/before"), **ADULT)
    asked.submit(asked.get("/questions/before"))
    asked.begin_run().play()
    assert asked.get("/thanks").headers["Location"] == "/s/pictures/questions/after"
    page = asked.get("/questions/after")
    assert "<strong>Nearly</strong> done" in page.text
    asked.submit(page, **{"q-mood": "3", "q-devices": "b"})
    assert asked.get("/thanks").status_code == 200
    stored = answers(database)
    assert (stored["why"], stored["mood"], stored["devices"]) == ([], [3], ["b"])
    assert "note" not in stored


def test_a_program_that_fills_in_every_field_is_flagged_and_let_through(
    asked: Visitor, database: Database
) -> None:
    page = asked.submit(asked.get("/questions/before"), **ADULT, website="https://x.example")
    assert page.status_code == 303
    with database.read() as session:
        flag = session.scalars(select(Flag).where(Flag.kind == "honeypot")).one()
    assert flag.run_number == 0
    assert flag.detail == {"page": "answer_before", "text": "https://x.example"}


def test_the_trap_is_hidden_from_people_and_screen_readers(app: Flask, visitor: Visitor) -> None:
    page = visitor.get()
    field = next(f for f in Outline(page.text).attributes["input"] if f.get("name") == "website")
    assert (field["tabindex"], field["autocomplete"]) == ("-1", "off")
    assert '<div class="trap" aria-hidden="true">' in page.text
