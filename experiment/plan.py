"""What a new run shows: a sequence from its seed, and the images that are due."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from experiment.coverage import attribute_of, belongs, coverage, seen_by
from experiment.design.allocation import choose_images
from experiment.design.chance import from_seed
from experiment.design.paradigms import Paradigm
from experiment.design.sequence import draw_sequence, verify
from experiment.models import Image, Participant, Response, Run, Study, Trial


def plan_trials(
    session: Session, study: Study, participant: Participant, seed: str, number: int = 1
) -> list[dict[str, Any]]:
    """The columns of a new run's trials but `run_id`; seed and coverage so far decide them.

    Parameters
    ----------
    number
        Of the run, 1-based, among the participant's runs of the study.

    Raises
    ------
    AllocationError
        If too few images are left for this participant.
    """
    paradigm = Paradigm.from_dict(study.paradigm)
    returning = returning_images(session, study, participant, paradigm, number)
    n_runs = study.definition["runs_per_participant"]
    shape = paradigm.shape(number, n_runs, len(returning))
    sequence = draw_sequence(paradigm, from_seed(seed), shape)
    verify(sequence, paradigm, shape)
    pools = study.definition["images"]
    choice = choose_images(
        pool_ids(session, study, pools["targets"]),
        pool_ids(session, study, pools["fillers"]),
        coverage(session, study),
        seen_by(session, participant),
        paradigm,
        from_seed(f"{seed}:images"),
        shape=shape,
        cluster_of=clusters(session, study, pools.get("cluster")),
        returning=list(returning),
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
            "first_run_id": returning[chosen[trial.image]] if trial.is_returning else None,
            "address": secrets.token_urlsafe(16),
            "stimulus_ms": paradigm.stimulus_ms,
            "gap_ms": paradigm.gap_ms,
        }
        for trial in sequence
    ]


def returning_images(
    session: Session, study: Study, participant: Participant, paradigm: Paradigm, number: int
) -> dict[int, int]:
    """Images of the run before that this run shows again, each with that run's database id: targets
    that were shown there once and have no repeat there."""
    if paradigm.n_returning == 0 or number == 1:
        return {}
    again = aliased(Trial)
    rows = session.execute(
        select(Trial.image_id, Trial.run_id)
        .join(Run, Run.id == Trial.run_id)
        .join(Response, (Response.run_id == Trial.run_id) & (Response.position == Trial.position))
        .outerjoin(
            again,
            (again.run_id == Trial.run_id)
            & (again.image_id == Trial.image_id)
            & again.is_repeat.is_(True),
        )
        .where(
            Run.participant_id == participant.id,
            Run.study_id == study.id,
            Run.number == number - 1,
            Trial.role == "target",
            Trial.is_repeat.is_(False),
            again.run_id.is_(None),
        )
        .order_by(Trial.image_id)
    )
    return {row.image_id: row.run_id for row in rows}


def clusters(session: Session, study: Study, column: str | None) -> dict[int, str]:
    """The cluster of each image that is in one; none where the study names no column."""
    if column is None:
        return {}
    rows: Sequence[Any] = session.execute(
        select(Image.id, Image.category, Image.attributes).where(
            Image.image_set_id == study.image_set_id
        )
    ).all()
    found = {row.id: str(attribute_of(row, column)) for row in rows}
    return {image_id: name for image_id, name in found.items() if name}


def pool_ids(session: Session, study: Study, wanted: dict[str, list[str]] | str) -> list[int]:
    """Database ids of the images of a pool, in a fixed order; few columns, as sets are large."""
    in_set = Image.image_set_id == study.image_set_id
    if isinstance(wanted, str):
        return list(session.scalars(select(Image.id).where(in_set).order_by(Image.id)))
    rows = session.execute(
        select(Image.id, Image.category, Image.attributes).where(in_set).order_by(Image.id)
    )
    return [row.id for row in rows if belongs(row, wanted)]
