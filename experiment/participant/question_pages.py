"""Questions before and after the game: server forms, a page at a time."""

from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment import participation, questions
from experiment.current import instance
from experiment.markdown import render_markdown
from experiment.models import Participant
from experiment.participant.form_checks import raise_form_flags
from experiment.participant.views import find_participant, here, next_page, participant, there
from experiment.questions.answers import WrongAnswerError, points, read_answer
from experiment.questions.question import Question
from experiment.questions.ready_made import worded
from experiment.questions.screening import screens_out
from experiment.security import check_form

ENDPOINTS = {
    "before": "participant.questions_before",
    "after": "participant.questions_after",
}


@participant.get("/questions/before")
def questions_before() -> ResponseReturnValue:
    """The questions before the game that are due."""
    return show_questions("before")


@participant.get("/questions/after")
def questions_after() -> ResponseReturnValue:
    """The questions after the game that are due."""
    return show_questions("after")


@participant.post("/questions/before")
def answer_before() -> ResponseReturnValue:
    """Keep what was answered before the game."""
    return take_answers("before")


@participant.post("/questions/after")
def answer_after() -> ResponseReturnValue:
    """Keep what was answered after the game."""
    return take_answers("after")


def show_questions(when: str) -> ResponseReturnValue:
    """The page of questions that is due; who is elsewhere goes there."""
    with instance().database.read() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        due = next_page(db, g.study, person)
        if due != ENDPOINTS[when]:
            return there(due)
        page = questions.page_due(db, g.study, person, when)
    return question_page(when, [worded(question) for question in page], {})


def take_answers(when: str) -> ResponseReturnValue:
    """Store a page of answers and go on; a page that is no longer due (the back button) changes
    nothing, and one with errors comes back with what was answered."""
    check_form()
    with instance().database.write() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        due = next_page(db, g.study, person)
        asked = questions.page_due(db, g.study, person, when)
        if due != ENDPOINTS[when] or request.form.get("page") != str(asked[0].page):
            return there(due)
        raise_form_flags(db, person)
        page = [worded(question) for question in asked]
        answers, errors = read_page(page)
        if errors:
            return question_page(when, page, errors), 422
        questions.keep_answers(db, person, answers)
        return there(after_answers(db, person, page, answers))


def read_page(page: list[Question]) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """(values, what is wrong), each by the id of the question."""
    answers: dict[str, list[Any]] = {}
    errors: dict[str, str] = {}
    for question in page:
        if question.asks:
            try:
                answers[question.id] = read_answer(question, request.form)
            except WrongAnswerError as error:
                errors[question.id] = str(error)
    return answers, errors


def after_answers(
    db: Session, person: Participant, page: list[Question], answers: dict[str, list[Any]]
) -> str:
    """The endpoint that follows; some answers end the participation."""
    if any(screens_out(question, answers[question.id]) for question in page if question.asks):
        participation.end_participation(db, person, "screened_out")
    return next_page(db, g.study, person)


def question_page(when: str, page: list[Question], errors: dict[str, str]) -> str:
    """A page of questions, with what was answered already and what is wrong with it."""
    pages = sorted({question.page for question in questions.questions_of(g.study, when)})
    return render_template(
        "participant/questions.html",
        when=when,
        action=ENDPOINTS[when].replace("questions_", "answer_"),
        page=page[0].page,
        place=pages.index(page[0].page) + 1,
        n_pages=len(pages),
        questions=[shown(question, errors.get(question.id)) for question in page],
        errors=errors,
    )


def shown(question: Question, error: str | None) -> dict[str, Any]:
    """What the template needs of a question."""
    given = request.form.getlist(question.field)
    if question.kind == "scale":
        options = [(str(point), str(point)) for point in points(question)]
    else:
        options = list(question.options)
    described = [
        f"{question.field}-{part}"
        for part, there_is in (("hint", question.hint), ("error", error))
        if there_is
    ]
    return {
        "id": question.id,
        "field": question.field,
        # Where a link of the summary of errors leads: the first thing that can be filled in.
        "first": f"{question.field}-1" if options else question.field,
        "kind": question.kind,
        "text": render_markdown(question.label) if question.kind == "statement" else question.label,
        "hint": question.hint,
        "optional": not question.required,
        "options": [
            {
                "id": f"{question.field}-{n}",
                "value": value,
                "label": label,
                "chosen": value in given,
            }
            for n, (value, label) in enumerate(options, 1)
        ],
        "value": given[0] if given else "",
        "is_long": question.longest > 120,
        "longest": question.longest,
        "least": question.least,
        "most": question.most,
        "step": "1" if question.whole else "any",
        "ends": [question.least_label, question.most_label],
        "declines": question.may_decline and question.kind != "choice",
        "declined": bool(request.form.getlist(f"{question.field}-declined")),
        "error": error,
        "described_by": " ".join(described),
    }
