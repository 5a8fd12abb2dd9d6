"""The blueprint that the modules beside this one add their views to, and what they share."""

from typing import Any, TypeVar

from flask import Blueprint, request
from pydantic import BaseModel, ValidationError

from experiment.access import guard
from experiment.errors import InvalidError
from experiment.participant.schemas import Problem

api = Blueprint("researcher_api", __name__, url_prefix="/api/v1")
guard(api)

Model = TypeVar("Model", bound=BaseModel)

# How any request may be refused; a view adds what it may besides: REFUSALS | {409: Problem}.
REFUSALS: dict[int, type[BaseModel] | str] = dict.fromkeys(
    (400, 401, 403, 404, 422, 429, 503), Problem
)


def parse_query(model: type[Model]) -> Model:
    """The query of the address, checked; a name that stands twice is a list.

    Raises
    ------
    InvalidError
        Naming the first parameter that is wrong.
    """
    given: dict[str, Any] = {
        name: values if len(values) > 1 else values[0]
        for name, values in request.args.to_dict(flat=False).items()
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "query"
        raise InvalidError(f"{place}: {first['msg']}; see /api/v1/openapi.json") from None
