"""Models over the API: what they predict, beside the people; score, import, delete; the report.

While a study is blinded, whatever holds scores of people or models is left out (`blinded` says so)
or, where nothing would be left, refused with 403 `blinded`.
"""

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from experiment.access import access, asking
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.api.jobs import JobState, job_state
from experiment.api.model_schemas import (
    Blinding,
    DeletedPredictions,
    ImportedState,
    ImportQuery,
    ModelList,
    ModelQuery,
    ModelsQuery,
    ModelState,
    PredictionList,
    PredictionRow,
    PredictionsQuery,
    ReportRequest,
    ScorableModel,
    ScoreRequest,
)
from experiment.current import instance
from experiment.errors import ConflictError, InvalidError
from experiment.jobs.lifecycle import launch
from experiment.models import Image, Prediction, Study
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.predictions.available import scorable_models
from experiment.predictions.beside import kept_beside
from experiment.predictions.importing import LARGEST_FILE, import_predictions, kept_aside
from experiment.predictions.points import Points, points_of
from experiment.predictions.reporting import start_report
from experiment.predictions.scoring import start_scoring
from experiment.predictions.storing import (
    StoredModel,
    delete_model,
    stored_models,
)
from experiment.results.blinding import is_hidden, note_look, refuse_hidden, set_blinded
from experiment.runs import find_study

PARQUET = b"PAR1"  # begins such a file


def model_state(study: Study, stored: StoredModel) -> ModelState:
    """A model as the API tells it."""
    kept = None if is_hidden(study) else kept_beside(instance(), study, stored.name)
    beside = None if kept is None else kept.beside
    return ModelState(
        name=stored.name,
        n_images=stored.n_images,
        n_errors=stored.n_errors,
        n_missing=stored.n_missing,
        fingerprint=stored.fingerprint,
        stored_at=stored.stored_at,
        scores=None if beside is None else beside.scores,
        computed_at=None if kept is None else kept.computed_at,
        is_current=kept is not None and kept.is_current,
        includes_simulated=None if beside is None else beside.includes_simulated,
    )


@api.get("/studies/<slug:slug>/models")
@access("viewer")
@described(
    "The models that a study has predictions of, beside its people; and those that can score here. "
    "While the study is blinded, without what the people say of them.",
    REFUSALS | {200: ModelList},
    query=ModelsQuery,
)
def get_models(slug: str) -> ResponseReturnValue:
    """All models of a study."""
    query = parse_query(ModelsQuery)
    database = instance().database
    with database.read() as session:
        study = find_study(session, slug)
        stored = [one for one in stored_models(session, study) if one.name > (query.after or "")]
    chosen = stored[: query.limit]
    if chosen and not is_hidden(study):
        note_look(database, study, asking(), "models.seen", "models")
    found = ModelList(
        blinded=is_hidden(study),
        models=[model_state(study, one) for one in chosen],
        next=chosen[-1].name if len(stored) > len(chosen) else None,
        scorable=[
            ScorableModel.model_validate(one, from_attributes=True) for one in scorable_models()
        ],
    )
    return jsonify(found.model_dump(mode="json"))


@api.get("/studies/<slug:slug>/models/points")
@access("guest")
@described(
    "Prediction and rates of each image, column by column, of one model.",
    REFUSALS | {200: Points, 409: Problem},
    query=ModelQuery,
)
def get_points(slug: str) -> ResponseReturnValue:
    """What the charts of a model show."""
    query = parse_query(ModelQuery)
    with instance().database.read() as session:
        study = find_study(session, slug)
        refuse_hidden(study)
        found = points_of(session, study, query.model)
    if found is None:
        raise ConflictError("the rates are being computed, or nobody played; ask again soon")
    note_look(instance().database, study, asking(), "models.seen", "models")
    return jsonify(found.model_dump(mode="json"))


