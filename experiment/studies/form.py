"""A study as the fields of a form: every field a text under a dotted name, there and back again.

`values_from` makes the tables of a study file of them, which go the way of every study file. What
cannot be read as the number that it should be stays a text, and is refused there in the same words.
Fields in rows are numbered: `questions.0.label`.
"""

from collections.abc import Mapping
from typing import Any

from experiment.models.people import OUTCOMES
from experiment.questions.definition import COMMON, OF_USES, OWN
from experiment.questions.question import USES, Question
from experiment.recruitment.definition import NEEDS_ID, OWN_KEYS
from experiment.studies.defaults import default_texts
from experiment.studies.file import StudyDefinition
from experiment.studies.form_game import paradigm_fields, paradigm_values
from experiment.studies.form_rows import (
    YES,
    Fields,
    filled,
    line_of,
    lines,
    number,
    only,
    option_of,
    rows_in,
    rows_of,
    shown,
    ticked,
    whole,
)

TEXTS = ("welcome", "consent", "instructions", "test_instructions", "debrief", "thanks")


def fields_of(definition: StudyDefinition) -> Fields:
    """The fields that show this study."""
    fields: Fields = {
        "title": definition.title,
        "slug": definition.slug,
        "image_set": definition.image_set,
        "language": definition.language,
        "notice": definition.notice or "",
        "runs_per_participant": str(definition.runs_per_participant),
        "related": "\n".join(definition.related),
        "paradigm.preset": definition.preset or "",
        "shown_preset": definition.preset or "",
        "images.cluster": definition.cluster or "",
        "privacy.identities_days": str(definition.identities_days),
    }
    fields |= paradigm_fields(definition.paradigm.to_dict())
    for key, pool in (("targets", definition.targets), ("fillers", definition.fillers)):
        rows = [
            {"column": column, "values": "\n".join(line_of(value) for value in allowed)}
            for column, allowed in (pool or {}).items()
        ]
        fields |= rows_in(f"images.{key}", rows)
    goal = definition.goal
    for key, value in (
        ("responses_per_image", goal.responses_per_image),
        ("participants", goal.participants),
        ("pay", goal.pay),
        ("fee_percent", goal.fee_percent or None),
        ("currency", goal.currency),
    ):
        fields[f"goal.{key}"] = shown(value)
    fields |= recruitment_fields(definition.recruitment)
    questions = [question_fields(Question.from_dict(q)) for q in definition.questions]
    fields |= rows_in("questions", questions)
    recruited = definition.recruitment["kind"] != "none"
    ours = default_texts(definition.language, definition.paradigm, recruited=recruited)
    for name, text in definition.texts.items():
        fields[f"texts.{name}"] = "" if text == ours.get(name) else text
    return fields


def recruitment_fields(recruitment: Mapping[str, Any]) -> Fields:
    """The fields of where people come from and go to."""
    kind, needed = recruitment["kind"], recruitment["must_have_id"]
    usual = needed == (kind in NEEDS_ID)
    fields = {
        "recruitment.kind": kind,
        "recruitment.must_have_id": "" if usual else YES if needed else "no",
    }
    for key in ("host", "experiment_id", "credit_token", "id_parameter"):
        fields[f"recruitment.{key}"] = shown(recruitment.get(key))
    for table in ("codes", "redirects"):
        for outcome in OUTCOMES:
            fields[f"recruitment.{table}.{outcome}"] = recruitment.get(table, {}).get(outcome, "")
    credited = recruitment.get("credited", ["completed"])
    return fields | ticked({f"recruitment.credited.{o}": o in credited for o in OUTCOMES})


def question_fields(question: Question) -> Fields:
    """The fields of one question."""
    screens = question.screen_out or {}
    return {
        "type": f"use:{question.use}" if question.use else question.kind,
        "id": question.id,
        "when": question.when,
        "page": str(question.page),
        "label": question.label,
        "hint": question.hint,
        "options": "\n".join(line_of(*option) for option in question.options),
        "least": shown(question.least),
        "most": shown(question.most),
        "longest": str(question.longest),
        "least_label": question.least_label,
        "most_label": question.most_label,
        "screen_out": "\n".join(map(line_of, screens.get("values", ()))),
        "below": shown(screens.get("below")),
        "above": shown(screens.get("above")),
    } | ticked(
        {
            "required": question.required,
            "may_decline": question.may_decline,
            "whole": question.whole,
        }
    )


