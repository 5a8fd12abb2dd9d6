"""A study as the tables of its file: what `parse_values` reads back to the very same definition.

Only what a study says for itself is there; what is as published, or hitrate's own, is left out, so
that a text that nobody has touched goes on following the game.
"""

from collections.abc import Mapping
from typing import Any

import tomli_w

from experiment.design.display import Display
from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.models import Study
from experiment.questions.definition import OWN
from experiment.questions.question import Question
from experiment.recruitment.definition import NEEDS_ID
from experiment.studies.defaults import default_texts
from experiment.studies.file import IDENTITIES_DAYS, Goal, StudyDefinition
from experiment.studies.paradigm_table import KEYS


def definition_of(study: Study) -> StudyDefinition:
    """A study of the database as its file would be read."""
    kept = study.definition
    texts = dict(kept.get("texts", {}))
    pools = kept["images"]
    return StudyDefinition(
        title=study.title,
        slug=study.slug,
        image_set=study.image_set.name,
        language=kept["language"],
        notice=kept.get("notice"),
        runs_per_participant=kept["runs_per_participant"],
        related=tuple(kept.get("related", ())),
        preset=kept["preset"],
        paradigm=Paradigm.from_dict(study.paradigm),
        targets=None if pools["targets"] == "all" else pools["targets"],
        fillers=None if pools["fillers"] == "all" else pools["fillers"],
        cluster=pools.get("cluster"),
        goal=Goal(**kept["goal"]),
        recruitment=kept.get("recruitment") or NOBODY,
        # A study of an older version promised nothing, and nothing is erased unasked.
        identities_days=kept.get("privacy", {}).get("identities_days", 0),
        questions=tuple(kept.get("questions", ())),
        texts={
            "welcome": texts.pop("welcome"),
            "consent": kept.get("consent", study.consent_document.text),
            **texts,
        },
        source=study.slug,
    )


NOBODY: Mapping[str, Any] = {"kind": "none", "codes": {}, "must_have_id": False}


def values_of(definition: StudyDefinition) -> dict[str, Any]:
    """The tables of a study's file."""
    kind = definition.recruitment["kind"]
    ours = default_texts(definition.language, definition.paradigm, recruited=kind != "none")
    paradigm, display = paradigm_values(definition)
    days = definition.identities_days
    tables: dict[str, Any] = {
        "paradigm": paradigm,
        "display": display,
        "images": {
            "targets": definition.targets,
            "fillers": definition.fillers,
            "cluster": definition.cluster,
        },
        "goal": {
            "responses_per_image": definition.goal.responses_per_image,
            "participants": definition.goal.participants,
            "pay": definition.goal.pay,
            "fee_percent": definition.goal.fee_percent or None,
            "currency": definition.goal.currency,
        },
        "recruitment": recruitment_values(definition.recruitment),
        "privacy": {"identities_days": None if days == IDENTITIES_DAYS else days},
        "questions": [question_values(Question.from_dict(q)) for q in definition.questions],
        "texts": {name: text for name, text in definition.texts.items() if text != ours.get(name)},
    }
    return {
        "title": definition.title,
        "slug": definition.slug,
        "image_set": definition.image_set,
        "language": definition.language,
        **({} if definition.notice is None else {"notice": definition.notice}),
        "runs_per_participant": definition.runs_per_participant,
        **({"related": list(definition.related)} if definition.related else {}),
        **{name: given(table) for name, table in tables.items() if given(table)},
    }


def study_file(definition: StudyDefinition) -> str:
    """The study file of a study, as TOML."""
    return to_toml(values_of(definition))


def to_toml(values: Mapping[str, Any]) -> str:
    """Tables as TOML, texts of several lines as they are read."""
    return tomli_w.dumps(values, multiline_strings=True)


def given(table: Any) -> Any:
    """A table without the keys that have no value."""
    if not isinstance(table, Mapping):
        return table
    return {key: value for key, value in table.items() if value is not None}


def paradigm_values(definition: StudyDefinition) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables [paradigm] and [display]: where they differ from the published game; all of a
    game of one's own."""
    ours = definition.paradigm.to_dict()
    if definition.preset is None:
        base: Mapping[str, Any] = {"display": Display().to_dict(), "source": ""}
        first: dict[str, Any] = {} if not ours["source"] else {"source": ours["source"]}
    else:
        base, first = PRESETS[definition.preset].to_dict(), {"preset": definition.preset}
    changed = {key: ours[key] for key in KEYS if key not in base or ours[key] != base[key]}
    if "return_after_hours" in changed:
        changed["return_after_hours"] = [
            hours for hours in changed["return_after_hours"] if hours is not None
        ]
    shown = {key: value for key, value in ours["display"].items() if value != base["display"][key]}
    return first | changed, shown


def recruitment_values(recruitment: Mapping[str, Any]) -> dict[str, Any]:
    """The table [recruitment]; nothing where people only have the study's address."""
    kind = recruitment["kind"]
    changed = {key: value for key, value in recruitment.items() if value not in (None, {})}
    if changed["must_have_id"] == (kind in NEEDS_ID):
        del changed["must_have_id"]
    return {} if changed == {"kind": "none"} else changed


def question_values(question: Question) -> dict[str, Any]:
    """One of the tables [[questions]]."""
    values: dict[str, Any] = {
        "use": question.use,
        "id": None if question.id == question.use else question.id,
        "when": question.when,
        "page": None if question.page == 1 else question.page,
        "required": other_than(
            question.required, question.kind != "text" or question.use is not None
        ),
    }
    if question.use is None:
        own = {
            "kind": question.kind,
            "label": question.label,
            "hint": question.hint or None,
            "may_decline": question.may_decline or None,
            "options": [
                value if value == label else {"value": value, "label": label}
                for value, label in question.options
            ],
            "least": whole_if_it_is(question.least),
            "most": whole_if_it_is(question.most),
            "least_label": question.least_label or None,
            "most_label": question.most_label or None,
            "whole": other_than(question.whole, True),
            "longest": other_than(question.longest, 500),
        }
        common = ("kind", "label", "hint", "may_decline")
        values |= {key: own[key] for key in own if key in (*common, *OWN[question.kind])}
    screens = question.screen_out
    values["screen_out"] = screens and screens.get("values", screens)
    return {key: value for key, value in values.items() if value is not None}


def other_than(value: Any, default: Any) -> Any:
    """A value; None where it is the default."""
    return None if value == default else value


def whole_if_it_is(value: float | None) -> float | None:
    """A number, without a fraction of nothing."""
    return int(value) if value is not None and value == int(value) else value
