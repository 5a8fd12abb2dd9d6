"""Pages for participants: server forms that work without scripts, and the page of the game."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment import runs
from experiment.current import instance
from experiment.design.paradigms import Paradigm
from experiment.errors import AllocationError, StudyUnavailableError
from experiment.markdown import render_markdown
from experiment.models import Participant, Study
from experiment.participant.game_texts import game_texts
from experiment.security import check_form, read_mode

participant = Blueprint("participant", __name__, url_prefix="/s/<slug:slug>")

SIMULATIONS = ("data-only", "visual")


@participant.url_value_preprocessor
def load_study(endpoint: str | None, values: dict[str, Any] | None) -> None:  # noqa: ARG001
    """Find the study of the address, and speak its language."""
    slug = (values or {}).pop("slug")
    with instance().database.read() as db:
        g.study = runs.find_study(db, slug)
        g.consent_text = g.study.consent_document.text
    g.language = g.study.definition["language"]


@participant.context_processor
def study_values() -> dict[str, Any]:
    """What the pages of a study show besides their own content; nothing where there is no study."""
    study: Study | None = g.get("study")
    if study is None:
        return {}
    return {
        "study": study,
        "notice": study.definition["notice"],
        "is_preview": g.get("is_preview"),
    }


@participant.errorhandler(StudyUnavailableError)
def show_unavailable(error: StudyUnavailableError) -> ResponseReturnValue:
    """A kind page for a study that takes nobody now."""
    return render_template("participant/unavailable.html", state=g.study.state), error.status


@participant.errorhandler(AllocationError)
def show_used_up(error: AllocationError) -> ResponseReturnValue:
    """A kind page for a participant for whom too few new images are left."""
    return render_template("participant/used_up.html"), error.status


def text_of(name: str) -> str:
    """One of the study's texts as HTML."""
    return filled(g.study.definition["texts"][name])


def filled(text: str) -> str:
    """A researcher's text as HTML, with the length of a run in it."""
    minutes = max(1, round(Paradigm.from_dict(g.study.paradigm).duration_ms / 60_000))
    return render_markdown(text.replace("{minutes}", str(minutes)))


def find_participant(db: Session) -> Participant | None:
    """Who this browser is in this study now: a participant, or somebody who looks or simulates."""
    return participant_as(db, session.get("modes", {}).get(g.study.slug))


def participant_as(db: Session, mode: runs.Mode) -> Participant | None:
    """Who this browser is in this study under one kind of link; the kinds do not mix."""
    public_id = session.get("participants", {}).get(place_of(mode))
    if public_id is None:
        return None
    found = db.scalar(select(Participant).where(Participant.public_id == public_id))
    g.is_preview = found is not None and found.is_preview
    return found


def place_of(mode: runs.Mode) -> str:
    """Where the cookie keeps who this browser is; a colon is in no slug."""
    return g.study.slug if mode is None else f"{g.study.slug}:{mode}"


def here(page: str) -> ResponseReturnValue:
    """Go to another page of this study."""
    return redirect(url_for(f"participant.{page}", slug=g.study.slug), 303)


@participant.get("")
def welcome() -> ResponseReturnValue:
    """What this is, and a button; opening the page starts nothing."""
    signed = request.args.get("mode", "")
    mode = read_mode(instance().settings.secret_key, g.study.slug, signed)
    g.is_preview = mode == "preview"
    with instance().database.read() as db:
        known = participant_as(db, None) if mode is None else None
    if known is None and g.study.state != "open" and mode != "preview":
        raise StudyUnavailableError(f"the study {g.study.slug} is {g.study.state}")
    simulate = request.args.get("simulate", "")
    return render_template(
        "participant/welcome.html",
        text=text_of("welcome"),
        mode=signed if mode else "",
        simulate=simulate if mode and simulate in SIMULATIONS else "",
        goes_on=known is not None,
    )


@participant.post("")
def begin() -> ResponseReturnValue:
    """The button of the welcome page: a new participant, or the one this browser already is."""
    check_form()
    mode = read_mode(instance().settings.secret_key, g.study.slug, request.form.get("mode", ""))
    simulate = request.form.get("simulate", "")
    with instance().database.write() as db:
        person = participant_as(db, mode)
        if person is None or (mode is not None and has_finished(db, person)):
            person = runs.start_participant(db, g.study, mode)
    session.permanent = True
    session["participants"] = session.get("participants", {}) | {place_of(mode): person.public_id}
    session["modes"] = session.get("modes", {}) | {g.study.slug: mode}
    session["simulate"] = simulate if mode and simulate in SIMULATIONS else None
    return here("consent")


def has_finished(db: Session, person: Participant) -> bool:
    """Whether somebody who looks or simulates is done and makes way for a new one."""
    latest = runs.latest_run(db, g.study, person)
    return latest is not None and latest.state == "finished"


@participant.get("/consent")
def consent() -> ResponseReturnValue:
    """What the participant agrees to."""
    with instance().database.read() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        if runs.has_agreed(db, g.study, person):
            return here("play")
    return render_template("participant/consent.html", text=filled(g.consent_text), error=None)


@participant.post("/consent")
def agree() -> ResponseReturnValue:
    """Keep the agreement; without the tick the page comes back and says so."""
    check_form()
    with instance().database.write() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        if request.form.get("answer") == "no":
            return render_template("participant/declined.html")
        if request.form.get("agree") != "yes":
            error = _("Please tick the box if you agree, or leave the study with the other button.")
            page = render_template(
                "participant/consent.html", text=filled(g.consent_text), error=error
            )
            return page, 422
        runs.agree(db, g.study, person)
    return here("play")


@participant.get("/play")
def play() -> ResponseReturnValue:
    """The game: the run that this participant has begun, or the first one."""
    return show_game(may_begin_another=False)


@participant.post("/play")
def play_another() -> ResponseReturnValue:
    """The button for another run, where the study allows more than one."""
    check_form()
    return show_game(may_begin_another=True)


def show_game(*, may_begin_another: bool) -> ResponseReturnValue:
    """The page of the game, with a run made if need be."""
    with instance().database.write() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        if not runs.has_agreed(db, g.study, person):
            return here("consent")
        latest = runs.latest_run(db, g.study, person)
        if latest is not None and latest.state == "finished":
            more = latest.number < g.study.definition["runs_per_participant"]
            if not (may_begin_another and more):
                return here("thanks")
        run = runs.start_run(db, g.study, person)
        simulate = session.get("simulate") if person.is_preview or person.is_simulated else None
    if may_begin_another:
        return here("play")
    game = {
        "run_url": url_for("api.get_run", token=run.token),
        "thanks_url": url_for("participant.thanks", slug=g.study.slug),
        "simulate": simulate,
        "texts": game_texts() | {"instructions": text_of("instructions")},
        "language": g.language,
        "direction": get_locale().text_direction,
    }
    return render_template("participant/play.html", game=game)


@participant.get("/thanks")
def thanks() -> ResponseReturnValue:
    """The end; who is not there yet goes on with the game."""
    with instance().database.read() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        latest = runs.latest_run(db, g.study, person)
        if latest is None or latest.state != "finished":
            return here("consent")
    allowed = g.study.definition["runs_per_participant"]
    more = latest.number < allowed and (g.study.state == "open" or person.is_preview)
    return render_template(
        "participant/thanks.html",
        text=text_of("thanks"),
        more=more,
        played=latest.number,
        allowed=allowed,
    )
