"""The page of a study's exports: ask for one, watch it, download it, delete it; the method and
what to cite, in words."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from experiment.access import access, asking, guard
from experiment.current import instance
from experiment.errors import ExperimentError
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
from experiment.researcher.downloads import send_export
from experiment.runs import find_study

exports = Blueprint("exports", __name__)
guard(exports)

# Value, name, and whom it is for, as the form says it.
FLAVOURS = (
    (
        "native",
        "hitrate's own tables",
        "Everything, with a codebook. For hitrate's reports, R, Python or a spreadsheet.",
    ),
    (
        "psych-ds",
        "Psych-DS",
        "The same tables with the names and descriptions of the Psych-DS standard. For a "
        "repository, and for others to understand.",
    ),
    (
        "bids",
        "BIDS",
        "A table of events for each participant and run, in seconds. For tools that read the Brain "
        "Imaging Data Structure.",
    ),
    (
        "jspsych",
        "jsPsych",
        "One row for each trial under jsPsych's own names. For scripts that read jsPsych's data.",
    ),
)
NAMES = {value: name for value, name, _ in FLAVOURS}
EXTRAS = {
    "with_images": "with original images",
    "include_simulated": "with simulated participants",
    "include_preview": "with previews",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An export as the page tells it."""

    found: KeptExport
    what: str
    when: str
    size: str
    people: str
    rows: str


@exports.get("/studies/<slug:slug>/export")
@access("viewer", "export")
def index(slug: str) -> ResponseReturnValue:
    """What can be taken out, and what has been."""
    with instance().database.write() as session:
        lifecycle.mark_lost(session)
    with instance().database.read() as session:
        study = find_study(session, slug)
        facts = facts_of(session, study, Options())
        found = exports_of(session, instance().settings, study)
        return render_template(
            "researcher/export.html",
            study=study,
            flavours=FLAVOURS,
            facts=facts,
            method=method_paragraphs(study, facts, Options()),
            citation=references(study, facts),
            at_work=[one for one in found if one.is_at_work],
            made=[line_of(one) for one in found if one.is_there],
            failed=[line_of(one) for one in found if not one.is_there and not one.is_at_work],
        )


@exports.post("/studies/<slug:slug>/export")
@access("editor", "export")
def begin(slug: str) -> ResponseReturnValue:
    """Begin an export."""
    form = request.form
    options = Options(
        flavour=form.get("flavour", ""),
        include_simulated="include_simulated" in form,
        include_preview="include_preview" in form,
        with_images="with_images" in form,
        table_format="parquet" if form.get("table_format") == "parquet" else "csv",
    )
    settings = instance().settings
    try:
        with instance().database.write() as session:
            lifecycle.mark_lost(session)
            job = begin_export(session, asking(), find_study(session, slug), options).public_id
    except ExperimentError as error:
        flash(f"Nothing was exported: {error}.", "error")
    else:
        lifecycle.launch(settings, job)
        flash("The export has begun. You may leave this page; it goes on.")
    return redirect(url_for("exports.index", slug=slug), 303)


@exports.post("/studies/<slug:slug>/export/<token:export>/stop")
@access("editor", "export")
def stop(slug: str, export: str) -> ResponseReturnValue:
    """Stop an export that is being made."""
    try:
        with instance().database.write() as session:
            study = find_study(session, slug)
            found = find_export(session, instance().settings, study, export)
            lifecycle.stop_job(session, found.export, asking())
    except ExperimentError as error:
        flash(f"Nothing was stopped: {error}.", "error")
    else:
        flash("The export was stopped.")
    return redirect(url_for("exports.index", slug=slug), 303)


@exports.get("/studies/<slug:slug>/export/<token:export>/file")
@access("viewer", "export")
def download(slug: str, export: str) -> ResponseReturnValue:
    """The file of an export."""
    return send_export(slug, export)


@exports.post("/studies/<slug:slug>/export/<token:export>/delete")
@access("editor", "export")
def delete(slug: str, export: str) -> ResponseReturnValue:
    """Delete an export with its file."""
    try:
        with instance().database.write() as session:
            study = find_study(session, slug)
            delete_export(session, instance().settings, asking(), study, export)
    except ExperimentError as error:
        flash(f"Nothing was deleted: {error}.", "error")
    else:
        flash("The export was deleted.")
    return redirect(url_for("exports.index", slug=slug), 303)


def line_of(found: KeptExport) -> Line:
    """An export in words."""
    chosen = [text for name, text in EXTRAS.items() if getattr(found.options, name)]
    if found.options.table_format == "parquet":
        chosen.insert(0, "Parquet")
    counts = found.counts
    return Line(
        found=found,
        what=", ".join([NAMES[found.options.flavour], *chosen]),
        when=f"{found.as_of:%Y-%m-%d %H:%M} UTC",
        size=size_in_words(counts.get("n_bytes", 0)),
        people=f"{counts.get('n_participants', 0):,}",
        rows=f"{counts.get('n_rows', 0):,}",
    )


def size_in_words(n_bytes: int) -> str:
    """A file's size as people say it."""
    if n_bytes < 1000:
        return f"{n_bytes} bytes"
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    return f"{n_bytes / 1000:.0f} kB"
