"""What a browser reports of a run: responses and events. Stored once, whatever is sent twice.

This is the path that every response takes, so it is few statements of SQLAlchemy Core: one to find
the run, one to insert, one to count; the others only where something is odd.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from experiment.errors import InvalidError, NotFoundError, RunNotStartedError
from experiment.inserts import insert_ignoring
from experiment.models import BrowserEvent, Response, ResponseConflict, Run, Trial

LAST_POSITION = select(func.max(Trial.position)).where(Trial.run_id == Run.id).scalar_subquery()
FIND_RUN = select(Run.id, Run.state, Run.lost_positions, LAST_POSITION.label("last")).where(
    Run.token == bindparam("token")
)
COUNT_STORED = select(func.count(), func.max(Response.position)).where(
    Response.run_id == bindparam("run_id")
)
CONTENT = (
    "key",
    "rt_ms",
    "keys",
    "onset_ms",
    "offset_ms",
    "frame_ms",
    "dropped_frames",
    "feedback_onset_ms",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; stored, known and conflicting positions are all acknowledged."""

    stored: list[int]
    known: list[int]
    conflicting: list[int]
    missing: list[int]  # below the highest stored, neither stored nor lost

    @property
    def status(self) -> int:
        """The HTTP status: 409 if anything conflicts, 201 if anything is new, else 200."""
        return 409 if self.conflicting else 201 if self.stored else 200


def record_batch(
    session: Session,
    token: str,
    responses: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]] = (),
) -> Receipt:
    """Store responses and events of a run, in the caller's one transaction.

    `responses` have the columns of `Response` but `run_id` and `received_at`, checked by
    `schemas.TrialResponse`; `events` those of `BrowserEvent`. What is stored is never changed:
    another account of the same trial is kept aside in `response_conflict`. A response for a
    position that was lost takes it off the list. A finished run, or one of a paused or closed
    study, still takes responses.

    Raises
    ------
    NotFoundError
        If there is no such run.
    RunNotStartedError
        If there are responses before the run's start.
    InvalidError
        If the run has no such position.
    """
    run = session.connection().execute(FIND_RUN, {"token": token}).one_or_none()
    if run is None:
        raise NotFoundError("there is no such run; open the study's address again")
    if responses and run.state == "created":
        raise RunNotStartedError("this run has not begun; post its start first")
    check_positions("responses", [response["position"] for response in responses], run.last)
    check_positions("events", [event["position"] or 0 for event in events], run.last)
    now = datetime.now(UTC)
    stored, known, conflicting = store_responses(session, run.id, responses, now)
    record_events(session, run.id, events, now)
    lost: list[int] = run.lost_positions
    if not stored.isdisjoint(lost):
        lost = find_again(session, run.id, stored)
    return Receipt(
        stored=sorted(stored),
        known=sorted(known),
        conflicting=sorted(conflicting),
        missing=missing_positions(session, run.id, lost),
    )


def check_positions(name: str, positions: Sequence[int], last: int) -> None:
    """Refuse positions that the run does not have."""
    if positions and max(positions) > last:
        raise InvalidError(f"{name}: position {max(positions)}, but the last of this run is {last}")


def store_responses(
    session: Session, run_id: int, responses: Sequence[dict[str, Any]], now: datetime
) -> tuple[set[int], set[int], set[int]]:
    """Insert what is new, compare the rest: positions (stored, known, conflicting)."""
    in_order = sorted(responses, key=lambda response: int(response["position"]))
    rows = [{"run_id": run_id, "received_at": now, **response} for response in in_order]
    new = {
        position for _, position in insert_ignoring(session, Response, ("run_id", "position"), rows)
    }
    if len(new) == len(in_order):
        return new, set(), set()
    columns = [getattr(Response, name) for name in CONTENT]
    there = {
        row.position: {name: getattr(row, name) for name in CONTENT}
        for row in session.connection().execute(
            select(Response.position, *columns).where(
                Response.run_id == run_id,
                Response.position.in_({response["position"] for response in in_order}),
            )
        )
    }
    different = [r for r in in_order if {n: r[n] for n in CONTENT} != there[r["position"]]]
    conflicts = [
        {
            "run_id": run_id,
            "position": response["position"],
            "sha256": hashlib.sha256(json.dumps(response, sort_keys=True).encode()).hexdigest(),
            "payload": response,
            "received_at": now,
        }
        for response in different
    ]
    insert_ignoring(session, ResponseConflict, ("run_id", "position", "sha256"), conflicts)
    conflicting = {response["position"] for response in different}
    known = {response["position"] for response in in_order} - new - conflicting
    return new, known, conflicting


def record_events(
    session: Session, run_id: int, events: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Store events that are not stored yet."""
    rows = [{"run_id": run_id, "received_at": now, **event} for event in events]
    insert_ignoring(session, BrowserEvent, ("run_id", "event_id"), rows)


def find_again(session: Session, run_id: int, stored: set[int]) -> list[int]:
    """Take positions off the run's lost ones, and return those that stay lost."""
    connection = session.connection()
    # Read again under a lock: another batch may have changed it in between.
    lost = connection.scalars(
        select(Run.lost_positions).where(Run.id == run_id).with_for_update()
    ).one()
    still: list[int] = [position for position in lost if position not in stored]
    connection.execute(update(Run).where(Run.id == run_id).values(lost_positions=still))
    return still


def missing_positions(session: Session, run_id: int, lost: Sequence[int]) -> list[int]:
    """Positions below the highest stored one that are neither stored nor lost."""
    connection = session.connection()
    count, last = connection.execute(COUNT_STORED, {"run_id": run_id}).one()
    if count == 0 or count + sum(position < last for position in lost) == last + 1:
        return []
    stored = set(
        connection.scalars(select(Response.position).where(Response.run_id == run_id))
    ).union(lost)
    return [position for position in range(last) if position not in stored]
