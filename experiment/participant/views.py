"""Pages for participants: server forms that work without scripts, and the page of the game."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment import participation, questions, runs
from experiment.current import instance
from experiment.design.paradigms import Paradigm
from experiment.errors import (
    AllocationError,
    LinkError,
    ReturnError,
    StudyFullError,
    StudyUnavailableError,
)
from experiment.markdown import render_markdown
from experiment.models import Participant, Run, Study
from experiment.participant.game_texts import game_texts
from experiment.participation import Mode
from experiment.places import let_in
from experiment.recruitment.arrivals import recruitment_of
from experiment.recruitment.endings import MTURK_FRAMES
from experiment.security import allow_frames, check_form

participant = Blueprint("participant", __name__, url_prefix="/s/<slug:slug>")

ENDED_BEFORE_THE_GAME = ("screened_out", "no_consent", "full")
PLAYS_ON = (None, "completed", "stopped")  # outcomes after which another run may be begun


@participant.url_value_preprocessor
def load_study(endpoint: str | None, values: dict[str, Any] | None) -> None:  # noqa: ARG001
    """Find the study of the address, and speak its language."""
    slug = (values or {}).pop("slug")
    with instance().database.read() as db:
        g.study = runs.find_study(db, slug)
        g.consent_text = g.study.consent_document.text
    g.language = g.study.definition["language"]
    if recruitment_of(g.study)["kind"] == "mturk":
        allow_frames(MTURK_FRAMES)


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


@participant.errorhandler(StudyFullError)
def show_full(error: StudyFullError) -> ResponseReturnValue:
    """A kind page for a study that needs nobody more."""
    return render_template("participant/unavailable.html", state="full"), error.status


@participant.errorhandler(LinkError)
def show_link_problem(error: LinkError) -> ResponseReturnValue:
    """A kind page for a link that lost something on its way."""
    return render_template("participant/unavailable.html", state="link"), error.status


@participant.errorhandler(ReturnError)
def show_when(error: ReturnError) -> ResponseReturnValue:
    """A kind page for somebody who comes back too early or too late for their next run."""
    at = format_datetime(error.at, "long")
    return render_template("participant/unavailable.html", state=error.code, at=at), error.status


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


def participant_as(db: Session, mode: Mode) -> Participant | None:
    """Who this browser is in this study under one kind of link; the kinds do not mix."""
    public_id = session.get("participants", {}).get(place_of(mode))
    if public_id is None:
        return None
    found = db.scalar(select(Participant).where(Participant.public_id == public_id))
    g.is_preview = found is not None and found.is_preview
    return found


def place_of(mode: Mode) -> str:
    """Where the cookie keeps who this browser is; a colon is in no slug."""
    return g.study.slug if mode is None else f"{g.study.slug}:{mode}"


def here(page: str) -> ResponseReturnValue:
    """Go to another page of this study."""
    return there(f"participant.{page}")


def there(endpoint: str) -> ResponseReturnValue:
    """Go to the page that is due."""
    return redirect(url_for(endpoint, slug=g.study.slug), 303)


def next_page(db: Session, study: Study, person: Participant) -> str:
    """The endpoint of the page that is due for this participant."""
    if person.outcome in ENDED_BEFORE_THE_GAME:
        return "participant.thanks"
    if not participation.has_agreed(db, study, person):
        # Who takes consent back after the end keeps the last page and its code.
        return "participant.consent" if person.outcome is None else "participant.thanks"
    if questions.due(db, study, person, "before"):
        return "participant.questions_before"
    latest = runs.latest_run(db, study, person)
    if latest is None or latest.state != "finished":
        return "participant.play"
    if person.outcome is not None and questions.due(db, study, person, "after"):
        return "participant.questions_after"
    return "participant.thanks"


def may_play_another(study: Study, person: Participant, latest: Run | None) -> bool:
    """Whether somebody whose latest run is finished may begin a further one."""
    if latest is None or latest.number >= study.definition["runs_per_participant"]:
        return False
    return person.outcome in PLAYS_ON and (study.state == "open" or person.is_preview)


def instructions() -> dict[str, str]:
    """What the researcher tells before the game, and before its test phase where it has one."""
    names = ("instructions", "test_instructions")
    return {name: text_of(name) for name in names if g.study.definition["texts"].get(name)}


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
        latest = runs.latest_run(db, g.study, person)
        due = next_page(db, g.study, person)
        goes_on = may_begin_another and may_play_another(g.study, person, latest)
        if due != "participant.play" and not (due == "participant.thanks" and goes_on):
            return there(due)
        if latest is None and not let_in(db, g.study, person):
            return here("thanks")
        run = runs.start_run(db, g.study, person)
        simulate = session.get("simulate") if person.is_preview or person.is_simulated else None
    if may_begin_another:
        return here("play")
    game = {
        "run_url": url_for("api.get_run", token=run.token),
        "thanks_url": url_for("participant.thanks", slug=g.study.slug),
        "simulate": simulate,
        "texts": game_texts() | instructions(),
        "language": g.language,
        "direction": get_locale().text_direction,
    }
    return render_template("participant/play.html", game=game)
