"""Pages for researchers: a link that opens once, live results, a sequence, the report."""

import secrets
from dataclasses import asdict
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

from experiment.access import access, guard
from experiment.current import instance
from experiment.errors import ExperimentError, InvalidError, NotFoundError, NotSignedInError
from experiment.models import Image, ResultsLink, Study
from experiment.researcher.report import report_policy
from experiment.researcher.sequence import CHART_WIDTH, LABEL_WIDTH, drawn_sequence
from experiment.results.cache import Cache
from experiment.results.live import LiveResults, data_version, import_analysis, live_results
from experiment.runs import find_study
from experiment.security import content_policy
from experiment.studies.lifecycle import token_sha256, use_results_link
from stimuli.image_set import thumbnail_path

results = Blueprint("results", __name__)
guard(results)

FILE_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}

CACHE = Cache()
LONGEST_SEED = 64  # characters


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
    wanted = {"yes": True, "no": False}.get(request.args.get("simulated", ""))
    database = instance().database
    import_analysis()
    with database.read() as db:
        study = find_study(db, slug)
        version = data_version(db, study)

    def compute() -> LiveResults:
        with database.read() as db:
            return live_results(db, find_study(db, slug), include_simulated=wanted)

    found = CACHE.get((id(database), study.id, wanted), version, compute)
    content_policy(img_src="'self' data:")
    page = render_template(
        "researcher/results.html",
        study=study,
        live=found,
        chart=chart_data(study, found),
        has_report=report_path(slug).is_file(),
        public_url=instance().settings.public_url,
    )
    answer = Response(page, headers={"Cache-Control": "private, no-cache"})
    answer.add_etag()
    return answer.make_conditional(request)


def chart_data(study: Study, found: LiveResults) -> dict[str, Any]:
    """What the page's charts draw."""
    return {
        "goal": found.goal,
        "images": [
            asdict(image)
            | {"image": url_for("results.thumbnail", slug=study.slug, sha256=image.sha256)}
            for image in found.images
            if image.repeats or image.firsts
        ],
        "repeats": found.repeats,
    }


@results.get("/results/<slug:slug>/sequence")
@access("guest")
def sequence(slug: str) -> ResponseReturnValue:
    """What somebody new would be shown from a seed; without one, a seed is drawn."""
    seed = request.args.get("seed", "")
    if not seed:
        return redirect(url_for("results.sequence", slug=slug, seed=secrets.token_hex(16)), 303)
    if len(seed) > LONGEST_SEED:
        raise InvalidError(f"the seed is longer than {LONGEST_SEED} characters; shorten it")
    with instance().database.read() as db:
        study = find_study(db, slug)
        drawn = drawn_sequence(db, study, seed)
    return render_template(
        "researcher/sequence.html",
        study=study,
        drawn=drawn,
        width=CHART_WIDTH,
        label_width=LABEL_WIDTH,
    )


@results.get("/results/<slug:slug>/thumbnails/<sha256:sha256>.webp")
@access("guest")
def thumbnail(slug: str, sha256: str) -> ResponseReturnValue:
    """A small picture of one image of the study's set."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        there = db.scalar(
            select(Image.id).where(Image.image_set_id == study.image_set_id, Image.sha256 == sha256)
        )
        folder = instance().settings.image_sets / study.image_set.name
    path = thumbnail_path(folder, sha256)
    if there is None or not path.is_file():
        raise NotFoundError("there is no such picture")
    kept = {"Cache-Control": "private, max-age=86400"}
    return Response(path.read_bytes(), mimetype="image/webp", headers=kept)


def report_path(slug: str) -> Any:
    """Where the report of a study lies."""
    return instance().settings.reports / slug / "report.html"


@results.get("/results/<slug:slug>/report")
@access("guest")
def report(slug: str) -> ResponseReturnValue:
    """The report as it was last written."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        set_name = study.image_set.name
    path = report_path(study.slug)
    if not path.is_file():
        return render_template(
            "researcher/no_report.html", study=study, set_name=set_name, folder=path.parent
        ), 404
    content_policy(
        script_src=report_policy(path),
        style_src="'unsafe-inline'",
        img_src="data: blob:",
        connect_src="data:",
        form_action="'none'",
    )
    return Response(path.read_bytes(), mimetype="text/html; charset=utf-8")


@results.get("/results/<slug:slug>/<table:name>")
@access("guest")
def report_table(slug: str, name: str) -> ResponseReturnValue:
    """A table that the report wrote beside itself and links to."""
    return beside_report(slug, name)


@results.get("/results/<slug:slug>/figures/<paper_figure:name>")
@access("guest")
def report_figure(slug: str, name: str) -> ResponseReturnValue:
    """A chart that the report wrote for a paper and links to."""
    return beside_report(slug, f"figures/{name}")


def beside_report(slug: str, name: str) -> Response:
    """A file of the report's folder, to be saved."""
    path = report_path(slug).parent / name
    if not path.is_file():
        raise NotFoundError(f"the report has no {name}")
    return Response(
        path.read_bytes(),
        mimetype=FILE_TYPES[path.suffix],
        headers={"Content-Disposition": f"attachment; filename={path.name}"},
    )
