"""What people ask for: their data deleted, their identity erased, a report of what is held."""

import json
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.accounts.audit import record
from experiment.current import instance
from experiment.errors import NotFoundError
from experiment.models import Participant, Study
from experiment.people.erasing import exports_since, identities_days
from experiment.people.finding import (
    find_by_recruiter_id,
    find_by_withdrawal_code,
    find_participant,
)
from experiment.people.held import report_held
from experiment.people.person import person_of
from experiment.people.words import RECRUITER_STATUSES, STANDINGS
from experiment.recruitment.arrivals import recruitment_of
from experiment.researcher.people import people
from experiment.runs import find_study
from experiment.withdrawal import holdings

LONGEST = 200  # characters of a code or an id


@people.get("/studies/<slug:slug>/people/withdraw")
@access("editor")
def withdraw(slug: str) -> ResponseReturnValue:
    """A form to find somebody who asks for something: by code or by recruiter's id."""
    with instance().database.read() as db:
        return requests_page(find_study(db, slug))


def requests_page(study: Study, **more: Any) -> str:
    """The page, with who was found or why nobody was."""
    return render_template(
        "researcher/people_requests.html",
        study=study,
        has_recruiter=recruitment_of(study)["kind"] != "none",
        identities_days=identities_days(study),
        **more,
    )


@people.post("/studies/<slug:slug>/people/withdraw")
@access("editor", "people")
def find_person(slug: str) -> ResponseReturnValue:
    """Show what is stored of who was found, and what can be done about it."""
    code = request.form.get("code", "")[:LONGEST].strip()
    external_id = request.form.get("recruiter_id", "")[:LONGEST].strip()
    with instance().database.write() as db:
        study = find_study(db, slug)
        try:
            person = found_person(db, study, code, external_id)
        except NotFoundError as error:
            return requests_page(study, error=str(error), code=code), error.status
        return requests_page(
            study,
            person=person,
            held=holdings(db, person),
            n_exports=exports_since(db, study, person),
            standing=STANDINGS.get(person.outcome or "", "has not ended"),
        )


def found_person(db: Session, study: Study, code: str, external_id: str) -> Participant:
    """Who has this code, or else this id; that an id was looked up is recorded.

    Raises
    ------
    NotFoundError
        If nobody has it.
    """
    if code:
        return find_by_withdrawal_code(db, study, code)
    if not external_id:
        raise NotFoundError("type in a withdrawal code, or what the recruiter calls somebody")
    person = find_by_recruiter_id(db, study, external_id)
    record(db, "identity.seen", asking(), study, participant=person.public_id)
    return person


@people.get("/studies/<slug:slug>/people/<public_id:participant>/held")
@access("editor")
def held(slug: str, participant: str) -> ResponseReturnValue:
    """What is held about one person, to be read or printed; without the recruiter's id."""
    return held_page(slug, participant, with_identity=False)


@people.post("/studies/<slug:slug>/people/<public_id:participant>/held")
@access("editor", "people")
def send_held(slug: str, participant: str) -> ResponseReturnValue:
    """The same with the recruiter's id, or as JSON."""
    with_identity = request.form.get("identity") == "yes"
    if request.form.get("format") != "json":
        return held_page(slug, participant, with_identity=with_identity)
    with instance().database.write() as db:
        study = find_study(db, slug)
        person = find_participant(db, study, participant)
        report = report_held(db, study, person, asking(), with_identity=with_identity)
    return Response(
        json.dumps(report, indent=2, ensure_ascii=False) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename=held-{participant}.json"},
    )


def held_page(slug: str, participant: str, *, with_identity: bool) -> str:
    """The report as a page."""
    with instance().database.write() as db:
        study = find_study(db, slug)
        person = find_participant(db, study, participant)
        report = report_held(db, study, person, asking(), with_identity=with_identity)
        return render_template(
            "researcher/held.html",
            study=study,
            participant=person,
            report=report,
            person=person_of(db, study, person),
            with_identity=with_identity,
            standing=STANDINGS.get(person.outcome or "", "has not ended"),
            status=RECRUITER_STATUSES.get(person.recruiter_status or "", "not told"),
        )
