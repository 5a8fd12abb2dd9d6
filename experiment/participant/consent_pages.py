"""Consent: agreeing, declining, taking it back; and every version of a text, for ever."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment import participation, withdrawal
from experiment.current import instance
from experiment.errors import NotFoundError
from experiment.markdown import render_markdown
from experiment.models import Consent, ConsentDocument, Participant
from experiment.participant.form_checks import raise_form_flags
from experiment.participant.views import find_participant, here, next_page, participant, there
from experiment.security import check_form

consent_versions = Blueprint("consent_versions", __name__)


@consent_versions.get("/consent/<sha256:sha256>")
def version(sha256: str) -> ResponseReturnValue:
    """A consent text as it was agreed to: the address names the very words, so it never changes."""
    with instance().database.read() as db:
        document = db.scalar(select(ConsentDocument).where(ConsentDocument.sha256 == sha256))
    if document is None:
        raise NotFoundError("there is no such consent text")
    return render_template(
        "participant/consent_version.html",
        text=render_markdown(document.text),
        sha256=sha256,
        since=document.created_at,
    )


@participant.get("/consent")
def consent() -> ResponseReturnValue:
    """What the participant agrees to."""
    with instance().database.write() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        if participation.has_agreed(db, g.study, person):
            return there(next_page(db, g.study, person))
        if person.outcome not in (None, "no_consent"):
            return here("thanks")
        return consent_page(db, person)


@participant.post("/consent")
def agree() -> ResponseReturnValue:
    """Keep the agreement; without the tick the page comes back and says so."""
    check_form()
    with instance().database.write() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        if request.form.get("answer") == "no":
            return decline(db, person)
        if person.outcome not in (None, "no_consent"):
            return here("thanks")
        # Who had the page open while the text was changed reads the new one first.
        shown = request.form.get("version", g.study.consent_document.sha256)
        if request.form.get("agree") != "yes" or shown != g.study.consent_document.sha256:
            error = _("Please tick the box if you agree, or leave the study with the other button.")
            return consent_page(db, person, error), 422
        participation.agree(db, g.study, person)
        raise_form_flags(db, person, words=len(g.consent_text.split()))
        return there(next_page(db, g.study, person))


def consent_page(db: Session, person: Participant, error: str | None = None) -> str:
    """The study's text with the participant's code, a box to tick and two buttons."""
    return render_template(
        "participant/consent.html",
        text=render_markdown(g.consent_text),
        sha256=g.study.consent_document.sha256,
        code=withdrawal.give_code(db, instance().settings.secret_key, person),
        error=error,
    )


def decline(db: Session, person: Participant) -> ResponseReturnValue:
    """Not, or no longer, agreed: this ends a participation that has not ended otherwise."""
    participation.revoke(db, g.study, person)
    participation.end_participation(db, person, "no_consent")
    return here("declined")


@participant.get("/declined")
def declined() -> ResponseReturnValue:
    """What follows from declining: what is kept, how to delete it, and the ways back."""
    with instance().database.read() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        if participation.has_agreed(db, g.study, person):
            return there(next_page(db, g.study, person))
        held = withdrawal.holdings(db, person)
    return render_template(
        "participant/declined.html",
        held=held,
        has_left=person.outcome == "no_consent",
        may_agree=person.outcome == "no_consent" and not held.n_runs,
    )


@participant.get("/agreement")
def agreement() -> ResponseReturnValue:
    """What this participant agreed to, with a button to take it back."""
    with instance().database.read() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        found = db.execute(
            select(Consent, ConsentDocument)
            .join(ConsentDocument, ConsentDocument.id == Consent.consent_document_id)
            .where(
                Consent.participant_id == person.id,
                Consent.study_id == g.study.id,
                Consent.revoked_at.is_(None),
            )
        ).one_or_none()
        if found is None:
            return there(next_page(db, g.study, person))
        given, document = found
    return render_template(
        "participant/agreement.html",
        text=render_markdown(document.text),
        sha256=document.sha256,
        agreed_at=given.agreed_at,
    )