@api.get("/studies/<slug:slug>/predictions")
@access("viewer")
@described(
    "The predictions of a model, by image_id.",
    REFUSALS | {200: PredictionList},
    query=PredictionsQuery,
)
def get_predictions(slug: str) -> ResponseReturnValue:
    """What a model says of the images."""
    query = parse_query(PredictionsQuery)
    with instance().database.read() as session:
        study = find_study(session, slug)
        refuse_hidden(study)
        rows = session.execute(
            select(
                Image.image_id,
                Image.sha256,
                Prediction.value.label("prediction"),
                Prediction.fingerprint,
                Prediction.error,
            )
            .join(Image, Image.sha256 == Prediction.sha256)
            .where(
                Prediction.study_id == study.id,
                Prediction.model == query.model,
                Image.image_set_id == study.image_set_id,
            )
        )
        # Sorted here, as each database has its own idea of the order of texts.
        found = sorted(
            (row for row in rows if row.image_id > (query.after or "")),
            key=lambda row: row.image_id,
        )
    chosen = found[: query.limit]
    note_look(instance().database, study, asking(), "models.seen", "predictions")
    page = PredictionList(
        model=query.model,
        predictions=[PredictionRow.model_validate(row, from_attributes=True) for row in chosen],
        next=chosen[-1].image_id if len(found) > len(chosen) else None,
    )
    return jsonify(page.model_dump(mode="json"))


@api.post("/studies/<slug:slug>/predictions")
@access("editor", "write")
@described(
    "Import predictions from a file: what `hitrate score` writes, or a table with a column that "
    "names the image and a column of numbers for each model. CSV, Parquet, or a form with `file`.",
    REFUSALS | {201: ImportedState, 409: Problem, 413: Problem},
    body=("text/csv", "application/vnd.apache.parquet", "multipart/form-data"),
    query=ImportQuery,
)
def post_predictions(slug: str) -> ResponseReturnValue:
    """Import predictions."""
    query = parse_query(ImportQuery)
    request.max_content_length = LARGEST_FILE
    content, name = sent_file()
    with kept_aside(content, name) as path, instance().database.write() as session:
        found = import_predictions(
            session,
            find_study(session, slug),
            path,
            asking(),
            model=query.model,
            replace=query.replace,
        )
    state = ImportedState.model_validate(found, from_attributes=True)
    return jsonify(state.model_dump(mode="json")), 201


def sent_file() -> tuple[bytes, str]:
    """The file of the request, and its name."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise InvalidError("the form has no part 'file'")
        return file.read(), file.filename or "predictions.csv"
    content = request.get_data()
    suffix = "parquet" if content.startswith(PARQUET) else "csv"
    return content, f"predictions.{suffix}"


@api.delete("/studies/<slug:slug>/predictions")
@access("editor", "write")
@described(
    "Delete all predictions of a model.", REFUSALS | {200: DeletedPredictions}, query=ModelQuery
)
def delete_predictions(slug: str) -> ResponseReturnValue:
    """Delete a model's predictions."""
    query = parse_query(ModelQuery)
    with instance().database.write() as session:
        n = delete_model(session, find_study(session, slug), query.model, asking())
    return jsonify(deleted=n)


@api.post("/studies/<slug:slug>/score")
@access("editor", "write")
@described(
    "Score the images of a study with a model.",
    REFUSALS | {202: JobState, 409: Problem, 413: Problem},
    body=ScoreRequest,
)
def post_score(slug: str) -> ResponseReturnValue:
    """Begin to score."""
    wanted = parse(ScoreRequest)
    with instance().database.write() as session:
        study = find_study(session, slug)
        state = job_state(session, start_scoring(session, study, wanted.model, asking()))
    launch(instance().settings, state.job)
    return jsonify(state.model_dump(mode="json")), 202


@api.post("/studies/<slug:slug>/report")
@access("editor", "write")
@described(
    "Write the report of a study with the predictions that it has.",
    REFUSALS | {202: JobState, 409: Problem, 413: Problem},
    body=ReportRequest,
)
def post_report(slug: str) -> ResponseReturnValue:
    """Begin to write the report."""
    wanted = parse(ReportRequest)
    with instance().database.write() as session:
        study = find_study(session, slug)
        job = start_report(session, study, asking(), include_simulated=wanted.include_simulated)
        state = job_state(session, job)
    launch(instance().settings, state.job)
    return jsonify(state.model_dump(mode="json")), 202


@api.put("/studies/<slug:slug>/blinding")
@access("owner", "write")
@described(
    "Hide scores, models and the report until the study closes, or show them from now on.",
    REFUSALS | {200: Blinding, 409: Problem, 413: Problem},
    body=Blinding,
)
def put_blinding(slug: str) -> ResponseReturnValue:
    """Blind or unblind a study."""
    wanted = parse(Blinding)
    with instance().database.write() as session:
        study = find_study(session, slug)
        set_blinded(session, study, is_blinded=wanted.blinded, by=asking())
    return jsonify(wanted.model_dump(mode="json"))
