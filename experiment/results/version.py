"""What the results of a study depend on, as a short text that changes whenever they may.

It is read at every look at a page, so it costs a few milliseconds however many responses there
are: only those of runs are counted that may get more without anything else being written. In a
finished run, each position that has no response stands in its list of lost ones, and leaves it
when a response arrives after all; but for a run that was ended early, which is counted.
"""

import hashlib

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from experiment.models import (
    Consent,
    Exclusion,
    Image,
    Interruption,
    Participant,
    Response,
    Run,
    Study,
    Withdrawal,
)


def data_version(session: Session, study: Study) -> str:
    """Changes whenever the scores of the study may have changed."""
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
        select(func.count(), func.count(Consent.revoked_at)).where(Consent.study_id == study.id),
        select(func.count()).where(Withdrawal.study_id == study.id),
        select(func.count()).where(Image.image_set_id == study.image_set_id),
    )
    rows = [tuple(session.execute(query).one()) for query in queries]
    told = repr((study.revision, rows, exclusions(session, study)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def exclusions(session: Session, study: Study) -> list[tuple[int | None, ...]]:
    """What is left out, all of it: one can be lifted and another made, and then be made again."""
    found = session.execute(
        select(Exclusion.participant_id, Exclusion.run_id, Exclusion.level)
        .join(Participant, Participant.id == Exclusion.participant_id)
        .where(Participant.study_id == study.id)
    )
    return sorted((tuple(row) for row in found), key=repr)
