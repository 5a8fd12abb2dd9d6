"""Studies over the API: list, make, look, change, delete, check."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.api.study_schemas import (
    Definition,
    Preset,
    Presets,
    Previewed,
    Studies,
    StudyChange,
    StudyQuery,
    StudyRow,
    StudyState,
)
from experiment.current import instance
from experiment.design.presets import PRESETS
from experiment.models import Study
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.runs import find_study
from experiment.studies.editing import change_study, may_change_all
from experiment.studies.facts import StudyFacts, facts_of_study, studies_of
from experiment.studies.file import parse_values, read_toml
from experiment.studies.lifecycle import create_study, delete_unplayed
from experiment.studies.needs import counted_needs
from experiment.studies.preview import check_values
from experiment.studies.values import definition_of, study_file, values_of

SOURCE = "definition"  # what refusals call a study that came as JSON


def row_of(facts: StudyFacts) -> dict[str, Any]:
    """A study as the list tells it."""
    study = facts.study
    return {
        "study": study.slug,
        "title": study.title,
        "state": study.state,
        "role": facts.role,
        "image_set": study.image_set.name,
        "people": dict(facts.people),
        "people_needed": facts.needed,
        "created_at": study.created_at,
        "opened_at": study.opened_at,
        "closed_at": study.closed_at,
    }


def state_of(session: Session, study: Study, role: str) -> StudyState:
    """A study with everything that its file says."""
    return StudyState(
        **row_of(facts_of_study(session, study, role)),
        revision=study.revision,
        may_change="everything" if may_change_all(session, study) else "words",
        url=f"{instance().settings.public_url}/s/{study.slug}",
        definition=values_of(definition_of(study)),
    )


def tables_of(asked: Definition) -> dict[str, Any]:
    """The tables of a study that came as JSON or as TOML."""
    if "definition" in asked.model_fields_set:
        return asked.definition
    return read_toml(asked.toml, SOURCE)


def merged(values: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Tables after a JSON merge patch (RFC 7396)."""
    result = dict(values)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = value
    return result


@api.get("/studies")
@access("researcher")
@described("Your studies.", REFUSALS | {200: Studies}, query=StudyQuery)
def get_studies() -> ResponseReturnValue:
    """The studies of who asks, by slug."""
    query = parse_query(StudyQuery)
    with instance().database.read() as session:
        found = [
            facts
            for facts in sorted(studies_of(session, asking()), key=lambda one: one.study.slug)
            if facts.study.slug > query.after and query.state in (None, facts.study.state)
        ]
    shown = found[: query.limit]
    more = shown[-1].study.slug if len(found) > len(shown) else None
    told = Studies(studies=[StudyRow(**row_of(facts)) for facts in shown], next=more)
    return jsonify(told.model_dump(mode="json"))


@api.post("/studies")
@access("researcher", "write")
@described(
    "Make a study, as a draft.",
    REFUSALS | {201: StudyState, 409: Problem, 413: Problem},
    body=Definition,
)
def post_study() -> ResponseReturnValue:
    """Make a study."""
    definition = parse_values(tables_of(parse(Definition)), SOURCE)
    with instance().database.write() as session:
        study = create_study(session, instance().settings, definition, by=asking())
        told = state_of(session, study, "owner")
    return jsonify(told.model_dump(mode="json")), 201


@api.post("/studies/preview")
@access("researcher", "write")
@described(
    "What a study would do, or what is wrong with it; changes nothing.",
    REFUSALS | {200: Previewed, 413: Problem},
    body=Definition,
)
def post_preview() -> ResponseReturnValue:
    """What a study would do."""
    checked = check_values(instance().settings, tables_of(parse(Definition)), SOURCE)
    told = Previewed(problem=checked.problem, key=checked.key, preview=checked.preview)
    return jsonify(told.model_dump(mode="json"))


@api.get("/presets")
@access("researcher")
@described("The published games that a study may follow.", REFUSALS | {200: Presets})
def get_presets() -> ResponseReturnValue:
    """The published games."""
    presets = []
    for name, paradigm in PRESETS.items():
        needs = counted_needs(paradigm, 1)
        presets.append(
            Preset(
                preset=name,
                source=paradigm.source,
                minutes=paradigm.duration_ms / 60_000,
                n_trials=paradigm.n_trials,
                images_needed=needs.n_images,
                responses=needs.n_answers,
                paradigm=paradigm.to_dict(),
            )
        )
    return jsonify(Presets(presets=presets).model_dump(mode="json"))


@api.get("/studies/<slug:slug>")
@access("viewer")
@described("A study, with everything that its file says.", REFUSALS | {200: StudyState})
def get_study(slug: str) -> ResponseReturnValue:
    """One study."""
    with instance().database.read() as session:
        told = state_of(session, find_study(session, slug), g.role)
    return jsonify(told.model_dump(mode="json"))


@api.patch("/studies/<slug:slug>")
@access("editor", "write")
@described(
    "Change a study.",
    REFUSALS | {200: StudyState, 409: Problem, 413: Problem},
    body=StudyChange,
)
def patch_study(slug: str) -> ResponseReturnValue:
    """Change a study."""
    asked = parse(StudyChange)
    with instance().database.write() as session:
        study = find_study(session, slug)
        values = merged(values_of(definition_of(study)), asked.definition)
        definition = parse_values(values, SOURCE)
        change_study(session, instance().settings, study, definition, asked.revision, asking())
        told = state_of(session, find_study(session, slug), g.role)
    return jsonify(told.model_dump(mode="json"))


@api.delete("/studies/<slug:slug>")
@access("owner", "write")
@described("Delete a study that nobody has played in.", REFUSALS | {204: "", 409: Problem})
def delete_study(slug: str) -> ResponseReturnValue:
    """Delete a study."""
    with instance().database.write() as session:
        delete_unplayed(session, instance().settings, find_study(session, slug), asking())
    return "", 204


@api.get("/studies/<slug:slug>/file")
@access("viewer")
@described("The study file, as TOML.", REFUSALS | {200: "application/toml"})
def get_file(slug: str) -> ResponseReturnValue:
    """The study file."""
    with instance().database.read() as session:
        text = study_file(definition_of(find_study(session, slug)))
    return Response(text, mimetype="application/toml")
