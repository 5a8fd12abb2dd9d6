"""The links that `hitrate study link` prints."""

from sqlalchemy.orm import Session

from experiment.runs import find_study
from experiment.security import sign_mode
from experiment.settings import Settings
from experiment.study import make_results_link


def study_link(
    session: Session,
    settings: Settings,
    slug: str,
    kind: str | None = None,
    base_url: str | None = None,
) -> str:
    """A link to a study: for participants (None), `preview` or `simulated`; or to its `results` or
    `report`, which opens once within 24 hours."""
    base = (base_url or settings.public_url).rstrip("/")
    study = find_study(session, slug)
    if kind == "preview" or kind == "simulated":
        return f"{base}/s/{slug}?mode={sign_mode(settings.secret_key, slug, kind)}"
    if kind == "results" or kind == "report":
        return f"{base}/open/{make_results_link(session, study, kind)}"
    return f"{base}/s/{slug}"
