"""What a new run shows: a sequence from its seed, and the images that are due."""

import secrets
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.coverage import belongs, coverage, seen_by
from experiment.design.allocation import choose_images
from experiment.design.chance import from_seed
from experiment.design.paradigms import Paradigm
from experiment.design.sequence import draw_sequence, verify
from experiment.models import Image, Participant, Study


def plan_trials(
    session: Session, study: Study, participant: Participant, seed: str
) -> list[dict[str, Any]]:
    """The columns of a new run's trials but `run_id`; seed and coverage so far decide them.

    Raises
    ------
    AllocationError
        If too few images are left for this participant.
    """
    paradigm = Paradigm.from_dict(study.paradigm)
    sequence = draw_sequence(paradigm, from_seed(seed))
    verify(sequence, paradigm)
    pools = study.definition["images"]
    choice = choose_images(
        pool_ids(session, study, pools["targets"]),
        pool_ids(session, study, pools["fillers"]),
        coverage(session, study),
        seen_by(session, participant),
        paradigm,
        from_seed(f"{seed}:images"),
    )
    chosen = choice.images
    return [
        {
            "position": trial.position,
            "level": trial.level,
            "phase": trial.phase,
            "image_id": chosen[trial.image],
            "role": trial.role,
            "is_repeat": trial.is_repeat,
            "lag": trial.lag,
            "address": secrets.token_urlsafe(16),
            "stimulus_ms": paradigm.stimulus_ms,
            "gap_ms": paradigm.gap_ms,
        }
        for trial in sequence
    ]


def pool_ids(session: Session, study: Study, wanted: dict[str, list[str]] | str) -> list[int]:
    """Database ids of the images of a pool, in a fixed order; few columns, as sets are large."""
    in_set = Image.image_set_id == study.image_set_id
    if isinstance(wanted, str):
        return list(session.scalars(select(Image.id).where(in_set).order_by(Image.id)))
    rows = session.execute(
        select(Image.id, Image.category, Image.attributes).where(in_set).order_by(Image.id)
    )
    return [row.id for row in rows if belongs(row, wanted)]
