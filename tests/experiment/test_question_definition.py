"""The tables [[questions]] of a study file, and what is taken as an answer."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from experiment.errors import StudyError
from experiment.questions.answers import WrongAnswerError, read_answer
from experiment.questions.definition import parse_questions
from experiment.questions.question import Question
from experiment.questions.ready_made import worded
from experiment.questions.screening import screens_out
from experiment.studies.template import template


def parsed(text: str) -> list[dict[str, Any]]:
    return parse_questions(tomllib.loads(text)["questions"], "s.toml")


def one(**keys: Any) -> Question:
    """A question of these keys."""
    table = {"id": "q", "when": "before", "label": "Well?"} | keys
    return Question.from_dict(parse_questions([table], "s.toml")[0])


def test_every_kind_of_question_can_be_written() -> None:
    questions = parsed(
        """
        [[questions]]
        use = "age"
        when = "before"
        screen_out = { below = 18 }
        [[questions]]
        id = "mood"
        when = "after"
        kind = "scale"
        label = "How do you feel?"
        least = 1
        most = 5
        least_label = "bad"
        most_label = "good"
        [[questions]]
        id = "devices"
        when = "before"
        page = 2
        kind = "several"
        label = "What do you own?"
        options = ["Phone", { value = "tablet", label = "A tablet" }]
        most = 1
        [[questions]]
        id = "hello"
        when = "before"
        kind = "statement"
        label = "**Welcome**"
        """
    )
    assert [(q["id"], q["kind"], q["when"], q["page"]) for q in questions] == [
        ("age", "number", "before", 1),
        ("hello", "statement", "before", 1),
        ("devices", "several", "before", 2),
        ("mood", "scale", "after", 1),
    ]
    assert questions[0]["screen_out"] == {"below": 18}
    assert questions[2]["options"] == [["Phone", "Phone"], ["tablet", "A tablet"]]
    for question in questions:
        assert Question.from_dict(question).to_dict() == question


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ({"kind": "choise"}, "kind", "is 'choise'; write one of"),
        ({"kind": "text", "when": "later"}, "when", "is 'later'"),
        ({"kind": "text", "options": ["a", "b"]}, "options", "is unknown for a question of kind"),
        ({"kind": "choice"}, "options", "must be a list"),
        ({"kind": "choice", "options": ["a", "a"]}, "options", "twice"),
        ({"kind": "choice", "options": ["a", "prefer_not_to_say"]}, "options", "may_decline"),
        ({"kind": "number", "least": 9, "most": 3}, "least", "is 9, but most is 3"),
        ({"kind": "number", "least": "9"}, "least", "is '9'; write a number"),
        ({"kind": "scale", "least": 3, "most": 3}, "least", "choose a smaller least"),
        ({"kind": "text", "longest": 0}, "longest", "from 1 to 5000"),
        ({"kind": "text", "label": " "}, "label", "write some words"),
        ({"kind": "text", "required": 1}, "required", "write true or false"),
        ({"kind": "text", "id": "My question"}, "id", "use a-z, 0-9 and _"),
        ({"kind": "choice", "options": ["a", "b"], "screen_out": ["c"]}, "screen_out", "a, b"),
        ({"kind": "number", "screen_out": [3]}, "screen_out", "{ below = 18 }"),
        ({"kind": "number", "when": "after", "screen_out": {"below": 1}}, "screen_out", "before"),
        ({"use": "agee"}, "use", "is 'agee'"),
    ],
)
def test_what_is_wrong_is_said_with_where_it_is(
    keys: dict[str, Any], where: str, what: str
) -> None:
    with pytest.raises(StudyError) as refusal:
        one(**keys)
    message = str(refusal.value)
    assert message.startswith(f"s.toml: question {keys.get('id', 'q')!r}: {where} ")
    assert what in message


def test_two_questions_of_one_id_and_pages_of_statements_are_refused() -> None:
    asked = {"id": "a", "when": "before", "kind": "text", "label": "?"}
    with pytest.raises(StudyError, match="two questions have the id 'a'"):
        parse_questions([asked, asked], "s.toml")
    with pytest.raises(StudyError, match="page 2 before the game has statements only"):
        parse_questions([asked, asked | {"id": "b", "kind": "statement", "page": 2}], "s.toml")


@pytest.mark.parametrize("tables", [{"id": "a"}, ["a"], "a"])
def test_questions_that_are_no_list_of_tables_are_refused(tables: object) -> None:
    with pytest.raises(StudyError, match=r"begin each one with \[\[questions\]\]"):
        parse_questions(tables, "s.toml")


CHOICE = {"kind": "choice", "options": ["a", "b", "c"]}
SEVERAL = {"kind": "several", "options": ["a", "b", "c"], "least": 1, "most": 2}


@pytest.mark.parametrize(
    ("keys", "given", "value"),
    [
        (CHOICE, ["b"], ["b"]),
        (SEVERAL, ["c", "a"], ["a", "c"]),
        ({"kind": "number"}, [" 42 "], [42]),
        ({"kind": "number", "whole": False}, ["1,5"], [1.5]),
        ({"kind": "scale"}, ["7"], [7]),
        ({"kind": "text"}, [" <b>é\r\n=1+1 "], [" <b>é\n=1+1 "]),
        ({"kind": "text"}, ["  "], []),
        (CHOICE | {"required": False}, [], []),
    ],
)
def test_answers_are_kept_as_they_were_given(
    app: Flask, keys: dict[str, Any], given: list[str], value: list[Any]
) -> None:
    with app.test_request_context():
        assert read_answer(one(**keys), MultiDict([("q-q", v) for v in given])) == value


@pytest.mark.parametrize(
    ("keys", "given", "words"),
    [
        (CHOICE, [], "choose one"),
        (CHOICE, ["d"], "one of the answers"),
        (SEVERAL, ["a", "b", "c"], "at most 2"),
        ({"kind": "number"}, ["many"], "in digits"),
        ({"kind": "number"}, ["nan"], "in digits"),
        ({"kind": "number"}, ["1.5"], "whole number"),
        ({"kind": "number", "least": 5}, ["4"], "least possible is 5"),
        ({"kind": "number", "most": 5}, ["6"], "most possible is 5"),
        ({"kind": "scale"}, ["8"], "one of the answers"),
        ({"kind": "text", "longest": 3}, ["four"], "to 3 characters; it has 4"),
        ({"kind": "text", "required": True}, [" "], "write something"),
    ],
)
def test_impossible_answers_are_told(
    app: Flask, keys: dict[str, Any], given: list[str], words: str
) -> None:
    with app.test_request_context(), pytest.raises(WrongAnswerError, match=words):
        read_answer(one(**keys), MultiDict([("q-q", v) for v in given]))


@pytest.mark.parametrize("use", ["age", "gender", "colour_vision"])
def test_whoever_prefers_not_to_say_need_not(app: Flask, use: str) -> None:
    table = {"use": use, "when": "before"}
    question = Question.from_dict(parse_questions([table], "s.toml")[0])
    assert question.id == use
    with app.test_request_context():
        ready = worded(question)
        field = "q-age-declined" if use == "age" else f"q-{use}"
        given = MultiDict([(field, "prefer_not_to_say")])
        assert read_answer(ready, given) == ["prefer_not_to_say"]
        with pytest.raises(WrongAnswerError):
            read_answer(ready, MultiDict())


@pytest.mark.parametrize(
    ("keys", "value", "ends"),
    [
        ({"kind": "number", "screen_out": {"below": 18, "above": 60}}, [17], True),
        ({"kind": "number", "screen_out": {"below": 18, "above": 60}}, [18], False),
        ({"kind": "number", "screen_out": {"below": 18, "above": 60}}, [61], True),
        ({"kind": "number", "screen_out": {"below": 18}}, ["prefer_not_to_say"], False),
        ({"kind": "number", "screen_out": {"below": 18}}, [], False),
        (CHOICE | {"screen_out": ["c"]}, ["c"], True),
        (CHOICE | {"screen_out": ["c"]}, ["b"], False),
        (SEVERAL | {"screen_out": ["a"]}, ["a", "b"], True),
        (CHOICE, ["a"], False),
    ],
)
def test_some_answers_end_the_participation(
    keys: dict[str, Any], value: list[Any], ends: bool
) -> None:
    assert screens_out(one(**keys), value) is ends


def test_the_questions_of_the_annotated_study_file_can_be_used(tmp_path: Path) -> None:
    lines = template(tmp_path / "s.toml", "pictures").splitlines()
    start = lines.index("#   [[questions]]")
    example = lines[start : lines.index("", start)]
    questions = parsed("\n".join(line.removeprefix("#") for line in example))
    assert [(q["id"], q["kind"], q["when"]) for q in questions] == [
        ("age", "number", "before"),
        ("awake", "scale", "after"),
    ]
