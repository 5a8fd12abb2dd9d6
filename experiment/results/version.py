"""What the results of a study depend on, as a short text that changes whenever they may.

It is read at every look at a page, so it costs a few milliseconds however many responses there
are: only those of runs are counted that may get more without anything else being written. In a
finished run, each position that has no response stands in its list of lost ones, and leaves it
when a response arrives after all; but for a run that was ended early, which is counted.
"""

import hashlib
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from experiment.models import (
    Consent,
    Exclusion,
    Image,
    Interruption,
    LiftedExclusion,
    Participant,
    Response,
    Run,
    Study,
    Withdrawal,
)

DECIDED = 16


def data_version(session: Session, study: Study) -> str:
    """Changes whenever the scores of the study may have changed.

    Its first `DECIDED` characters stand for what somebody decided: whom to leave out, what the
    study is, whose data are gone. The others stand for what people who play add by and by.
    """
    of_study = Run.study_id == study.id
    unsettled = select(Run.id).where(
        of_study, or_(Run.state != "finished", Run.end_position.is_not(None))
    )
    queries = (
        select(
            func.count(),
            func.count(Run.finished_at),
            func.max(Run.id),
            func.sum(func.json_array_length(Run.lost_positions)),
            func.count(Run.end_position),
            func.sum(Run.end_position),
        ).where(of_study),
        select(func.count()).select_from(Response).where(Response.run_id.in_(unsettled)),
        select(func.count(), func.max(Interruption.id))
        .join(Run, Run.id == Interruption.run_id)
        .where(of_study),
        select(func.count()).where(Consent.study_id == study.id),
        select(func.count()).where(Image.image_set_id == study.image_set_id),
    )
    collected = [tuple(session.execute(query).one()) for query in queries]
    decisions = (
        select(func.count(Consent.revoked_at)).where(Consent.study_id == study.id),
        select(func.count()).where(Withdrawal.study_id == study.id),
    )
    decided = [tuple(session.execute(query).one()) for query in decisions]
    by_rule, by_hand = exclusions(session, study)
    return digest(study.revision, decided, by_hand) + digest(collected, by_rule)


def digest(*values: object) -> str:
    """A short text that stands for these values."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:DECIDED]


def exclusions(session: Session, study: Study) -> tuple[list[Any], list[Any]]:
    """What is left out, all of it: one can be lifted and another made, and then be made again.

    Returns
    -------
    What rules left out, and what researchers did, or took in again.
    """
    of_study = Participant.study_id == study.id
    columns = (Exclusion.participant_id, Exclusion.run_id, Exclusion.level)
    made = session.execute(
        select(Exclusion.decided_by, *columns)
        .join(Participant, Participant.id == Exclusion.participant_id)
        .where(of_study)
    ).all()
    lifted = session.scalars(
        select(LiftedExclusion.id)
        .join(Participant, Participant.id == LiftedExclusion.participant_id)
        .where(of_study)
    )
    by_rule = sorted((tuple(row) for row in made if row.decided_by == "rule"), key=repr)
    by_hand = sorted((tuple(row) for row in made if row.decided_by != "rule"), key=repr)
    return by_rule, [*by_hand, *sorted(lifted)]
