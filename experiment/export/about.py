"""dataset.json: what a dataset is, without what is secret or says who somebody is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.export.folder import FORMAT
from experiment.export.rows import wanted
from experiment.export.tables import iso
from experiment.models import Consent, ConsentDocument, Participant, Study
from experiment.studies.deviations import deviation_sentences

# Of the study's definition; whatever else it holds (recruiters' codes, addresses) stays here.
TOLD = (
    *("language", "runs_per_participant", "related", "preset", "images", "goal", "texts"),
    *("questions", "licence"),
)
SHORTEST_CODE = 5  # a shorter text may be a part of any word


def describe(
    session: Session, study: Study, *, include_simulated: bool, include_preview: bool
) -> dict[str, Any]:
    """The fields of dataset.json, but for the files."""
    from hitrate import __version__

    definition = study.definition
    preset = definition.get("preset")
    return {
        "format": FORMAT,
        "format_version": 1,
        "name": study.slug,
        "title": study.title,
        "notice": definition.get("notice"),
        "paradigm": study.paradigm,
        "paradigm_deviations": list(
            deviation_sentences(Paradigm.from_dict(study.paradigm), PRESETS[preset])
        )
        if preset
        else [],
        "study": {
            **{
                key: without_codes(definition[key], codes_of(definition.get("recruitment")))
                for key in TOLD
                if key in definition
            },
            "recruitment": {"kind": recruitment_kind(definition)},
            "image_set": study.image_set.name,
            "state": study.state,
            "consent_sha256": study.consent_document.sha256,
            "consents": consents(session, study, wanted(study, include_simulated, include_preview)),
            "created_at": iso(study.created_at),
            "opened_at": iso(study.opened_at),
            "closed_at": iso(study.closed_at),
        },
        "includes": {"simulated": include_simulated, "preview": include_preview},
        "software": {"name": "hitrate", "version": __version__},
        "licence": definition.get("licence"),
    }


def recruitment_kind(definition: Mapping[str, Any]) -> str:
    """How people were sent here, such as ``prolific``; ``none`` where nobody sent them."""
    return str((definition.get("recruitment") or {}).get("kind", "none"))


def codes_of(recruitment: Any) -> set[str]:
    """Every text of the recruitment but its kind: codes, addresses, keys."""
    if isinstance(recruitment, Mapping):
        return {
            code for key, value in recruitment.items() if key != "kind" for code in codes_of(value)
        }
    if isinstance(recruitment, list):
        return {code for value in recruitment for code in codes_of(value)}
    is_code = isinstance(recruitment, str) and len(recruitment) >= SHORTEST_CODE
    return {recruitment} if is_code else set()


def without_codes(value: Any, codes: Collection[str]) -> Any:
    """The same, but for codes that somebody wrote into a text that people read."""
    if isinstance(value, str):
        for code in sorted(codes, key=len, reverse=True):
            value = value.replace(code, "…")
        return value
    if isinstance(value, Mapping):
        return {key: without_codes(part, codes) for key, part in value.items()}
    if isinstance(value, list):
        return [without_codes(part, codes) for part in value]
    return value


def consents(
    session: Session, study: Study, people: Sequence[ColumnElement[bool]]
) -> list[dict[str, Any]]:
    """The hash of each consent text that these people agreed to, and how many did; most first."""
    counted = session.execute(
        select(ConsentDocument.sha256, func.count())
        .join(Consent, Consent.consent_document_id == ConsentDocument.id)
        .join(Participant, Participant.id == Consent.participant_id)
        .where(Consent.study_id == study.id, *people)
        .group_by(ConsentDocument.sha256)
    )
    ordered = sorted(counted, key=lambda row: (-row[1], row[0]))
    return [{"sha256": sha256, "n_participants": n} for sha256, n in ordered]
