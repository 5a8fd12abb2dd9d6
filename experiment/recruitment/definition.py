"""The table `[recruitment]` of a study file."""

import re
from typing import Any

from experiment.errors import StudyError
from experiment.models import OUTCOMES
from experiment.studies.table import nearest

KINDS = ("none", "prolific", "mturk", "sona", "redirect", "lab")
NEEDS_ID = ("prolific", "mturk", "sona")
OWN_KEYS: dict[str, tuple[str, ...]] = {
    "sona": ("host", "experiment_id", "credit_token", "credited"),
    "redirect": ("id_parameter", "redirects"),
}
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
SONA_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+sona-systems\.com")
SONA_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}")
# The scheme and host are the researcher's alone; only what follows them may be filled in.
TEMPLATE = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][^\s\\\"'<>\x00-\x1f]*)?")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def parse_recruitment(table: object, source: str) -> dict[str, Any]:
    """Where people come from and how they are sent back, as the study's definition keeps it.

    Returns
    -------
    `kind`, `codes` (by outcome) and `must_have_id`, and what the kind has besides.

    Raises
    ------
    StudyError
        If a key is unknown, missing or impossible.
    """
    if not isinstance(table, dict):
        raise StudyError(f"{source}: recruitment is {table!r}; write a table [recruitment]")
    kind = table.get("kind", "none")
    if kind not in KINDS:
        raise wrong(source, "kind", f"is {kind!r}; {nearest(str(kind), KINDS)}")
    known = ("kind", "codes", "must_have_id", *OWN_KEYS.get(kind, ()))
    for key in table:
        if key not in known:
            raise wrong(source, key, f"is unknown for {kind}; {nearest(key, known)}")
    must_have_id = table.get("must_have_id", kind in NEEDS_ID)
    if not isinstance(must_have_id, bool):
        raise wrong(source, "must_have_id", f"is {must_have_id!r}; write true or false")
    parsed = {"kind": kind, "codes": codes_of(table, source), "must_have_id": must_have_id}
    if kind == "sona":
        return parsed | sona_of(table, source)
    if kind == "redirect":
        return parsed | redirect_of(table, source, must_have_id=must_have_id)
    if kind == "none" and must_have_id:
        raise wrong(source, "must_have_id", "is true, but no recruiter gives an id; name the kind")
    if kind == "prolific" and "completed" not in parsed["codes"]:
        raise wrong(source, "codes.completed", "is missing; copy it from the study at Prolific")
    return parsed


def codes_of(table: dict[str, Any], source: str) -> dict[str, str]:
    """Completion codes by outcome, no two alike: whoever has one knows how it ended."""
    codes = table.get("codes", {})
    if not isinstance(codes, dict):
        raise wrong(source, "codes", f"is {codes!r}; write a table [recruitment.codes]")
    for outcome, code in codes.items():
        where = f"codes.{outcome}"
        if outcome not in OUTCOMES:
            raise wrong(source, where, f"is unknown; {nearest(outcome, OUTCOMES)}")
        if not isinstance(code, str) or not CODE.fullmatch(code):
            raise wrong(source, where, f"is {code!r}; use letters, digits, hyphens, at most 64")
        if list(codes.values()).count(code) > 1:
            raise wrong(source, where, f"is {code!r} for another outcome, too; give each its own")
    return dict(codes)


def sona_of(table: dict[str, Any], source: str) -> dict[str, Any]:
    """What SONA's credit address is made of, and the outcomes that are credited."""
    host = table.get("host")
    if not isinstance(host, str) or not SONA_HOST.fullmatch(host):
        raise wrong(source, "host", f"is {host!r}; write it as in your-school.sona-systems.com")
    values: dict[str, Any] = {"host": host}
    for key in ("experiment_id", "credit_token"):
        value = table.get(key)
        value = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(value, str) or not SONA_VALUE.fullmatch(value):
            raise wrong(source, key, f"is {value!r}; copy it from the study's page at SONA")
        values[key] = value
    credited = table.get("credited", ["completed"])
    if not isinstance(credited, list) or not set(map(str, credited)) <= set(OUTCOMES):
        raise wrong(source, "credited", f"is {credited!r}; list some of {', '.join(OUTCOMES)}")
    return values | {"credited": [outcome for outcome in OUTCOMES if outcome in credited]}


def redirect_of(table: dict[str, Any], source: str, *, must_have_id: bool) -> dict[str, Any]:
    """The parameter that is a person's id, and where each outcome leads."""
    id_parameter = table.get("id_parameter")
    if id_parameter is None and must_have_id:
        raise wrong(source, "id_parameter", "is missing; name the parameter that is a person's id")
    if id_parameter is not None and not (
        isinstance(id_parameter, str) and NAME.fullmatch(id_parameter)
    ):
        raise wrong(source, "id_parameter", f"is {id_parameter!r}; write a parameter's name")
    redirects = table.get("redirects", {})
    if not isinstance(redirects, dict) or not redirects:
        raise wrong(source, "redirects", "is missing; write a table [recruitment.redirects]")
    for outcome, template in redirects.items():
        where = f"redirects.{outcome}"
        if outcome not in OUTCOMES:
            raise wrong(source, where, f"is unknown; {nearest(outcome, OUTCOMES)}")
        if not isinstance(template, str) or not TEMPLATE.fullmatch(template):
            advice = "write https://, a host, and {parameter} after the first slash only"
            raise wrong(source, where, f"is {template!r}; {advice}")
        for name in PLACEHOLDER.findall(template):
            if not NAME.fullmatch(name):
                raise wrong(source, where, f"has {{{name}}}; write a parameter's name in it")
    return {"id_parameter": id_parameter, "redirects": dict(redirects)}


def wrong(source: str, key: str, problem: str) -> StudyError:
    """The sentence that names file, key, what is wrong and what to do."""
    return StudyError(f"{source}: recruitment.{key} {problem}")
