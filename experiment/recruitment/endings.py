"""Where people go afterwards: the code of their outcome, and the way back to who sent them."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from experiment.models import Identity, Participant, Study
from experiment.recruitment.arrivals import MTURK_PREVIEW, recruitment_of
from experiment.recruitment.definition import PLACEHOLDER

PROLIFIC = "https://app.prolific.com/submissions/complete"
MTURK_HOSTS = ("https://www.mturk.com", "https://workersandbox.mturk.com")
MTURK_FRAMES = "https://*.mturk.com"  # workers see a HIT in a frame of worker or workersandbox
PLAYED = ("completed", "attention", "stopped")


@dataclass(frozen=True, slots=True)
class WayBack:
    """What the last page offers; everything may be absent."""

    code: str | None = None
    url: str | None = None  # a link to follow
    form_host: str | None = None  # where the form may be sent
    form_action: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    is_mturk: bool = False


def way_back(
    session: Session, secret_key: str, study: Study, participant: Participant, outcome: str
) -> WayBack:
    """The way back for this outcome: only for a page that is shown when all of it is decided."""
    recruitment = recruitment_of(study)
    identity = session.get(Identity, participant.id)
    parameters: Mapping[str, Any] = {} if identity is None else identity.parameters
    code: str | None = recruitment["codes"].get(outcome)
    match recruitment["kind"]:
        case "prolific":
            return WayBack(code, url=code and f"{PROLIFIC}?{urlencode({'cc': code})}")
        case "mturk":
            return mturk_way_back(parameters, outcome, code)
        case "sona":
            credited = outcome in recruitment["credited"]
            return WayBack(code, url=sona_url(recruitment, parameters) if credited else None)
        case "redirect":
            template = recruitment["redirects"].get(outcome)
            return WayBack(code, url=template and fill(template, parameters))
        case "lab":
            return WayBack(code or personal_code(secret_key, study, participant, outcome))
        case _:
            return WayBack(code)


def mturk_way_back(parameters: Mapping[str, Any], outcome: str, code: str | None) -> WayBack:
    """The form that submits the assignment, to Amazon's own hosts only; who has not played is asked
    to return the HIT, unless the study has a code for that."""
    host = text_of(parameters, "turkSubmitTo").rstrip("/")
    assignment = text_of(parameters, "assignmentId")
    submits = outcome in PLAYED or code is not None
    if host not in MTURK_HOSTS or assignment in ("", MTURK_PREVIEW) or not submits:
        return WayBack(code, is_mturk=True)
    fields = {"assignmentId": assignment, "outcome": outcome}
    return WayBack(
        code,
        form_host=host,
        form_action=f"{host}/mturk/externalSubmit",
        fields=fields if code is None else fields | {"code": code},
        is_mturk=True,
    )


def sona_url(recruitment: Mapping[str, Any], parameters: Mapping[str, Any]) -> str | None:
    """The address that credits this person; None if the link had no survey code."""
    survey_code = text_of(parameters, "survey_code")
    if not survey_code:
        return None
    query = urlencode(
        {
            "experiment_id": recruitment["experiment_id"],
            "credit_token": recruitment["credit_token"],
            "survey_code": survey_code,
        }
    )
    return f"https://{recruitment['host']}/webstudy_credit.aspx?{query}"


def fill(template: str, parameters: Mapping[str, Any]) -> str:
    """A researcher's address with what came in, percent-encoded; what did not come in is empty."""
    return PLACEHOLDER.sub(lambda found: quote(text_of(parameters, found[1]), safe=""), template)


def text_of(parameters: Mapping[str, Any], name: str) -> str:
    """A parameter's value; the first one where there are several."""
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def personal_code(secret_key: str, study: Study, participant: Participant, outcome: str) -> str:
    """A code of this person's alone that says nothing of their data: two groups of four."""
    message = f"{study.slug}\n{participant.public_id}\n{outcome}".encode()
    digest = hmac.new(f"code:{secret_key}".encode(), message, hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode()[:8]
    return f"{letters[:4]}-{letters[4:]}"
