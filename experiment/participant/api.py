"""The JSON that the game speaks. Views parse, delegate and answer."""

from dataclasses import asdict
from typing import TypeVar

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError

from experiment import runs
from experiment.current import instance
from experiment.ending import finish_run
from experiment.errors import InvalidError, TooLargeError
from experiment.levels import after_level, give_feedback
from experiment.openapi import described
from experiment.participant import schemas
from experiment.participant.images import shown_image
from experiment.participant.pace import Pace

api = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_RESPONSES = 200
MOST_EVENTS = 500
NOT_KEPT = {"Cache-Control": "private, no-store"}
PACE = Pace(burst=600, per_second=50)

# How anything that a game posts may be refused.
REFUSALS: dict[int, type[BaseModel] | str] = dict.fromkeys(
    (404, 409, 413, 422, 429, 503), schemas.Problem
)

Model = TypeVar("Model", bound=BaseModel)


class MalformedError(InvalidError):
    """The body does not fit its schema."""

    code = "malformed"


def parse(model: type[Model]) -> Model:
    """The body of the request, checked.

    Raises
    ------
    MalformedError
        Naming the first field that is wrong, without repeating what was sent.
    """
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise MalformedError(
            f"{place}: {first['msg']} ({error.error_count()} in all); "
            "see /api/v1/openapi.json for what is expected"
        ) from None


@api.get("/runs/<token:token>")
@described(
    "A whole run: its state, timings and image addresses.",
    {200: schemas.RunConfig, 404: schemas.Problem, 503: schemas.Problem},
)
def get_run(token: str) -> ResponseReturnValue:
    """Everything the browser may know of a run."""
    with instance().database.read() as session:
        config = runs.run_config(session, token)
    for trial in config["trials"]:
        address = trial.pop("address")
        trial["image_url"] = url_for("api.get_image", token=token, address=address)
    return jsonify(config)


@api.get("/runs/<token:token>/images/<token:address>")
@described(
    "The image of one trial.",
    {200: "image/webp", 404: schemas.Problem, 503: schemas.Problem},
)
def get_image(token: str, address: str) -> ResponseReturnValue:
    """An image by its opaque address; the browser chooses no file, and the two showings of an image
    have no validator in common."""
    with instance().database.read() as session:
        path = shown_image(session, instance().settings, token, address)
    # Not send_file, whose headers hold the file's name and date.
    return Response(path.read_bytes(), mimetype="image/webp", headers=NOT_KEPT)


@api.post("/runs/<token:token>/start")
@described(
    "Begin a run, or go on with it after a reload.",
    REFUSALS | {200: schemas.Started},
    body=schemas.Start,
)
def post_start(token: str) -> ResponseReturnValue:
    """Say where the game begins or goes on."""
    PACE.count(token)
    start = parse(schemas.Start)
    with instance().database.write() as session:
        resumed = runs.resume_run(
            session,
            token,
            device=start.device.model_dump(),
            origin_epoch_ms=start.origin_epoch_ms,
            last_shown=start.last_shown,
            tab=start.tab,
        )
    return jsonify(asdict(resumed))


@api.post("/runs/<token:token>/responses")
@described(
    "Store responses and events; what is sent twice is stored once.",
    REFUSALS | {200: schemas.Receipt, 201: schemas.Receipt, 409: schemas.Conflict},
    body=schemas.Batch,
)
def post_responses(token: str) -> ResponseReturnValue:
    """Store a batch of responses and say which are still missing."""
    PACE.count(token)
    batch = parse(schemas.Batch)
    if len(batch.responses) > MOST_RESPONSES or len(batch.events) > MOST_EVENTS:
        raise TooLargeError(
            f"{len(batch.responses)} responses and {len(batch.events)} events in one batch; "
            f"send at most {MOST_RESPONSES} and {MOST_EVENTS}"
        )
    receipt = instance().recorder.record(
        token,
        [response.model_dump() for response in batch.responses],
        [event.model_dump() for event in batch.events],
        batch.tab,
    )
    return jsonify(receipt), receipt.status


@api.post("/runs/<token:token>/feedback")
@described(
    "Ask whether the first key of a trial was right, where the paradigm gives feedback. "
    "The key counts from then on.",
    REFUSALS | {200: schemas.Feedback},
    body=schemas.Question,
)
def post_feedback(token: str) -> ResponseReturnValue:
    """Say whether a key press was right."""
    PACE.count(token)
    question = parse(schemas.Question)
    with instance().database.write() as session:
        is_correct = give_feedback(session, token, **question.model_dump())
    return jsonify(is_correct=is_correct)


@api.post("/runs/<token:token>/rest")
@described(
    "A level is over: its score, and whether the game goes on.",
    REFUSALS | {200: schemas.AfterLevel},
    body=schemas.Rest,
)
def post_rest(token: str) -> ResponseReturnValue:
    """Judge a level that is over."""
    PACE.count(token)
    rest = parse(schemas.Rest)
    with instance().database.write() as session:
        return jsonify(after_level(session, token, rest.level))


@api.post("/runs/<token:token>/finish")
@described(
    "Finish a run, or hear which responses are missing.",
    REFUSALS | {200: schemas.Finished, 409: schemas.Unfinished},
    body=schemas.Finish,
)
def post_finish(token: str) -> ResponseReturnValue:
    """Finish the run if every response that exists is stored."""
    PACE.count(token)
    finish = parse(schemas.Finish)
    with instance().database.write() as session:
        run, missing = finish_run(session, token, finish.lost, stop=finish.stop)
        slug = run.study.slug
    if missing:
        return jsonify(
            error="responses_missing",
            message=f"{len(missing)} responses are missing; send them or name them as lost",
            missing=missing,
        ), 409
    return jsonify(state="finished", next_url=url_for("participant.thanks", slug=slug))
