"""The links that `hitrate study link` prints."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from experiment.errors import StudyConflictError, StudyError
from experiment.models import Study
from experiment.recruitment.arrivals import is_id, label_hash, recruitment_of
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


def label_link(
    session: Session, settings: Settings, slug: str, label: str, base_url: str | None = None
) -> str:
    """The link of one person of a lab or class: their label, signed so that nobody takes another's.

    Raises
    ------
    StudyError
        If the study does not take people by label, or the label cannot be one.
    """
    require_labels(find_study(session, slug))
    if not label.strip() or not is_id(label):
        raise StudyError(f"the label {label!r} cannot be used; write a short text on one line")
    signed = label_hash(settings.secret_key, slug, label)
    query = urlencode({"participant_label": label, "hash": signed})
    return f"{study_link(session, settings, slug, None, base_url)}?{query}"


def require_labels(study: Study) -> None:
    """Refuse a study that does not take people by label."""
    kind = recruitment_of(study)["kind"]
    if kind != "lab":
        raise StudyConflictError(
            f'{study.slug} takes people from {kind!r}; labels need kind = "lab" in its '
            "[recruitment]"
        )


def read_labels(file: Path) -> list[str]:
    """The labels of a file, one on each line; empty lines are left out.

    Raises
    ------
    StudyError
        If it cannot be read, has no label, or has one twice.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{file}: cannot be read ({error}); it must be a UTF-8 text") from None
    return labels_in(lines, str(file))


def labels_in(lines: Iterable[str], source: str) -> list[str]:
    """The labels on these lines; empty ones are left out.

    Raises
    ------
    StudyError
        If there is none, or one is there twice.
    """
    labels = [line.strip() for line in lines if line.strip()]
    if not labels:
        raise StudyError(f"{source}: has no label; write one on each line")
    for label, n in Counter(labels).items():
        if n > 1:
            raise StudyError(f"{source}: has {label!r} more than once; give each person one label")
    return labels


def label_table(
    session: Session, settings: Settings, slug: str, file: Path, base_url: str | None = None
) -> str:
    """The links of all labels of a file as a CSV table: participant_label, link."""
    labels = read_labels(file)
    return label_csv(
        (label, label_link(session, settings, slug, label, base_url)) for label in labels
    )


def label_csv(rows: Iterable[tuple[str, str]]) -> str:
    """Labels and their links as a CSV table."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("participant_label", "link"))
    writer.writerows(rows)
    return table.getvalue()
