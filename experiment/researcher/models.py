"""The page of a study's models: beside the people, scored, imported, deleted; and its blinding."""

from collections.abc import Mapping

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from experiment.access import access, asking, guard
from experiment.current import instance
from experiment.errors import ConflictError, ExperimentError, InvalidError
from experiment.jobs.lifecycle import RUNS, jobs_of, launch, mark_lost, stop_job
from experiment.models import Job, Study
from experiment.predictions.available import scorable_models
from experiment.predictions.importing import LARGEST_FILE, import_predictions, kept_aside
from experiment.predictions.reporting import start_report
from experiment.predictions.scoring import start_scoring
from experiment.predictions.storing import delete_model, stored_models
from experiment.researcher.model_panels import shown_models
from experiment.results.blinding import HIDDEN, is_hidden, note_look, set_blinded
from experiment.results.live import count_people
from experiment.runs import find_study
from experiment.security import content_policy

KINDS = ("score", "report")  # of the jobs that this page starts

models = Blueprint("models", __name__)


@models.before_request
def take_files() -> None:
    """A form with a file may be large, if somebody sends it who has signed in.

    It stands before the guard, which looks for the form's token among the form's parts.
    """
    if request.endpoint == "models.import_file" and current_user.is_authenticated:
        request.max_content_length = LARGEST_FILE


guard(models)


@models.get("/studies/<slug:slug>/models")
@access("guest")
def index(slug: str) -> ResponseReturnValue:
    """Every model of a study."""
    return page(slug)


def page(slug: str, error: str | None = None) -> ResponseReturnValue:
    """The page, with what was wrong with a file that was sent."""
    from analysis.comparison.verdict import called

    database = instance().database
    with database.read() as session:
        study = find_study(session, slug)
        stored = stored_models(session, study)
        jobs = {kind: latest(session, study, kind) for kind in KINDS}
        n_real, n_simulated = count_people(session, study)
    if any(job is not None and job.state in RUNS for job in jobs.values()):
        with database.write() as session:
            mark_lost(session)
            jobs = {kind: latest(session, study, kind) for kind in KINDS}
    hidden = HIDDEN if is_hidden(study) else None
    if stored and not hidden:
        note_look(database, study, asking(), "models.seen", "models")
    content_policy(img_src="'self' data:")
    answer = render_template(
        "researcher/models.html",
        study=study,
        models=stored,
        titles={model.name: called(model.name) for model in stored},
        panels=[] if hidden else shown_models(study, [model.name for model in stored]),
        scorable=scorable_models(),
        jobs=jobs,
        hidden=hidden,
        n_real=n_real,
        n_simulated=n_simulated,
        has_report=(instance().settings.reports / slug / "report.html").is_file(),
        error=error,
    )
    return answer, 200 if error is None else 422


def latest(session: Session, study: Study, kind: str) -> Job | None:
    """The last job of a kind."""
    return next(iter(jobs_of(session, study, kind)), None)


@models.post("/studies/<slug:slug>/models/score")
@access("editor", "write")
def score(slug: str) -> ResponseReturnValue:
    """Score the images with a model of ours."""
    with instance().database.write() as session:
        study = find_study(session, slug)
        job = start_scoring(session, study, request.form.get("model", ""), asking()).public_id
    launch(instance().settings, job)
    return back(slug)


@models.post("/studies/<slug:slug>/models/report")
@access("editor", "write")
def write_report(slug: str) -> ResponseReturnValue:
    """Write the report anew."""
    with instance().database.write() as session:
        study = find_study(session, slug)
        chosen = "simulated" in request.form or None
        job = start_report(session, study, asking(), include_simulated=chosen).public_id
    launch(instance().settings, job)
    return back(slug)


@models.post("/studies/<slug:slug>/models/stop")
@access("editor", "write")
def stop(slug: str) -> ResponseReturnValue:
    """Stop a job of this page."""
    with instance().database.write() as session:
        study = find_study(session, slug)
        for kind in KINDS:
            job = latest(session, study, kind)
            if job is not None and job.public_id == request.form.get("job"):
                stop_job(session, job.public_id, asking())
    return back(slug)


@models.post("/studies/<slug:slug>/models/import")
@access("editor", "write")
def import_file(slug: str) -> ResponseReturnValue:
    """Keep the predictions of a file that was sent."""
    try:
        for sentence in take_file(slug, request.form):
            flash(sentence)
    except (InvalidError, ConflictError) as error:
        return page(slug, str(error))
    return back(slug)


def take_file(slug: str, form: Mapping[str, str]) -> list[str]:
    """Import the file of the form; what came of it.

    Raises
    ------
    InvalidError, ConflictError
        If there is none, or it cannot be used.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidError("choose a file first: CSV or Parquet")
    with kept_aside(file.read(), file.filename) as path, instance().database.write() as session:
        found = import_predictions(
            session,
            find_study(session, slug),
            path,
            asking(),
            model=form.get("model", "").strip() or None,
            replace="replace" in form,
        )
    return found.sentences()


@models.post("/studies/<slug:slug>/models/delete")
@access("editor", "write")
def delete(slug: str) -> ResponseReturnValue:
    """Delete the predictions of a model."""
    model = request.form.get("model", "")
    with instance().database.write() as session:
        n = delete_model(session, find_study(session, slug), model, asking())
    flash(f"Deleted {n:,} predictions of {model}.")
    return back(slug)


@models.post("/studies/<slug:slug>/blinding")
@access("owner", "write")
def blinding(slug: str) -> ResponseReturnValue:
    """Hide scores until the study closes, or show them."""
    is_blinded = request.form.get("blinded") == "yes"
    with instance().database.write() as session:
        set_blinded(session, find_study(session, slug), is_blinded=is_blinded, by=asking())
    flash("Scores are hidden until the study closes." if is_blinded else "Scores are shown.")
    return back(slug)


@models.errorhandler(ConflictError)
def tell_conflict(error: ExperimentError) -> ResponseReturnValue:
    """What did not fit, on the page where it was tried."""
    flash(str(error), "error")
    return back(str((request.view_args or {}).get("slug")))


def back(slug: str) -> Response:
    """To the page again."""
    return Response(status=303, headers={"Location": url_for("models.index", slug=slug)})
