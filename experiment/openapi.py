"""The OpenAPI 3.1 document, made from the models that check requests and the app's own routes."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

import hitrate

View = TypeVar("View", bound=Callable[..., Any])

openapi = Blueprint("openapi", __name__, url_prefix="/api/v1")

PARAMETERS = {
    "token": "Secret of one run, from the page of the game.",
    "address": "Opaque address of one trial's image.",
}
MEANINGS = {
    200: "Done.",
    201: "Something new was stored.",
    404: "There is no such run or image.",
    405: "The address has no such method.",
    409: "The request does not fit what is stored.",
    413: "More than is taken at once.",
    422: "The body does not fit its schema or the run.",
    429: "This run sends too fast; wait and send again.",
    503: "The database does not answer, or is not migrated; try again after a while.",
}
REFERENCE = "#/components/schemas/{model}"


def described(
    summary: str,
    answers: dict[int, type[BaseModel] | str],
    body: type[BaseModel] | None = None,
) -> Callable[[View], View]:
    """Keep with a view what the OpenAPI document says of it: its body, and each status it answers
    (a model, or the media type of something that is not JSON)."""

    def keep(view: View) -> View:
        view.described = {  # type: ignore[attr-defined] # read by document()
            "summary": summary,
            "answers": answers,
            "body": body,
        }
        return view

    return keep


@openapi.get("/openapi.json")
@described("This document.", {200: "application/json"})
def get_document() -> ResponseReturnValue:
    """This document."""
    return jsonify(document())


def document() -> dict[str, Any]:
    """The whole document."""
    views = [(rule, described_view(rule)) for rule in current_app.url_map.iter_rules()]
    described = [(rule, view.described) for rule, view in views if hasattr(view, "described")]
    models = {model for _, words in described for model in models_of(words)}
    inputs: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "validation") for model in sorted(models, key=lambda model: model.__name__)
    ]
    _, schemas = models_json_schema(inputs, ref_template=REFERENCE)
    paths: dict[str, Any] = {}
    for rule, words in sorted(described, key=lambda pair: pair[0].rule):
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})).lower()
        paths.setdefault(template_of(rule), {})[method] = operation(rule, words)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hitrate",
            "version": hitrate.__version__,
            "description": "What the memory game's page and the server say to each other.",
        },
        "paths": paths,
        "components": {"schemas": schemas["$defs"]},
    }


def described_view(rule: Rule) -> Any:
    """The function behind a route."""
    return current_app.view_functions[rule.endpoint]


def models_of(words: dict[str, Any]) -> list[type[BaseModel]]:
    """Every model that an operation names."""
    named = [words["body"], *words["answers"].values()]
    return [model for model in named if isinstance(model, type)]


def template_of(rule: Rule) -> str:
    """The route as OpenAPI writes it."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)


def operation(rule: Rule, words: dict[str, Any]) -> dict[str, Any]:
    """One method of one route."""
    described: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": words["summary"],
        "responses": {
            str(status): {"description": MEANINGS[status], "content": content(model)}
            for status, model in words["answers"].items()
        },
    }
    if rule.arguments:
        described["parameters"] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": PARAMETERS[name],
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            }
            for name in sorted(rule.arguments, reverse=True)
        ]
    if words["body"] is not None:
        described["requestBody"] = {"required": True, "content": content(words["body"])}
    return described


def content(model: type[BaseModel] | str) -> dict[str, Any]:
    """A body: JSON of a model, or another media type."""
    if isinstance(model, str):
        return {model: {}}
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}
