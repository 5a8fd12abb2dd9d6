"""The welcome page and its button: who comes in."""

from flask import g, render_template, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment import participation, runs
from experiment.current import instance
from experiment.errors import LinkError, StudyFullError, StudyUnavailableError
from experiment.models import Participant
from experiment.participant.form_checks import raise_form_flags
from experiment.participant.views import (
    next_page,
    participant,
    participant_as,
    place_of,
    text_of,
    there,
)
from experiment.participation import Mode
from experiment.places import is_full, let_in, queue_up
from experiment.recruitment.arrivals import Arrival, read_arrival, recruitment_of, seal, unseal
from experiment.recruitment.identities import find_identity, keep_identity, person_in_related
from experiment.security import check_form, read_mode

SIMULATIONS = ("data-only", "visual")


@participant.get("")
def welcome() -> ResponseReturnValue:
    """What this is, and a button; opening the page starts nothing."""
    key = instance().settings.secret_key
    signed = request.args.get("mode", "")
    mode = read_mode(key, g.study.slug, signed)
    arrival = read_arrival(key, g.study, request.args.to_dict(flat=False))
    g.is_preview = mode == "preview"
    with instance().database.read() as db:
        known = find_known(db, mode, arrival) if mode is None else None
        if known is None:
            check_may_come(db, mode, arrival)
    simulate = request.args.get("simulate", "")
    return render_template(
        "participant/welcome.html",
        text=text_of("welcome"),
        mode=signed if mode else "",
        simulate=simulate if mode and simulate in SIMULATIONS else "",
        arrival=seal(key, g.study, arrival) if arrival.parameters else "",
        only_looks=arrival.is_mturk_preview and mode is None,
        goes_on=known is not None,
    )


@participant.post("")
def begin() -> ResponseReturnValue:
    """The button of the welcome page: a new participant, or the one who comes back."""
    check_form()
    key = instance().settings.secret_key
    mode = read_mode(key, g.study.slug, request.form.get("mode", ""))
    simulate = request.form.get("simulate", "")
    sealed = request.form.get("arrival")
    nothing = Arrival(recruitment_of(g.study)["kind"], None, {})
    arrival = unseal(key, g.study, sealed) if sealed else nothing
    with instance().database.write() as db:
        queue_up(db, g.study.id)
        person = find_known(db, mode, arrival)
        if person is None or (mode is not None and has_finished(db, person)):
            person = come_in(db, mode, arrival)
        elif person.outcome == "full" and g.study.state == "open":
            let_in(db, g.study, person)
        keep_identity(db, g.study, person, arrival)
        raise_form_flags(db, person)
        due = next_page(db, g.study, person)
    session.permanent = True
    session["participants"] = session.get("participants", {}) | {place_of(mode): person.public_id}
    session["modes"] = session.get("modes", {}) | {g.study.slug: mode}
    session["simulate"] = simulate if mode and simulate in SIMULATIONS else None
    return there(due)


def find_known(db: Session, mode: Mode, arrival: Arrival) -> Participant | None:
    """Who has been here before: whom the link names; where it names nobody, whom the cookie does.

    On a shared computer the cookie knows somebody else than the link.
    """
    if mode is None and arrival.external_id is not None:
        return find_identity(db, g.study, arrival)
    return participant_as(db, mode)


def check_may_come(db: Session, mode: Mode, arrival: Arrival) -> None:
    """Refuse somebody new as long as the study takes nobody, or not without an id.

    Whom a recruiter sent to a full study is registered at the button, and sent back from there.

    Raises
    ------
    StudyUnavailableError
        If the study is a draft, paused or closed.
    StudyFullError
        If it needs nobody more.
    LinkError
        If the recruiter's id is missing.
    """
    if mode == "preview":
        return
    if g.study.state != "open":
        raise StudyUnavailableError(f"the study {g.study.slug} is {g.study.state}")
    if not arrival.parameters and is_full(db, g.study, is_simulated=mode == "simulated"):
        raise StudyFullError(f"the study {g.study.slug} has all its participants")
    lacks_id = recruitment_of(g.study)["must_have_id"] and arrival.external_id is None
    if lacks_id and mode is None and not arrival.is_mturk_preview:
        raise LinkError("the link has lost the id that says who you are")


def come_in(db: Session, mode: Mode, arrival: Arrival) -> Participant:
    """Register somebody new; whom a recruiter sent to a full study as such."""
    check_may_come(db, mode, arrival)
    if arrival.is_mturk_preview and mode is None:
        raise LinkError("the HIT has not been accepted; accept it first")
    full = mode != "preview" and is_full(db, g.study, is_simulated=mode == "simulated")
    places = session.get("participants", {})
    cookie = [public_id for place, public_id in places.items() if ":" not in place]
    known_as = person_in_related(db, g.study, arrival, cookie) if mode is None else None
    person = participation.start_participant(db, g.study, mode, person=known_as)
    if full:
        person.reserved_until = person.created_at
        participation.end_participation(db, person, "full")
    return person


def has_finished(db: Session, person: Participant) -> bool:
    """Whether somebody who looks or simulates is done and makes way for a new one."""
    latest = runs.latest_run(db, g.study, person)
    return person.outcome is not None or (latest is not None and latest.state == "finished")
