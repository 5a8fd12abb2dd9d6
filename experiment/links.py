"""The links that `hitrate study link` prints."""

from typing import Literal

from sqlalchemy.orm import Session

from experiment.runs import find_study
from experiment.security import sign_mode
from experiment.settings import Settings
from experiment.studies.lifecycle import make_results_link

Kind = Literal["preview", "simulated", "results", "report", "sequence"]


def study_link(
    session: Session,
    settings: Settings,
    slug: str,
    kind: Kind | None = None,
    base_url: str | None = None,
) -> str:
    """A link to a study: for participants (None), `preview` or `simulated`; or to its `results`,
    `report` or `sequence`, which opens once within 24 hours."""
    base = (base_url or settings.public_url).rstrip("/")
    study = find_study(session, slug)
    match kind:
        case "preview" | "simulated":
            return f"{base}/s/{slug}?mode={sign_mode(settings.secret_key, slug, kind)}"
        case "results" | "report" | "sequence":
            return f"{base}/open/{make_results_link(session, study, kind)}"
        case None:
            return f"{base}/s/{slug}"
