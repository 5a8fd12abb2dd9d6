"""The overview of a study: its state, what to do next, what to copy, and the acts on it."""

from collections.abc import Callable

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import Actor, access, asking
from experiment.current import instance
from experiment.errors import ExperimentError, InvalidError
from experiment.jobs import lifecycle as jobs
from experiment.links import label_csv, study_link
from experiment.models import Study
from experiment.researcher.studies import studies
from experiment.researcher.study_form import readable
from experiment.runs import find_study
from experiment.studies.editing import copy_study, may_change_all
from experiment.studies.facts import facts_of_study
from experiment.studies.file import unwritten
from experiment.studies.handout import handout
from experiment.studies.lifecycle import Page, close_study, delete_unplayed, pause_study
from experiment.studies.opening import KIND, begin_opening, texts_of
from experiment.studies.preview import check_definition
from experiment.studies.sharing import make_labels, share_results
from experiment.studies.steps import steps_of
from experiment.studies.values import definition_of, study_file

PAGES: tuple[Page, ...] = ("results", "report", "sequence")


@studies.get("/studies/<slug:slug>")
@access("viewer")
def overview(slug: str) -> ResponseReturnValue:
    """How a study stands, and what to do next."""
    return overview_page(slug)


def overview_page(slug: str, shared: str | None = None) -> str:
    """The overview; with a link that has just been made."""
    settings = instance().settings
    with instance().database.read() as db:
        study = find_study(db, slug)
        facts = facts_of_study(db, study, g.role)
        made = jobs.jobs_of(db, study, KIND)
        definition = definition_of(study)
        steps = steps_of(db, study, facts)
        next_step = next((step for step in steps if not step.is_done), None)
        return render_template(
            "researcher/studies/overview.html",
            study=study,
            facts=facts,
            steps=steps,
            next_step=next_step,
            checked=check_definition(settings, definition),
            items=handout(study, settings),
            kind=definition.recruitment["kind"],
            waiting=unwritten(texts_of(study)),
            preview_link=study_link(db, settings, slug, "preview", request.url_root),
            may_change_all=may_change_all(db, study),
            job=made[0] if made and made[0].state != "done" else None,
            shared=shared,
        )


@studies.get("/studies/<slug:slug>/pages")
@access("viewer")
def pages(slug: str) -> ResponseReturnValue:
    """Every text and question of a study, as people read them."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        definition = definition_of(study)
        preview_link = study_link(db, instance().settings, slug, "preview", request.url_root)
    checked = check_definition(instance().settings, definition)
    return render_template(
        "researcher/studies/pages.html",
        study=study,
        texts=readable(checked),
        questions=definition.questions,
        preview_link=preview_link,
    )


@studies.get("/studies/<slug:slug>/file.toml")
@access("viewer")
def file(slug: str) -> ResponseReturnValue:
    """The study's file, to be saved."""
    with instance().database.read() as db:
        text = study_file(definition_of(find_study(db, slug)))
    named = {"Content-Disposition": f"attachment; filename={slug}.toml"}
    return Response(text, mimetype="application/toml", headers=named)


@studies.post("/studies/<slug:slug>/open")
@access("editor", "write")
def open_(slug: str) -> ResponseReturnValue:
    """Take participants; a job makes the pictures first where there are many."""
    settings = instance().settings
    anyway = request.form.get("anyway") == "yes"
    try:
        with instance().database.write() as db:
            job = begin_opening(db, settings, find_study(db, slug), asking(), anyway=anyway)
    except ExperimentError as error:
        flash(str(error), "error")
        return back_to(slug)
    if job is None:
        flash(f"{slug} is open: it takes people from now on.")
    else:
        jobs.launch(settings, job.public_id)
        flash(f"{slug} opens by itself when its pictures are made.")
    return back_to(slug)


@studies.post("/studies/<slug:slug>/pause")
@access("editor", "write")
def pause(slug: str) -> ResponseReturnValue:
    """Take no new participants for a while."""
    return act(slug, pause_study, "is paused: nobody new gets in, and runs in progress go on")


@studies.post("/studies/<slug:slug>/close")
@access("editor", "write")
def close(slug: str) -> ResponseReturnValue:
    """Take no more participants."""
    return act(slug, close_study, "is closed: nobody new gets in, and runs in progress go on")


@studies.post("/studies/<slug:slug>/copy")
@access("editor", "write")
def copy(slug: str) -> ResponseReturnValue:
    """Make a draft like this one."""
    asked = {key: request.form.get(key, "").strip() for key in ("slug", "title")}
    try:
        with instance().database.write() as db:
            study = find_study(db, slug)
            title = asked["title"] or study.title
            made = copy_study(db, instance().settings, study, asked["slug"], title, asking()).slug
    except ExperimentError as error:
        flash(str(error), "error")
        return back_to(slug)
    flash(f"Made {made}, as a draft like {slug}. If it has completion codes, put in its own.")
    return back_to(made)


@studies.post("/studies/<slug:slug>/delete")
@access("owner", "write")
def delete(slug: str) -> ResponseReturnValue:
    """Delete a study that nobody has played in."""
    if request.form.get("really") != "yes":
        flash("Tick the box if the study is to be deleted.", "error")
        return back_to(slug)
    try:
        with instance().database.write() as db:
            delete_unplayed(db, instance().settings, find_study(db, slug), asking())
    except ExperimentError as error:
        flash(str(error), "error")
        return back_to(slug)
    flash(f"{slug} is deleted.")
    return redirect(url_for("studies.index"), 303)


@studies.post("/studies/<slug:slug>/share")
@access("editor", "write")
def share(slug: str) -> ResponseReturnValue:
    """A link to results for somebody without an account, shown this once."""
    page = request.form.get("page", "results")
    if page not in PAGES:
        raise InvalidError(f"page: {page!r} is none; choose one of {', '.join(PAGES)}")
    with instance().database.write() as db:
        url = share_results(db, instance().settings, slug, page, asking())
    return overview_page(slug, url)


@studies.post("/studies/<slug:slug>/labels")
@access("editor", "people")
def labels(slug: str) -> ResponseReturnValue:
    """A table with a link for each label."""
    given = request.form.get("labels", "").splitlines()
    try:
        with instance().database.write() as db:
            made = make_labels(db, instance().settings, slug, given, asking())
    except ExperimentError as error:
        flash(str(error), "error")
        return back_to(slug)
    named = {"Content-Disposition": f"attachment; filename={slug}-links.csv"}
    return Response(label_csv(made), mimetype="text/csv", headers=named)


def act(slug: str, verb: Callable[[Session, Study, Actor], None], said: str) -> ResponseReturnValue:
    """Change a study's state, and say what follows."""
    try:
        with instance().database.write() as db:
            verb(db, find_study(db, slug), asking())
    except ExperimentError as error:
        flash(str(error), "error")
    else:
        flash(f"{slug} {said}.")
    return back_to(slug)


def back_to(slug: str) -> ResponseReturnValue:
    """The overview again."""
    return redirect(url_for("studies.overview", slug=slug), 303)
