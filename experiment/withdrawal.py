"""Withdrawal: a code with which anybody can have their data deleted without saying who they are."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from experiment.models import Answer, Participant, Response, Run, Trial, Withdrawal
from experiment.places import queue_up
from experiment.withdrawal_list import note_withdrawal

# Digits and letters without I, L, O and U (Crockford's base 32): what is misread is taken as meant.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("OIL", "011")
LENGTH = 16  # 80 bits
GROUP = 4


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is stored of one participant, and would be deleted."""

    n_runs: int
    n_responses: int
    n_answers: int


def withdrawal_code(secret_key: str, public_id: str) -> str:
    """The code of a participant: 16 characters in groups of four, the same whenever it is shown."""
    key = f"withdrawal:{secret_key}".encode()
    number = int.from_bytes(hmac.new(key, public_id.encode(), hashlib.sha256).digest(), "big")
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def code_sha256(code: str) -> str:
    """What the database keeps of a code; case, spaces and hyphens do not matter."""
    letters = "".join(c for c in code.upper() if c.isalnum()).translate(MISREAD)
    return hashlib.sha256(letters.encode()).hexdigest()


def give_code(session: Session, secret_key: str, participant: Participant) -> str:
    """The code to show to this participant; whatever is shown works from then on."""
    code = withdrawal_code(secret_key, participant.public_id)
    participant.withdrawal_sha256 = code_sha256(code)
    session.flush()
    return code


def has_code(secret_key: str, participant: Participant) -> bool:
    """Whether the code that is shown to this participant works already."""
    code = withdrawal_code(secret_key, participant.public_id)
    return participant.withdrawal_sha256 == code_sha256(code)


def find_by_code(session: Session, code: str) -> Participant | None:
    """Whose code this is; None if it is nobody's (any more)."""
    return session.scalar(
        select(Participant).where(Participant.withdrawal_sha256 == code_sha256(code))
    )


def holdings(session: Session, participant: Participant) -> Holdings:
    """What is stored of this participant."""
    of_runs = select(Run.id).where(Run.participant_id == participant.id)
    return Holdings(
        n_runs=session.scalar(select(func.count()).select_from(of_runs.subquery())) or 0,
        n_responses=session.scalar(
            select(func.count()).select_from(Response).where(Response.run_id.in_(of_runs))
        )
        or 0,
        n_answers=session.scalar(
            select(func.count()).select_from(Answer).where(Answer.participant_id == participant.id)
        )
        or 0,
    )


def withdraw(session: Session, participant: Participant, noted_in: Path) -> Holdings:
    """Delete a participant and all that hangs on them; that somebody withdrew remains, in counts.

    The SHA-256 of their code goes into the instance's list first (`Settings.withdrawals`), so that
    a backup that is restored later does not bring them back.
    """
    note_withdrawal(noted_in, participant.withdrawal_sha256)
    return delete_participant(session, participant)


def lock_runs(session: Session, runs: Select[int]) -> None:
    """Let a batch of responses that arrives while runs are deleted be either counted and deleted
    with the rest, or refused because there is no such run any more.

    A batch holds trials first and then their run; whoever locks both goes the same way.
    """
    session.execute(
        select(Trial.run_id)
        .where(Trial.run_id.in_(runs))
        .order_by(Trial.run_id, Trial.position)
        .with_for_update()
    )
    session.execute(select(Run.id).where(Run.id.in_(runs)).order_by(Run.id).with_for_update())


def delete_participant(session: Session, participant: Participant) -> Holdings:
    """The deletion alone, which a restored backup repeats.

    Their runs are locked first (`lock_runs`).
    """
    queue_up(session, participant.study_id)  # a run that is being drawn waits, or is there already
    lock_runs(session, select(Run.id).where(Run.participant_id == participant.id))
    held = holdings(session, participant)
    session.add(
        Withdrawal(
            study_id=participant.study_id,
            n_runs=held.n_runs,
            n_responses=held.n_responses,
            withdrawn_at=datetime.now(UTC),
        )
    )
    # The database deletes what points here: identity, consent, answers, flags, exclusions, and runs
    # with their trials, responses and events.
    session.execute(delete(Participant).where(Participant.id == participant.id))
    return held