def values_from(fields: Mapping[str, str]) -> dict[str, Any]:
    """The tables of a study file that these fields mean; an empty field is an absent key."""
    one = {key: text.replace("\r\n", "\n").replace("\r", "\n") for key, text in fields.items()}
    values: dict[str, Any] = {key: one[key] for key in ("slug", "image_set") if key in one}
    values |= {key: one[key] for key in ("title", "language", "notice") if one.get(key)}
    values["runs_per_participant"] = whole(one.get("runs_per_participant", ""))
    values["related"] = lines(one.get("related", ""))
    values["paradigm"], values["display"] = paradigm_values(one)
    values["images"] = {key: pool_from(one, key) for key in ("targets", "fillers")}
    values["images"]["cluster"] = one.get("images.cluster")
    values["goal"] = {
        "responses_per_image": whole(one.get("goal.responses_per_image", "")),
        "participants": whole(one.get("goal.participants", "")),
        "pay": number(one.get("goal.pay", "")),
        "fee_percent": number(one.get("goal.fee_percent", "")),
        "currency": one.get("goal.currency"),
    }
    values["recruitment"] = recruitment_from(one)
    values["privacy"] = {"identities_days": whole(one.get("privacy.identities_days", ""))}
    values["questions"] = [question_from(row) for row in rows_of(one, "questions")]
    texts = {name: one.get(f"texts.{name}", "") for name in TEXTS}
    values["texts"] = {name: text for name, text in texts.items() if text.strip()}
    tables = {key: filled(table) for key, table in values.items() if isinstance(table, dict)}
    return filled(values | tables)


def pool_from(one: Mapping[str, str], key: str) -> Any:
    """A pool of images; all of them where no column is named."""
    rows = rows_of(one, f"images.{key}")
    pool = {r["column"]: [only(line) for line in lines(r["values"])] for r in rows if r["column"]}
    return pool or None


def recruitment_from(one: Mapping[str, str]) -> dict[str, Any]:
    """The table [recruitment]: what belongs to its kind."""
    kind = one.get("recruitment.kind") or "none"
    own = OWN_KEYS.get(kind, ())
    must = one.get("recruitment.must_have_id", "")
    tables = {
        table: filled({o: one.get(f"recruitment.{table}.{o}") for o in OUTCOMES})
        for table in ("codes", "redirects")
    }
    values: dict[str, Any] = {"kind": kind, "codes": tables["codes"] or None}
    values["must_have_id"] = None if must == "" else must == YES
    values |= {key: one.get(f"recruitment.{key}") for key in own if key != "credited"}
    if "credited" in own:
        values["credited"] = [o for o in OUTCOMES if f"recruitment.credited.{o}" in one]
    if "redirects" in own:
        values["redirects"] = tables["redirects"]
    return filled(values)


def question_from(row: Mapping[str, str]) -> dict[str, Any]:
    """One of the tables [[questions]]: what belongs to its kind."""
    kind = row.get("type", "")
    use = kind.removeprefix("use:") if kind.startswith("use:") else None
    values: dict[str, Any] = {
        **{key: row.get(key) for key in ("id", "when", "label", "hint")},
        **{key: row.get(key) for key in ("least_label", "most_label")},
        **{key: number(row.get(key, "")) for key in ("page", "least", "most", "longest")},
        **{key: key in row for key in ("required", "may_decline", "whole")},
        "use": use,
        "kind": kind,
        "options": [option_of(line) for line in lines(row.get("options", ""))],
    }
    if (use and USES.get(use) == "number") or kind in ("number", "scale"):
        values["screen_out"] = filled({key: number(row.get(key, "")) for key in ("below", "above")})
    else:
        values["screen_out"] = [only(line) for line in lines(row.get("screen_out", ""))]
    values["screen_out"] = values["screen_out"] or None
    known = OF_USES if use else (*COMMON, *OWN.get(kind, ()))
    return filled({key: value for key, value in values.items() if key in known})
