"""Which state of the data a part of an export was written from."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from experiment.export.rows import ExportedRun
from experiment.models import (
    BrowserEvent,
    Exclusion,
    Interruption,
    Response,
    ResponseConflict,
    RuleEvent,
    Run,
    Trial,
)


def state_of(session: Session, runs: Sequence[ExportedRun]) -> str:
    """A hash that is another one as soon as anything in these runs' rows is.

    It covers what the runs' own rows say, and of everything that belongs to them how much there is,
    where it ends and when the last of it came. That is enough, as nothing that a browser reported
    is ever changed: more comes, or all of it is deleted. Repeats of an earlier run's images depend
    on that run, which is covered too, and so is what is left out of the scores.
    """
    keys = [run.key for run in runs]
    earlier = {
        key
        for key in session.scalars(
            select(Trial.first_run_id)
            .where(Trial.run_id.in_(keys), Trial.first_run_id.is_not(None))
            .distinct()
        )
        if key is not None
    }
    everything = sorted({*keys, *earlier})
    counted = [[list(row) for row in session.execute(query)] for query in counts(everything)]
    text = json.dumps([[asdict(run) for run in runs], counted], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def counts(keys: Sequence[int]) -> list[Select[Any]]:
    """For each table of what belongs to runs, a query of how much of it each of these has."""
    tables: list[tuple[Any, Any]] = [
        (Trial.run_id, func.max(Trial.position)),
        (Response.run_id, func.max(Response.received_at)),
        (BrowserEvent.run_id, func.max(BrowserEvent.id)),
        (Interruption.run_id, func.max(Interruption.id)),
        (RuleEvent.run_id, func.max(RuleEvent.id)),
        (ResponseConflict.run_id, func.max(ResponseConflict.id)),
    ]
    queries: list[Select[Any]] = [
        select(run_id, func.count(), last).where(run_id.in_(keys)).group_by(run_id).order_by(run_id)
        for run_id, last in tables
    ]
    people = select(Run.participant_id).where(Run.id.in_(keys))
    return [
        *queries,
        select(Run.id, Run.started_at).where(Run.id.in_(keys)).order_by(Run.id),
        select(Exclusion.id, Exclusion.run_id, Exclusion.level)
        .where(Exclusion.participant_id.in_(people))
        .order_by(Exclusion.id),
    ]
