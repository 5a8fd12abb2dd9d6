"""The form of a study, and its file as text: two views of one definition."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request

from experiment.coverage import attribute_of
from experiment.current import instance
from experiment.design.presets import PRESETS
from experiment.errors import ExperimentError, StudyError
from experiment.markdown import render_markdown
from experiment.researcher import study_words as words
from experiment.studies.defaults import default_texts, with_minutes
from experiment.studies.editing import FREE
from experiment.studies.file import StudyDefinition, read_toml
from experiment.studies.form import fields_of, values_from
from experiment.studies.form_game import paradigm_fields
from experiment.studies.form_rows import ROWS, act, rows_of
from experiment.studies.preview import Checked, check_values, image_set
from experiment.studies.template import COMMENTS, DISPLAY_COMMENTS
from experiment.studies.values import study_file, to_toml
from stimuli.image_set import image_set_names

OURS = ("form_token", "do", "revision", "view")
MOST_VALUES = 40  # of a column that are listed as a help


@dataclass(frozen=True, slots=True)
class Draft:
    """A study as it is being typed: the fields of the form, or the text of its file."""

    fields: Mapping[str, str] | None
    text: str | None
    revision: int

    def values(self) -> dict[str, Any]:
        """The tables of the file.

        Raises
        ------
        StudyError
            If the text is no TOML.
        """
        if self.fields is not None:
            return values_from(self.fields)
        return read_toml(self.text or "", "study")


def draft_of(definition: StudyDefinition, revision: int, *, as_text: bool) -> Draft:
    """A study as it is."""
    if as_text:
        return Draft(None, study_file(definition), revision)
    return Draft(fields_of(definition), None, revision)


def posted(base: StudyDefinition | None, *, locked: bool) -> Draft:
    """What has been typed; of a study in use, what may not change is as it is."""
    given = {key: text for key, text in request.form.items() if key not in OURS}
    revision = request.form.get("revision", "0")
    number = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    if request.form.get("view") == "text":
        return Draft(None, request.form.get("text", "").replace("\r\n", "\n"), number)
    if locked and base is not None:
        given = {key: text for key, text in given.items() if is_free(key)}
        given |= {key: text for key, text in fields_of(base).items() if not is_free(key)}
    return Draft(given, None, number)


def is_free(name: str) -> bool:
    """Whether a study in use may change in this field."""
    return name.startswith((*FREE, "privacy."))


def after(draft: Draft, do: str) -> Draft:
    """The draft after a button that changes the form and saves nothing."""
    if do == "text" and draft.fields is not None:
        return Draft(None, to_toml(draft.values()), draft.revision)
    if do == "form" and draft.text is not None:
        checked = check_values(instance().settings, draft.values())
        if checked.definition is None:
            raise StudyError(str(checked.problem))
        return Draft(fields_of(checked.definition), None, draft.revision)
    if draft.fields is not None and ":" in do:
        return replace(draft, fields=act(draft.fields, do))
    return draft


def check(draft: Draft) -> Checked:
    """What a draft would do, or what is wrong with it."""
    try:
        return check_values(instance().settings, draft.values())
    except ExperimentError as error:
        return Checked(None, None, str(error).removeprefix("study: "), None)


def settle(draft: Draft, checked: Checked) -> Draft:
    """The fields of a draft that can be read, as they will be shown: another published game has
    brought its numbers."""
    is_new_game = draft.fields is not None and draft.fields.get("shown_preset") != draft.fields.get(
        "paradigm.preset"
    )
    if is_new_game and checked.definition is not None:
        return replace(draft, fields=fields_of(checked.definition))
    return draft


def form_page(draft: Draft, checked: Checked, told: str | None = None, **more: Any) -> str:
    """The page with the form or the text, and what the study would do."""
    fields = draft.fields or {}
    preset = fields.get("paradigm.preset", "")
    published = paradigm_fields(PRESETS[preset].to_dict()) if preset in PRESETS else {}
    return render_template(
        "researcher/studies/form.html",
        draft=draft,
        fields=fields,
        rows={name: rows_of(fields, name) for name in ROWS},
        published=published,
        differs={key for key, value in published.items() if fields.get(key, "") != value},
        checked=checked,
        told=told,
        ours=default_words(checked),
        texts=readable(checked),
        presets=PRESETS,
        image_sets=image_set_names(instance().settings.image_sets),
        columns=columns_of(fields.get("image_set", "")),
        words=words,
        hints=COMMENTS | DISPLAY_COMMENTS,
        **more,
    )


def default_words(checked: Checked) -> dict[str, str]:
    """hitrate's own texts for this game."""
    definition = checked.definition
    if definition is None:
        return {}
    recruited = definition.recruitment["kind"] != "none"
    return default_texts(definition.language, definition.paradigm, recruited=recruited)


def readable(checked: Checked) -> list[tuple[str, str]]:
    """The texts as people read them: heading and HTML."""
    definition = checked.definition
    if definition is None:
        return []
    return [
        (label, render_markdown(with_minutes(definition.texts[name], definition.paradigm)))
        for name, label, _ in words.TEXTS
        if name in definition.texts
    ]


def columns_of(name: str) -> dict[str, list[str]]:
    """The columns of an image set, each with some of its values."""
    try:
        images = image_set(instance().settings, name).images
    except ExperimentError:
        return {}
    columns = sorted({column for image in images for column in image.attributes})
    if any(image.category for image in images):
        columns.insert(0, "category")
    return {
        column: sorted({str(attribute_of(image, column)) for image in images} - {""})[:MOST_VALUES]
        for column in columns
    }
