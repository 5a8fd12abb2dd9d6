"""Deciding about one participant: leaving data out, looking up who they are, deleting."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.accounts.audit import record
from experiment.current import instance
from experiment.errors import ConflictError, ExperimentError, NotFoundError
from experiment.models import Identity, Participant, Study
from experiment.people.erasing import delete_person, delete_previews, erase_identity
from experiment.people.excluding import exclude, exclude_again, lift
from experiment.people.finding import find_participant
from experiment.researcher.people import part_of, people, person_page
from experiment.runs import find_study

Verb = Callable[[Session, Study, Participant], object]


def decide(slug: str, public_id: str, verb: Verb, done: str) -> ResponseReturnValue:
    """Do something about a participant and show their page, which says what was done, or why not;
    somebody who is not there (any more) has none."""
    try:
        with instance().database.write() as db:
            study = find_study(db, slug)
            person = find_participant(db, study, public_id)
            verb(db, study, person)
    except ExperimentError as error:
        if error.status >= 500 or not is_there(slug, public_id):
            raise
        flash(str(error), "error")
    else:
        flash(done)
    return redirect(url_for("people.one", slug=slug, participant=public_id), 303)


def is_there(slug: str, public_id: str) -> bool:
    """Whether a study has this participant."""
    try:
        with instance().database.read() as db:
            find_participant(db, find_study(db, slug), public_id)
    except NotFoundError:
        return False
    return True


@people.post("/studies/<slug:slug>/people/<public_id:participant>/exclude")
@access("editor", "people")
def send_exclusion(slug: str, participant: str) -> ResponseReturnValue:
    """Leave data of a participant out of the scores."""

    def verb(db: Session, study: Study, person: Participant) -> None:
        part: dict[str, Any] = part_of(request.form.get("part", ""))
        exclude(db, study, person, asking(), reason=request.form.get("reason", ""), **part)

    return decide(slug, participant, verb, "Left out. Coverage and scores follow at once.")


@people.post("/studies/<slug:slug>/people/<public_id:participant>/lift/<number:exclusion>")
@access("editor", "people")
def send_lift(slug: str, participant: str, exclusion: int) -> ResponseReturnValue:
    """Take an exclusion back."""

    def verb(db: Session, study: Study, person: Participant) -> None:
        lift(db, study, person, asking(), exclusion, reason=request.form.get("reason"))

    return decide(slug, participant, verb, "Taken back: these data count again.")


@people.post("/studies/<slug:slug>/people/<public_id:participant>/again/<number:exclusion>")
@access("editor", "people")
def send_again(slug: str, participant: str, exclusion: int) -> ResponseReturnValue:
    """Let an exclusion hold again that was taken back."""

    def verb(db: Session, study: Study, person: Participant) -> None:
        exclude_again(db, study, person, asking(), exclusion)

    return decide(slug, participant, verb, "Left out again, as it was decided first.")


@people.post("/studies/<slug:slug>/people/<public_id:participant>/identity")
@access("editor", "people")
def show_identity(slug: str, participant: str) -> ResponseReturnValue:
    """Show what the recruiter calls a participant; the look is recorded."""
    with instance().database.write() as db:
        study = find_study(db, slug)
        person = find_participant(db, study, participant)
        identity = db.get(Identity, person.id)
        if identity is None:
            raise ConflictError("no identity of this participant is kept; it may be erased already")
        record(db, "identity.seen", asking(), study, participant=participant)
        return person_page(db, study, participant, identity=identity)


@people.post("/studies/<slug:slug>/people/<public_id:participant>/erase")
@access("editor", "people")
def send_erasure(slug: str, participant: str) -> ResponseReturnValue:
    """Erase who a participant is at the recruiter; the data stay."""

    def verb(db: Session, study: Study, person: Participant) -> None:
        erase_identity(db, study, person, asking(), instance().settings.withdrawals)

    return decide(slug, participant, verb, "The identity is erased; the data stay.")


@people.post("/studies/<slug:slug>/people/<public_id:participant>/delete")
@access("editor", "people")
def send_deletion(slug: str, participant: str) -> ResponseReturnValue:
    """Delete all that is stored of a participant."""
    with instance().database.write() as db:
        study = find_study(db, slug)
        person = find_participant(db, study, participant)
        held = delete_person(db, study, person, asking(), instance().settings.withdrawals)
    flash(
        f"Deleted: runs {held.n_runs}, responses {held.n_responses}, answers {held.n_answers}. "
        "A backup that is restored deletes it again; exports made before still hold it."
    )
    return redirect(url_for("people.index", slug=slug), 303)


@people.post("/studies/<slug:slug>/people/delete-previews")
@access("editor", "people")
def send_previews(slug: str) -> ResponseReturnValue:
    """Delete every preview of a study."""
    with instance().database.write() as db:
        n = delete_previews(db, find_study(db, slug), asking())
    flash(f"Deleted {n} previews.")
    return redirect(url_for("people.index", slug=slug), 303)
