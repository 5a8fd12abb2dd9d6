"""Exports over the API: make, look, download, delete."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from experiment.access import access, asking
from experiment.api.blueprint import REFUSALS, api
from experiment.current import instance
from experiment.export.citation import references
from experiment.export.facts import facts_of
from experiment.export.kept import (
    KeptExport,
    begin_export,
    delete_export,
    exports_of,
    find_export,
)
from experiment.export.methods import method_paragraphs
from experiment.export.options import Options
from experiment.jobs import lifecycle
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.researcher.downloads import send_export
from experiment.runs import find_study

Flavour = Literal["native", "psych-ds", "bids", "jspsych"]


class ExportRequest(BaseModel):
    """What to export, and how."""

    model_config = ConfigDict(extra="forbid")
    flavour: Flavour = "native"
    include_simulated: bool = Field(default=False, description="Simulated participants too.")
    include_preview: bool = Field(default=False, description="Researchers' previews too.")
    with_images: bool = Field(default=False, description="The original images too.")
    table_format: Literal["csv", "parquet"] = Field(
        default="csv", description="Of the tables; Parquet in the native flavour only."
    )


class ExportState(BaseModel):
    """An export, and what became of it. While it is made, `/jobs/JOB` says how far it is."""

    export: str = Field(description="Its id, and that of the job that makes it.")
    study: str
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    message: str
    options: ExportRequest
    as_of: datetime = Field(description="The moment whose data it holds.")
    ended_at: datetime | None
    is_there: bool = Field(description="Whether it can be downloaded.")
    sha256: str | None = Field(description="Of the file.")
    counts: dict[str, int] = Field(description="Bytes of the file, rows of tables, and so on.")
    n_withdrawn_since: int = Field(
        description="Participants who withdrew since: it may still hold their data; delete it."
    )


class ExportList(BaseModel):
    """The exports of a study, the latest first."""

    exports: list[ExportState]


class StudyWords(BaseModel):
    """The method of a study in words by heading, and what to cite."""

    method: dict[str, str]
    citation: dict[str, str]


def export_state(found: KeptExport) -> ExportState:
    """An export as the API tells it."""
    return ExportState(
        export=found.export,
        study=found.slug,
        state=found.job.state,  # type: ignore[arg-type] # the database knows no other
        message=found.job.message,
        options=ExportRequest.model_validate(asdict(found.options)),
        as_of=found.as_of,
        ended_at=found.job.ended_at,
        is_there=found.is_there,
        sha256=found.sha256,
        counts=found.counts,
        n_withdrawn_since=found.n_withdrawn_since,
    )


@api.get("/studies/<slug:slug>/exports")
@access("viewer", "export")
@described("The exports of a study, the latest first.", REFUSALS | {200: ExportList})
def get_exports(slug: str) -> ResponseReturnValue:
    """All exports."""
    with instance().database.write() as session:
        lifecycle.mark_lost(session)
        found = exports_of(session, instance().settings, find_study(session, slug))
        states = ExportList(exports=[export_state(one) for one in found])
    return jsonify(states.model_dump(mode="json"))


@api.post("/studies/<slug:slug>/exports")
@access("editor", "export")
@described(
    "Make an export of everything that a study collected.",
    REFUSALS | {202: ExportState, 409: Problem},
    body=ExportRequest,
)
def post_export(slug: str) -> ResponseReturnValue:
    """Begin an export."""
    options = Options(**parse(ExportRequest).model_dump())
    settings = instance().settings
    with instance().database.write() as session:
        lifecycle.mark_lost(session)
        study = find_study(session, slug)
        job = begin_export(session, asking(), study, options).public_id
        state = export_state(find_export(session, settings, study, job))
    lifecycle.launch(settings, job)
    return jsonify(state.model_dump(mode="json")), 202


@api.get("/studies/<slug:slug>/exports/<token:export>")
@access("viewer", "export")
@described("An export, and what became of it.", REFUSALS | {200: ExportState})
def get_export(slug: str, export: str) -> ResponseReturnValue:
    """One export."""
    with instance().database.read() as session:
        study = find_study(session, slug)
        state = export_state(find_export(session, instance().settings, study, export))
    return jsonify(state.model_dump(mode="json"))


@api.get("/studies/<slug:slug>/exports/<token:export>/file")
@access("viewer", "export")
@described(
    "Download an export, or a `Range` of its bytes: a download that broke off goes on.",
    REFUSALS | {200: "application/zip", 206: "application/zip", 416: Problem},
)
def get_export_file(slug: str, export: str) -> ResponseReturnValue:
    """The file of an export."""
    return send_export(slug, export)


@api.delete("/studies/<slug:slug>/exports/<token:export>")
@access("editor", "export")
@described("Delete an export with its file.", REFUSALS | {204: "", 409: Problem})
def delete_export_of(slug: str, export: str) -> ResponseReturnValue:
    """Delete an export."""
    with instance().database.write() as session:
        study = find_study(session, slug)
        delete_export(session, instance().settings, asking(), study, export)
    return "", 204


@api.get("/studies/<slug:slug>/method")
@access("viewer")
@described("The method of a study in words, and what to cite.", REFUSALS | {200: StudyWords})
def get_method(slug: str) -> ResponseReturnValue:
    """What an export's README says of the study."""
    with instance().database.read() as session:
        study = find_study(session, slug)
        facts = facts_of(session, study, Options())
        words = StudyWords(
            method=method_paragraphs(study, facts, Options()), citation=references(study, facts)
        )
    return jsonify(words.model_dump(mode="json"))
