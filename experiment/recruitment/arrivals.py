"""What a link carries, kept from the welcome page to its button; nothing is stored before."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from experiment.errors import LinkError
from experiment.models import Study

ID_PARAMETERS = {
    "prolific": "PROLIFIC_PID",
    "mturk": "workerId",
    "sona": "survey_code",
    "lab": "participant_label",
}
MTURK_PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
OURS = ("mode", "simulate")
MOST_PARAMETERS = 50
LONGEST_NAME = 100
LONGEST_VALUE = 1000
LONGEST_LINK = 4000  # characters of all names and values
UNFILLED = re.compile(r"\{\{|\$\{|^%[A-Z_]+%$")
LONGEST_ID = 200

Parameters = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody's link: who sent them, what they are called there, and all that it carried."""

    recruiter: str
    external_id: str | None
    parameters: Parameters

    @property
    def is_mturk_preview(self) -> bool:
        """Whether a worker only looks, before accepting the HIT."""
        return self.recruiter == "mturk" and self.parameters.get("assignmentId") == MTURK_PREVIEW


def recruitment_of(study: Study) -> dict[str, Any]:
    """The study's table `[recruitment]`; that of a study without one says that there is none."""
    nobody = {"kind": "none", "codes": {}, "must_have_id": False}
    found: dict[str, Any] = study.definition.get("recruitment") or {}
    return nobody | found


def read_arrival(secret_key: str, study: Study, query: Mapping[str, list[str]]) -> Arrival:
    """The arrival that a link to a study's welcome page stands for.

    Parameters
    ----------
    query
        The values of each parameter, in their order.

    Raises
    ------
    LinkError
        If the link is too long, its id cannot be one, or its label is not signed by us.
    """
    parameters: Parameters = {
        name: values[0] if len(values) == 1 else list(values)
        for name, values in query.items()
        if name not in OURS
    }
    check_size(parameters)
    recruitment = recruitment_of(study)
    kind = recruitment["kind"]
    name = recruitment.get("id_parameter") if kind == "redirect" else ID_PARAMETERS.get(kind)
    external_id = parameters.get(name) if name else None
    if external_id == "":
        external_id = None
    if external_id is not None and not is_id(external_id):
        raise LinkError(f"the link's {name} cannot be an id; open the link as it was given to you")
    if kind == "lab" and external_id is not None:
        signed = label_hash(secret_key, study.slug, str(external_id))
        if not hmac.compare_digest(signed.encode(), str(parameters.get("hash", "")).encode()):
            raise LinkError("the link's hash does not fit its participant_label")
    return Arrival(kind, None if external_id is None else str(external_id), parameters)


def check_size(parameters: Parameters) -> None:
    """Refuse what no recruiter sends.

    Raises
    ------
    LinkError
        If there is too much of it, or it has a NUL character.
    """
    total = 0
    for name, value in parameters.items():
        values = [value] if isinstance(value, str) else value
        total += len(name) + sum(map(len, values))
        if len(name) > LONGEST_NAME or any(len(item) > LONGEST_VALUE for item in values):
            raise LinkError("a parameter of the link is too long")
        if "\0" in name or any("\0" in item for item in values):
            raise LinkError("a parameter of the link has a NUL character")
    if len(parameters) > MOST_PARAMETERS or total > LONGEST_LINK:
        raise LinkError("the link carries too much")


def is_id(value: str | list[str]) -> bool:
    """Whether a recruiter may call somebody so: one short text that can be printed, and is no
    placeholder that the recruiter should have filled in (`{{%PROLIFIC_PID%}}`)."""
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_ID
        and value.isprintable()
        and not UNFILLED.search(value)
    )


def seal(secret_key: str, study: Study, arrival: Arrival) -> str:
    """An arrival as the welcome page's hidden field: nobody else can write one."""
    content = [study.slug, arrival.recruiter, arrival.external_id, arrival.parameters]
    return str(URLSafeSerializer(secret_key, salt="arrival").dumps(content))


def unseal(secret_key: str, study: Study, sealed: str) -> Arrival:
    """The arrival of a hidden field.

    Raises
    ------
    LinkError
        If it is not sealed by us, or for another study.
    """
    try:
        slug, recruiter, external_id, parameters = URLSafeSerializer(
            secret_key, salt="arrival"
        ).loads(sealed)
    except (BadSignature, ValueError, TypeError):
        raise LinkError("the form was changed on its way; open the link again") from None
    if slug != study.slug or recruiter != recruitment_of(study)["kind"]:
        raise LinkError("the form is another study's; open the link again")
    return Arrival(recruiter, external_id, parameters)


def label_hash(secret_key: str, slug: str, label: str) -> str:
    """The `hash` with which `participant_label` is taken as ours."""
    message = f"{slug}\n{label}".encode()
    return hmac.new(f"label:{secret_key}".encode(), message, hashlib.sha256).hexdigest()[:32]
