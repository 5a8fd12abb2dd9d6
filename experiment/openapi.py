"""The OpenAPI 3.1 document, made from the models that check requests and the app's own routes."""

import re
from collections.abc import Callable, Iterator
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
    "export": "Id of an export.",
    "job": "Id of a job.",
    "key": "What an upload calls one of its files.",
    "name": "Name of an image set.",
    "upload": "Id of an upload.",
    "slug": "A study's slug.",
    "api_token": "Id of one of one's own tokens.",
    "researcher": "Number of a researcher.",
    "participant": "Random id of a participant.",
    "exclusion": "Number of an exclusion.",
}
MEANINGS = {
    200: "Done.",
    201: "Something new was stored.",
    202: "Begun; the job says how far it is.",
    204: "Done; there is nothing to say.",
    206: "The part that was asked for.",
    400: "The page's form token is missing, or the body is not what it says.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The token lacks the scope, or its researcher the role.",
    404: "There is no such thing, or not for you.",
    416: "The file has no such part.",
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
    body: type[BaseModel] | str | tuple[str, ...] | None = None,
    query: type[BaseModel] | None = None,
) -> Callable[[View], View]:
    """Keep with a view what the OpenAPI document says of it: its body, each status it answers (a
    model, the media type of something that is not JSON, or "" for nothing), its query's fields. A
    body may be of several media types."""

    def keep(view: View) -> View:
        view.described = {  # type: ignore[attr-defined] # read by document()
            "summary": summary,
            "answers": answers,
            "body": body,
            "query": query,
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
            "description": "What the memory game's page and the server say to each other, and what "
            "a researcher's program may ask for.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Of a researcher."}
            },
        },
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
    parameters = [*path_parameters(rule), *query_parameters(words["query"])]
    if parameters:
        described["parameters"] = parameters
    if rule_of_access := getattr(described_view(rule), "access", None):
        described["security"] = [{"token": []}]
        described["description"] = (
            f"Needs the scope `{rule_of_access.scope}`, and to be {rule_of_access.who}."
        )
    if words["body"] is not None:
        described["requestBody"] = {"required": True, "content": content(words["body"])}
    return described


def path_parameters(rule: Rule) -> Iterator[dict[str, Any]]:
    """The variable parts of an address, each with what it may be made of."""
    for name in sorted(rule.arguments, reverse=True):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name],
            "schema": {"type": "string", "pattern": f"^{rule._converters[name].regex}$"},
        }


def query_parameters(model: type[BaseModel] | None) -> Iterator[dict[str, Any]]:
    """The fields of a query, none of which holds another model."""
    if model is None:
        return
    schema = model.model_json_schema()
    for name, field in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": field.get("description", ""),
            "schema": field,
        }


def content(model: type[BaseModel] | str | tuple[str, ...]) -> dict[str, Any]:
    """A body: JSON of a model, or other media types."""
    if isinstance(model, tuple):
        return {media_type: {} for media_type in model}
    if model == "":
        return {}
    if isinstance(model, str):
        return {model: {}}
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}
