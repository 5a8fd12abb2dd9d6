"""Pages of a study's results: a link that opens once, and what was found so far."""

import random
from typing import Any

from flask import (
    Blueprint,
    Response,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import access, asking, guard
from experiment.current import instance
from experiment.errors import ExperimentError, NotSignedInError
from experiment.models import ResultsLink, Study
from experiment.predictions.storing import model_names
from experiment.researcher.model_panels import shown_models
from experiment.results.background import freshen
from experiment.results.blinding import HIDDEN, is_hidden, note_look
from experiment.results.gallery import scored_images
from experiment.results.live import ImageScores, LiveResults, live_results
from experiment.runs import find_study
from experiment.security import content_policy
from experiment.studies.lifecycle import token_sha256, use_results_link

results = Blueprint("results", __name__)
guard(results)

MOST_POINTS = 600  # images of the chart of rates: more cannot be told apart
HEX_DIGITS = 64  # of a SHA-256


@results.before_request
def load_notice() -> None:
    """Find the notice of the study that the address leads to, for who may see it (this comes after
    the guard); a link is not used up by it."""
    slug, token = ((request.view_args or {}).get(name) for name in ("slug", "token"))
    query = select(Study.definition)
    if token is None:
        query = query.where(Study.slug == slug)
    else:
        query = query.join(ResultsLink).where(ResultsLink.token_sha256 == token_sha256(token))
    with instance().database.read() as db:
        definition = db.scalar(query)
    g.notice = definition and definition["notice"]


@results.context_processor
def notice_value() -> dict[str, Any]:
    """What every page shows besides its own content."""
    return {"notice": g.get("notice")}


class LinkUsedError(ExperimentError):
    """A link that opens once was opened already, or is too old."""

    status = 410
    code = "link_used"


@results.errorhandler(NotSignedInError)
@results.errorhandler(LinkUsedError)
def show_refusal(error: ExperimentError) -> ResponseReturnValue:
    """Say how to get in."""
    slug = (request.view_args or {}).get("slug")
    status = 403 if isinstance(error, NotSignedInError) else error.status
    return render_template("researcher/refused.html", code=error.code, slug=slug), status


@results.get("/open/<token:token>")
@access("anyone")
def offer(token: str) -> ResponseReturnValue:
    """A button, so that programs that look at links do not use this one up."""
    return render_template("researcher/open.html", token=token)


@results.post("/open/<token:token>")
@access("anyone")
def open_link(token: str) -> ResponseReturnValue:
    """Use the link up: this browser may see the study's results from now on."""
    with instance().database.write() as db:
        opened = use_results_link(db, token)
    if opened is None:
        raise LinkUsedError("this link has been opened before, or is older than 24 hours")
    slug, page = opened
    session.permanent = True
    session["results"] = sorted({*session.get("results", []), slug})
    return redirect(url_for(f"results.{page}", slug=slug), 303)


@results.get("/results/<slug:slug>", endpoint="results")
@access("guest")
def show_results(slug: str) -> ResponseReturnValue:
    """A study so far; read-only. Answers 304 where nothing is new."""
    database, settings = instance().database, instance().settings
    with database.read() as db:
        study = find_study(db, slug)
        live = live_results(db, study, include_simulated=simulated_wanted())
        is_blind = is_hidden(study)
        chart = chart_data(db, study, live, is_blind=is_blind)
        names = model_names(db, study)
    if live.course.n_responses:
        freshen(
            settings,
            instance().compute,
            slug,
            live.kept,
            include_simulated=live.includes_simulated,
        )
    if live.images and not is_blind:
        note_look(database, study, asking(), "scores.seen", "results")
    content_policy(img_src="'self' data:")
    page = render_template(
        "researcher/results.html",
        study=study,
        live=live,
        hidden=HIDDEN if is_blind else None,
        chart=chart,
        most_points=MOST_POINTS,
        models=[] if is_blind else shown_models(study, names),
        has_report=(settings.reports / slug / "report.html").is_file(),
        public_url=settings.public_url,
    )
    return unless_known(page)


def simulated_wanted() -> bool | None:
    """Whether simulated people are to count; None: only where there are no others."""
    return {"yes": True, "no": False}.get(request.args.get("simulated", ""))


def unless_known(page: str) -> ResponseReturnValue:
    """A page that the browser asks for again and again; 304 where it has it already."""
    answer = Response(page, headers={"Cache-Control": "private, no-cache"})
    answer.add_etag()
    return answer.make_conditional(request)


def thumbnail_pattern(slug: str) -> str:
    """The address of a thumbnail, with 64 zeros for the picture's SHA-256."""
    return url_for("results.thumbnail", slug=slug, sha256="0" * HEX_DIGITS)


def chart_data(
    session: Session, study: Study, live: LiveResults, *, is_blind: bool
) -> dict[str, Any]:
    """What the page's charts draw; nothing of memory while that is hidden."""
    shown = None if is_blind else live.images
    halves = None if is_blind else live.consistency
    return {
        "goal": live.goal,
        "coverage": live.images.histogram if live.images and live.images.n_seen else [],
        "course": [
            {"run": run.number, "position": reached.position, "n": reached.n_runs,
             "share": reached.share}
            for run in live.course.runs
            for reached in run.curve
        ],
        "thumbnail": thumbnail_pattern(study.slug),
        "images": points(session, shown) if shown else [],
        "points": halves.points if halves else [],
        "ahead": halves.ahead if halves else [],
        "n_participants": halves.n_participants if halves else 0,
        "needed": [
            {"rho": one.rho, "reliability": one.reliability} for one in halves.needed
        ]
        if halves
        else [],
    }  # fmt: skip


def points(session: Session, scores: ImageScores) -> list[dict[str, Any]]:
    """The images that have both rates, or as many of them, by chance, as can be told apart."""
    rates = zip(scores.columns["hit_rate"], scores.columns["false_alarm_rate"], strict=True)
    both = [place for place, pair in enumerate(rates) if None not in pair]
    if len(both) > MOST_POINTS:
        both = sorted(random.Random(1).sample(both, MOST_POINTS))
    return [
        {
            "image_id": image.image_id,
            "sha256": image.sha256,
            "hits": image.hits,
            "repeats": image.repeats,
            "false_alarms": image.false_alarms,
            "firsts": image.firsts,
            "hit_rate": image.hit_rate,
            "false_alarm_rate": image.false_alarm_rate,
        }
        for image in scored_images(session, scores, both)
    ]
