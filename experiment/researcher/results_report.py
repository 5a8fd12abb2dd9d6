"""What a study shows besides its numbers: the sequence of a run, and the report."""

import secrets
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from experiment.access import access, asking
from experiment.current import instance
from experiment.errors import InvalidError, NotFoundError
from experiment.researcher.report import report_policy
from experiment.researcher.results import results
from experiment.researcher.sequence import CHART_WIDTH, LABEL_WIDTH, drawn_sequence
from experiment.results.blinding import note_look, refuse_hidden
from experiment.runs import find_study
from experiment.security import content_policy

FILE_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
LONGEST_SEED = 64  # characters


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
    refuse_hidden(study)
    path = report_path(study.slug)
    if not path.is_file():
        return render_template(
            "researcher/no_report.html", study=study, set_name=set_name, folder=path.parent
        ), 404
    note_look(instance().database, study, asking(), "scores.seen", "report")
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
    with instance().database.read() as db:
        refuse_hidden(find_study(db, slug))
    path = report_path(slug).parent / name
    if not path.is_file():
        raise NotFoundError(f"the report has no {name}")
    return Response(
        path.read_bytes(),
        mimetype=FILE_TYPES[path.suffix],
        headers={"Content-Disposition": f"attachment; filename={path.name}"},
    )
