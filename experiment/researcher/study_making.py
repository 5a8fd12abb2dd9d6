"""Pages that make a study and change one."""

import re
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from experiment.access import access, asking
from experiment.current import instance
from experiment.design.presets import PRESETS
from experiment.errors import ExperimentError
from experiment.researcher.studies import studies
from experiment.researcher.study_form import (
    Draft,
    after,
    check,
    draft_of,
    form_page,
    posted,
    readable,
    settle,
)
from experiment.researcher.study_words import LANGUAGES
from experiment.runs import find_study
from experiment.studies.editing import change_study, may_change_all
from experiment.studies.file import StudyDefinition, parse_values
from experiment.studies.form import fields_of
from experiment.studies.lifecycle import create_study
from experiment.studies.needs import counted_needs, participants_needed
from experiment.studies.preview import check_values, image_set
from experiment.studies.template import template
from experiment.studies.values import definition_of
from stimuli.image_set import image_set_names

GOAL = 40  # responses per image that the cards of the games reckon with


@studies.get("/studies/new")
@access("researcher")
def new() -> ResponseReturnValue:
    """First the pictures, then the game; or a whole file."""
    names = image_set_names(instance().settings.image_sets)
    chosen = request.args.get("image_set", names[0] if len(names) == 1 else "")
    if request.args.get("view") == "text" and names:
        text = template(Path("my-study.toml"), chosen or names[0])
        draft = Draft(None, text, 0)
        return form_page(draft, check(draft), study=None, locked=False)
    return start_page({"image_set": chosen}, names)


def start_page(given: dict[str, str], names: list[str], told: str | None = None) -> str:
    """The sets of images; then the published games, with what each means for the chosen set."""
    chosen = given.get("image_set", "")
    n_images = len(image_set(instance().settings, chosen).images) if chosen in names else 0
    cards = []
    for name, paradigm in PRESETS.items():
        needs = counted_needs(paradigm, 1)
        cards.append(
            {
                "name": name,
                "source": paradigm.source,
                "minutes": paradigm.duration_ms / 60_000,
                "n_trials": paradigm.n_trials,
                "n_levels": paradigm.n_levels,
                "n_images": needs.n_images,
                "n_answers": needs.n_answers,
                "people": participants_needed(GOAL, n_images, needs),
                "lags": paradigm.lag_range("target"),
                "fits": needs.n_images <= n_images,
            }
        )
    return render_template(
        "researcher/studies/new.html",
        given=given,
        sets=[(name, set_size(name)) for name in names],
        chosen=chosen if n_images else "",
        n_images=n_images,
        cards=cards,
        goal=GOAL,
        languages=LANGUAGES,
        told=told,
    )


def set_size(name: str) -> int | None:
    """How many images a set has; None where it cannot be read."""
    try:
        return len(image_set(instance().settings, name).images)
    except ExperimentError:
        return None


def slug_from(title: str) -> str:
    """A slug that a title suggests."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-")


@studies.post("/studies/new")
@access("researcher", "write")
def make() -> ResponseReturnValue:
    """Make a study of what was chosen; where that cannot be, the whole form says what to change."""
    if request.form.get("do") == "start":
        given = {key: request.form.get(key, "").strip() for key in ("title", "slug", "image_set")}
        given["slug"] = given["slug"] or slug_from(given["title"])
        values: dict[str, Any] = {
            **given,
            "language": request.form.get("language", "en"),
            "paradigm": {"preset": request.form.get("preset", "")},
        }
        checked = check_values(instance().settings, values)
        if checked.definition is None:
            names = image_set_names(instance().settings.image_sets)
            return start_page(given, names, checked.problem), 422
        draft = Draft(fields_of(checked.definition), None, 0)
        if checked.problem is not None:
            return form_page(draft, checked, study=None, locked=False), 422
        return save_new(draft)
    return on_form(None)


@studies.get("/studies/<slug:slug>/edit")
@access("editor")
def edit(slug: str) -> ResponseReturnValue:
    """Everything of a study's file, as a form or as text."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        definition, locked = definition_of(study), not may_change_all(db, study)
    draft = draft_of(definition, study.revision, as_text=request.args.get("view") == "text")
    return form_page(draft, check(draft), study=study, locked=locked)


@studies.post("/studies/<slug:slug>/edit")
@access("editor", "write")
def change(slug: str) -> ResponseReturnValue:
    """Save what was typed, or show it again as the button says."""
    return on_form(slug)


@studies.post("/studies/preview")
@access("researcher", "read")
def preview() -> ResponseReturnValue:
    """What the study would do that is being typed, for the side of the form."""
    draft = posted(None, locked=False)
    checked = check(draft)
    return render_template(
        "researcher/studies/_preview.html", checked=checked, texts=readable(checked)
    )


def on_form(slug: str | None) -> ResponseReturnValue:
    """Do what a button of the form says; `slug` is None while the study is not there yet."""
    study, base, locked = None, None, False
    if slug is not None:
        with instance().database.read() as db:
            study = find_study(db, slug)
            base, locked = definition_of(study), not may_change_all(db, study)
    draft, told = posted(base, locked=locked), None
    if base is not None and draft.fields is not None:
        draft = Draft({**draft.fields, "slug": base.slug}, None, draft.revision)
    do = request.form.get("do", "save")
    if do == "save":
        try:
            return save_new(draft) if slug is None else save(slug, draft)
        except ExperimentError as error:
            told, status = str(error).removeprefix("study: "), error.status
            checked = check(draft)
            return form_page(draft, checked, told, study=study, locked=locked), status
    try:
        draft = after(draft, do)
    except ExperimentError as error:
        told = str(error).removeprefix("study: ")
    checked = check(draft)
    return form_page(settle(draft, checked), checked, told, study=study, locked=locked)


def save_new(draft: Draft) -> ResponseReturnValue:
    """Make a study of a draft."""
    definition = read(draft)
    with instance().database.write() as db:
        slug = create_study(db, instance().settings, definition, by=asking()).slug
    flash(f"Made {slug}, as a draft.")
    return redirect(url_for("studies.overview", slug=slug), 303)


def save(slug: str, draft: Draft) -> ResponseReturnValue:
    """Change a study into a draft."""
    definition = read(draft)
    with instance().database.write() as db:
        changed = change_study(
            db, instance().settings, find_study(db, slug), definition, draft.revision, asking()
        )
    keys = ", ".join(change.key for change in changed)
    flash(f"Saved: {keys}." if changed else "Nothing was different, so nothing was saved.")
    if any(change.key == "texts.consent" for change in changed):
        flash("The new consent text is for people who come from now on; others agreed to the old.")
    return redirect(url_for("studies.overview", slug=slug), 303)


def read(draft: Draft) -> StudyDefinition:
    """The definition of a draft, or StudyError."""
    return parse_values(draft.values(), "study")
