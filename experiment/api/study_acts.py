"""Acts on studies over the API: open, pause, close, copy, and the links to give away."""

from collections.abc import Callable

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import Actor, access, asking
from experiment.api.blueprint import REFUSALS, api
from experiment.api.studies import state_of
from experiment.api.study_schemas import (
    Copy,
    LabelLink,
    LabelLinks,
    Labels,
    Opened,
    Opening,
    ResultsPage,
    StudyAddress,
    StudyState,
)
from experiment.current import instance
from experiment.jobs import lifecycle as jobs
from experiment.links import study_link
from experiment.models import Study
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.runs import find_study
from experiment.studies.editing import copy_study
from experiment.studies.lifecycle import close_study, pause_study
from experiment.studies.opening import begin_opening
from experiment.studies.sharing import make_labels, share_results


@api.post("/studies/<slug:slug>/open")
@access("editor", "write")
@described(
    "Take participants from now on; where many pictures are to be made first, a job does.",
    REFUSALS | {200: Opened, 202: Opened, 409: Problem},
    body=Opening,
)
def post_open(slug: str) -> ResponseReturnValue:
    """Open a study."""
    asked = parse(Opening)
    settings = instance().settings
    with instance().database.write() as session:
        study = find_study(session, slug)
        job = begin_opening(session, settings, study, asking(), anyway=asked.anyway)
        told = Opened(study=slug, state=study.state, job=job and job.public_id)  # type: ignore[arg-type] # the database knows no other
    if told.job is not None:
        jobs.launch(settings, told.job)
    return jsonify(told.model_dump(mode="json")), 200 if told.job is None else 202


@api.post("/studies/<slug:slug>/pause")
@access("editor", "write")
@described(
    "Take no new participants for a while; runs in progress go on.",
    REFUSALS | {200: Opened, 409: Problem},
)
def post_pause(slug: str) -> ResponseReturnValue:
    """Pause a study."""
    return act(slug, pause_study)


@api.post("/studies/<slug:slug>/close")
@access("editor", "write")
@described("Take no more participants; runs in progress go on.", REFUSALS | {200: Opened})
def post_close(slug: str) -> ResponseReturnValue:
    """Close a study."""
    return act(slug, close_study)


def act(slug: str, verb: Callable[[Session, Study, Actor], None]) -> ResponseReturnValue:
    """Change a study's state, and say which it has."""
    with instance().database.write() as session:
        verb(session, find_study(session, slug), asking())
        state = find_study(session, slug).state
    told = Opened(study=slug, state=state, job=None)  # type: ignore[arg-type] # the database knows no other
    return jsonify(told.model_dump(mode="json"))


@api.post("/studies/<slug:slug>/copy")
@access("editor", "write")
@described("Make a draft like this study.", REFUSALS | {201: StudyState, 409: Problem}, body=Copy)
def post_copy(slug: str) -> ResponseReturnValue:
    """Copy a study."""
    asked = parse(Copy)
    with instance().database.write() as session:
        study = find_study(session, slug)
        title = asked.title or study.title
        copy = copy_study(session, instance().settings, study, asked.slug, title, asking())
        told = state_of(session, copy, "owner")
    return jsonify(told.model_dump(mode="json")), 201


@api.post("/studies/<slug:slug>/preview-link")
@access("viewer", "write")
@described("A link with which one plays without counting anywhere.", REFUSALS | {200: StudyAddress})
def post_preview_link(slug: str) -> ResponseReturnValue:
    """A link to look at the study as a participant."""
    with instance().database.read() as session:
        url = study_link(session, instance().settings, slug, "preview")
    return jsonify(StudyAddress(url=url).model_dump(mode="json"))


@api.post("/studies/<slug:slug>/results-link")
@access("editor", "write")
@described(
    "A link that opens the results once, within 24 hours, without an account.",
    REFUSALS | {201: StudyAddress},
    body=ResultsPage,
)
def post_results_link(slug: str) -> ResponseReturnValue:
    """A link to the results for somebody without an account."""
    asked = parse(ResultsPage)
    with instance().database.write() as session:
        url = share_results(session, instance().settings, slug, asked.page, asking())
    return jsonify(StudyAddress(url=url).model_dump(mode="json")), 201


@api.post("/studies/<slug:slug>/labels")
@access("editor", "people")
@described(
    "A link for each person of a lab or class.",
    REFUSALS | {200: LabelLinks, 409: Problem},
    body=Labels,
)
def post_labels(slug: str) -> ResponseReturnValue:
    """Links by label."""
    asked = parse(Labels)
    with instance().database.write() as session:
        made = make_labels(session, instance().settings, slug, asked.labels, asking())
    links = [LabelLink(participant_label=label, link=link) for label, link in made]
    return jsonify(LabelLinks(links=links).model_dump(mode="json"))
