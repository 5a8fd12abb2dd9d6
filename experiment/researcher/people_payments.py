"""Paying people: where payments stand, the recruiter's lists in and out."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.current import instance
from experiment.errors import ExperimentError, InvalidError
from experiment.models import Study
from experiment.people.payments import (
    ADVICE,
    LONGEST_FEEDBACK,
    RECRUITERS,
    Asked,
    payment_list,
    payment_stand,
)
from experiment.people.status_files import StatusFile, read_statuses, written
from experiment.people.statuses import apply_statuses, compare_statuses
from experiment.people.words import RECRUITER_STATUSES, STANDINGS
from experiment.recruitment.arrivals import recruitment_of
from experiment.researcher.people import people
from experiment.runs import find_study

SHOWN = 50  # lines of each list of the preview


@people.get("/studies/<slug:slug>/people/payments")
@access("viewer")
def payments(slug: str) -> ResponseReturnValue:
    """Where payments stand, and the recruiter's lists in and out."""
    with instance().database.read() as db:
        return payments_page(db, find_study(db, slug))


def payments_page(db: Session, study: Study, error: str | None = None) -> str:
    """The page, with what was wrong with a form."""
    kind = recruitment_of(study)["kind"]
    return render_template(
        "researcher/payments.html",
        study=study,
        stand=payment_stand(db, study),
        recruiter=RECRUITERS.get(kind),
        kind=kind,
        advice={purpose: ADVICE.get((kind, purpose), "") for purpose in ("approve", "bonus")},
        standings=STANDINGS,
        longest_feedback=LONGEST_FEEDBACK,
        error=error,
    )


@people.post("/studies/<slug:slug>/people/payments")
@access("editor", "people")
def send_payments(slug: str) -> ResponseReturnValue:
    """A list for the recruiter, to be saved; that it was made is recorded."""
    form = request.form
    decisions = {
        name.removeprefix("pay-"): value for name, value in form.items() if name.startswith("pay-")
    }
    asked = Asked(
        purpose="bonus" if form.get("purpose") == "bonus" else "approve",
        outcomes=tuple(name for name, value in decisions.items() if value == "approve"),
        rejected=tuple(name for name, value in decisions.items() if value == "reject"),
        feedback=form.get("feedback", ""),
        amount=form.get("amount", "").strip(),
    )
    try:
        with instance().database.write() as db:
            study = find_study(db, slug)
            made = payment_list(db, instance().settings.secret_key, study, asked, asking())
    except ExperimentError as error:
        if error.status not in (409, 422):
            raise
        with instance().database.read() as db:
            return payments_page(db, find_study(db, slug), str(error)), error.status
    media = "text/plain" if made.name.endswith(".txt") else "text/csv"
    return Response(
        made.content,
        mimetype=media,
        headers={"Content-Disposition": f"attachment; filename={made.name}"},
    )


@people.post("/studies/<slug:slug>/people/statuses")
@access("editor", "people")
def preview_statuses(slug: str) -> ResponseReturnValue:
    """What a recruiter's list would change; changes nothing."""
    given = request.files.get("file")
    with instance().database.read() as db:
        study = find_study(db, slug)
        try:
            if given is None or not given.filename:
                raise InvalidError("choose the file with the recruiter's list first")
            file = read_statuses(given.read())
            found = compare_statuses(db, study, file)
        except ExperimentError as error:
            return payments_page(db, study, str(error)), error.status
        counts: dict[str, int] = {}
        for change in found.changes:
            counts[change.after] = counts.get(change.after, 0) + 1
        return render_template(
            "researcher/statuses.html",
            study=study,
            found=found,
            counts=counts,
            n_frees=sum(change.frees for change in found.changes),
            table=written(file.lines),
            statuses=RECRUITER_STATUSES,
            shown=SHOWN,
        )


@people.post("/studies/<slug:slug>/people/statuses/apply")
@access("editor", "people")
def send_statuses(slug: str) -> ResponseReturnValue:
    """Keep what a recruiter's list says."""
    file: StatusFile = read_statuses(request.form.get("table", "").encode())
    with instance().database.write() as db:
        found = apply_statuses(db, find_study(db, slug), file, asking())
    flash(f"{len(found.changes)} statuses were changed.")
    return redirect(url_for("people.payments", slug=slug), 303)
