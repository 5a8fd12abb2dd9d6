"""What a browser reports of a run: responses and events. Stored once, whatever is sent twice.

This is the path that every response takes, so it is few statements of SQLAlchemy Core, however many
browsers are written down together: one to find the runs, one to insert, one to count; the others
only where something is odd.
"""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from experiment.attention import Judged, Verdict, judge_during, rules_of, standing_verdict
from experiment.errors import ExperimentError, InvalidError, NotFoundError, RunNotStartedError
from experiment.inserts import insert_ignoring
from experiment.models import BrowserEvent, Response, ResponseConflict, Run, Study, Trial

logger = logging.getLogger(__name__)

LAST_POSITION = select(func.max(Trial.position)).where(Trial.run_id == Run.id).scalar_subquery()
FIND_RUNS = (
    select(
        Run.token,
        Run.id,
        Run.participant_id,
        Run.state,
        Run.lost_positions,
        Run.tab,
        Run.end_position,
        LAST_POSITION.label("last"),
        Study.paradigm["attention"].label("attention"),
    )
    .join(Study, Study.id == Run.study_id)
    .where(Run.token.in_(bindparam("tokens", expanding=True)))
)
COUNT_STORED = (
    select(Response.run_id, func.count().label("n"), func.max(Response.position).label("last"))
    .where(Response.run_id.in_(bindparam("run_ids", expanding=True)))
    .group_by(Response.run_id)
)
# Many times what an honest browser sends in one run; beyond it nobody fills the disk.
MOST_EVENTS = 5_000
MOST_CONFLICTS = 1_000
CONTENT = (
    "key",
    "rt_ms",
    "keys",
    "onset_ms",
    "offset_ms",
    "frame_ms",
    "dropped_frames",
    "feedback_onset_ms",
    "had_focus",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; stored, known and conflicting positions are all acknowledged."""

    stored: list[int]
    known: list[int]
    conflicting: list[int]
    missing: list[int]  # below the highest stored, neither stored nor lost
    verdict: Verdict

    @property
    def status(self) -> int:
        """The HTTP status: 409 if anything conflicts, 201 if anything is new, else 200."""
        return 409 if self.conflicting else 201 if self.stored else 200


@dataclass(frozen=True, slots=True)
class Batch:
    """What one browser sends: `responses` have the columns of `Response` but `run_id` and
    `received_at`, checked by `schemas.TrialResponse`; `events` those of `BrowserEvent`."""

    token: str
    responses: Sequence[dict[str, Any]]
    events: Sequence[dict[str, Any]] = ()
    tab: str | None = None  # that sends it; None: not said

    @property
    def positions(self) -> list[int]:
        """Of its responses."""
        return [response["position"] for response in self.responses]


def record_batches(session: Session, batches: Sequence[Batch]) -> list[Receipt | ExperimentError]:
    """Store responses and events, in the caller's one transaction; what became of each batch.

    What is stored is never changed: another account of the same trial is kept aside in
    `response_conflict`. A response for a position that was lost takes it off the list. A finished
    run, or one of a paused or closed study, still takes responses. Of a batch that is refused
    nothing is stored: there is no such run (NotFoundError), it has not begun
    (RunNotStartedError), or a position or time cannot be (InvalidError).
    """
    tokens = {"tokens": list({batch.token for batch in batches})}
    runs = {row.token: row for row in session.connection().execute(FIND_RUNS, tokens)}
    outcomes: list[Receipt | ExperimentError | None] = [
        refusal(batch, runs.get(batch.token)) for batch in batches
    ]
    accepted = [
        (runs[batch.token].id, batch)
        for batch, refused in zip(batches, outcomes, strict=True)
        if refused is None
    ]
    now = datetime.now(UTC)
    new = insert_responses(session, accepted, now)
    record_events(session, accepted, now)
    run_ids = {"run_ids": list({run_id for run_id, _ in accepted})}
    counts = {row.run_id: row for row in session.connection().execute(COUNT_STORED, run_ids)}
    numbers = [number for number, outcome in enumerate(outcomes) if outcome is None]
    # In one order everywhere, so that two writers do not lock runs crosswise.
    for number in sorted(numbers, key=lambda number: runs[batches[number].token].id):
        batch = batches[number]
        run = runs[batch.token]
        stored = {position for position in batch.positions if (run.id, position) in new}
        new -= {(run.id, position) for position in stored}  # another batch may have them too
        known, conflicting = compare(session, run.id, batch, stored, now)
        lost: list[int] = run.lost_positions
        if not stored.isdisjoint(lost):
            lost = find_again(session, run.id, stored)
        outcomes[number] = Receipt(
            stored=sorted(stored),
            known=sorted(known),
            conflicting=sorted(conflicting),
            missing=missing_positions(session, run.id, counts.get(run.id), lost),
            verdict=verdict(session, run, batch, stored),
        )
    return [outcome for outcome in outcomes if outcome is not None]


def verdict(session: Session, run: Any, batch: Batch, stored: set[int]) -> Verdict:
    """Judge what was stored, where rules hold during the game, and say what the game should do.

    A study without such rules costs no further statement.
    """
    rules = rules_of(rule for rule in run.attention or () if rule["when"] == "during")
    judge_during(session, Judged(run.id, run.participant_id, rules), stored)
    if batch.tab is not None and run.tab is not None and batch.tab != run.tab:
        return Verdict("elsewhere")
    if rules:
        return standing_verdict(session, run.id)
    return Verdict() if run.end_position is None else Verdict("end")


def refusal(batch: Batch, run: Any) -> ExperimentError | None:
    """Why nothing of a batch can be stored, if so."""
    if run is None:
        return NotFoundError("there is no such run; open the study's address again")
    if batch.responses and run.state == "created":
        return RunNotStartedError("this run has not begun; post its start first")
    for name, positions in (
        ("responses", batch.positions),
        ("events", [event["position"] or 0 for event in batch.events]),
    ):
        if positions and max(positions) > run.last:
            return InvalidError(
                f"{name}: position {max(positions)}, but the last of this run is {run.last}"
            )
    for response in batch.responses:
        if response["offset_ms"] < response["onset_ms"]:
            return InvalidError(
                f"responses: position {response['position']} has offset_ms before onset_ms"
            )
    return None


def insert_responses(
    session: Session, accepted: Sequence[tuple[int, Batch]], now: datetime
) -> set[tuple[int, int]]:
    """Insert the responses that are not there yet: their (run_id, position)."""
    rows = [
        {"run_id": run_id, "received_at": now, **response}
        for run_id, batch in accepted
        for response in batch.responses
    ]
    # In one order everywhere, so that two writers do not wait for each other.
    rows.sort(key=lambda row: (row["run_id"], row["position"]))
    inserted = insert_ignoring(session, Response, ("run_id", "position"), rows)
    return {(run_id, position) for run_id, position in inserted}


def compare(
    session: Session, run_id: int, batch: Batch, stored: set[int], now: datetime
) -> tuple[set[int], set[int]]:
    """Compare what was not new with what is there: positions (known, conflicting)."""
    if len(stored) == len(batch.responses):
        return set(), set()
    columns = [getattr(Response, name) for name in CONTENT]
    there = {
        row.position: {name: getattr(row, name) for name in CONTENT}
        for row in session.connection().execute(
            select(Response.position, *columns).where(
                Response.run_id == run_id, Response.position.in_(set(batch.positions))
            )
        )
    }
    different = [r for r in batch.responses if {n: r[n] for n in CONTENT} != there[r["position"]]]
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
    if conflicts and count_rows(session, ResponseConflict, [run_id])[run_id] < MOST_CONFLICTS:
        insert_ignoring(session, ResponseConflict, ("run_id", "position", "sha256"), conflicts)
    conflicting = {response["position"] for response in different}
    return set(batch.positions) - stored - conflicting, conflicting


def record_events(session: Session, accepted: Sequence[tuple[int, Batch]], now: datetime) -> None:
    """Store events that are not stored yet; of a run that sent too many the rest is left out."""
    eventful = [run_id for run_id, batch in accepted if batch.events]
    if not eventful:
        return
    counts = count_rows(session, BrowserEvent, eventful)
    rows = []
    for run_id, batch in accepted:
        if counts[run_id] >= MOST_EVENTS:
            logger.warning("run %d has %d events; no more are stored", run_id, counts[run_id])
            continue
        rows += [{"run_id": run_id, "received_at": now, **event} for event in batch.events]
    rows.sort(key=lambda row: (row["run_id"], row["event_id"]))
    insert_ignoring(session, BrowserEvent, ("run_id", "event_id"), rows)


def count_rows(
    session: Session, table: type[BrowserEvent | ResponseConflict], run_ids: Sequence[int]
) -> Counter[int]:
    """How many rows of the table each of these runs has."""
    query = (
        select(table.run_id, func.count()).where(table.run_id.in_(run_ids)).group_by(table.run_id)
    )
    return Counter({row[0]: row[1] for row in session.connection().execute(query)})


def find_again(session: Session, run_id: int, stored: set[int]) -> list[int]:
    """Take positions off the run's lost ones, and return those that stay lost."""
    connection = session.connection()
    # Read again under a lock: another batch may have changed it in between.
    lost = connection.scalars(
        select(Run.lost_positions).where(Run.id == run_id).with_for_update(key_share=True)
    ).one()
    still: list[int] = [position for position in lost if position not in stored]
    connection.execute(update(Run).where(Run.id == run_id).values(lost_positions=still))
    return still


def missing_positions(session: Session, run_id: int, count: Any, lost: Sequence[int]) -> list[int]:
    """Positions below the highest stored one that are neither stored nor lost; `count` has how many
    are stored and which is the last, or is None where none is."""
    if count is None or count.n + sum(position < count.last for position in lost) == count.last + 1:
        return []
    stored = set(
        session.connection().scalars(select(Response.position).where(Response.run_id == run_id))
    ).union(lost)
    return [position for position in range(count.last) if position not in stored]
