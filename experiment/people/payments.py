"""Who is to be paid, as the list that their recruiter takes."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, InvalidError
from experiment.export.tables import spreadsheet_safe
from experiment.models import OUTCOMES, Identity, Participant, Study
from experiment.people.standing import (
    GIVEN_BACK,
    PAID_FOR,
    SETTLED,
    gets_bonus,
    is_payable,
    is_real,
)
from experiment.recruitment.arrivals import recruitment_of
from experiment.recruitment.endings import personal_code, text_of

Purpose = Literal["approve", "bonus"]
AMOUNT = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,2})?")
LONGEST_FEEDBACK = 1000  # characters that MTurk takes
RECRUITERS: Mapping[str, str] = {
    "prolific": "Prolific",
    "mturk": "MTurk",
    "sona": "SONA",
    "redirect": "your recruiter",
    "lab": "the lab",
}
# What to do with the list, by recruiter and purpose.
ADVICE: Mapping[tuple[str, str], str] = {
    ("prolific", "approve"): "At Prolific: the study's submissions → Bulk actions → Approve, and "
    "paste the ids, one on each line.",
    ("prolific", "bonus"): "At Prolific: the study's submissions → Bonus payments, and paste the "
    "lines (id,amount).",
    ("mturk", "approve"): "At MTurk: Manage → the batch → Review results → Upload CSV.",
    ("sona", "approve"): "At SONA credits come by themselves when people return by their link; "
    "grant these by hand where they did not.",
    ("lab", "approve"): "One line for each person: label, how it ended, and the code that they "
    "were shown.",
    ("redirect", "approve"): "One line for each person: their id, and how it ended.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for."""

    purpose: Purpose = "approve"
    outcomes: tuple[str, ...] = PAID_FOR  # who is to be paid
    rejected: tuple[str, ...] = ()  # MTurk only: who is to be rejected
    feedback: str = ""  # MTurk only: what the rejected are told
    amount: str = ""  # of a bonus


@dataclass(frozen=True, slots=True)
class PaymentList:
    """A file for the recruiter."""

    name: str
    content: str
    n: int  # people on it


@dataclass(frozen=True, slots=True)
class PaymentStand:
    """Where a study's payments stand."""

    recruiter: str
    to_pay: Mapping[str, int]  # outcome → people who are not settled yet
    settled: Mapping[str, int]  # approved, rejected → people
    n_given_back: int  # returned or timed out: never listed
    n_nameless: int  # to be paid, but no id is kept of them
    n_at_odds: int  # gave the place back there and completed here
    n_bonus: int  # who completed it and may get a bonus
    pay: float | None
    currency: str | None


def payment_stand(session: Session, study: Study) -> PaymentStand:
    """How many are to be paid, and who has been."""
    counted = session.execute(
        select(
            Participant.outcome,
            Participant.recruiter_status,
            Identity.participant_id.is_not(None).label("is_known"),
            func.count().label("n"),
        )
        .outerjoin(Identity, Identity.participant_id == Participant.id)
        .where(Participant.study_id == study.id, is_real())
        .group_by(
            Participant.outcome, Participant.recruiter_status, Identity.participant_id.is_not(None)
        )
    ).all()
    goal = study.definition.get("goal", {})
    to_pay, settled = dict.fromkeys(OUTCOMES, 0), dict.fromkeys(SETTLED, 0)
    nameless = given_back = at_odds = bonus = 0
    for row in counted:
        if row.outcome in PAID_FOR and row.is_known:
            bonus += 0 if row.recruiter_status in (*GIVEN_BACK, "rejected") else row.n
        if row.recruiter_status in GIVEN_BACK:
            given_back += row.n
            at_odds += row.n if row.outcome == "completed" else 0
        elif row.recruiter_status in SETTLED:
            settled[row.recruiter_status] += row.n
        elif row.outcome is not None and row.is_known:
            to_pay[row.outcome] += row.n
        elif row.outcome in PAID_FOR:
            nameless += row.n
    return PaymentStand(
        recruiter=recruitment_of(study)["kind"],
        to_pay=to_pay,
        settled=settled,
        n_given_back=given_back,
        n_nameless=nameless,
        n_at_odds=at_odds,
        n_bonus=bonus,
        pay=goal.get("pay"),
        currency=goal.get("currency"),
    )


def payment_list(
    session: Session, secret_key: str, study: Study, asked: Asked, by: Actor
) -> PaymentList:
    """The list of who is to be paid (or rejected), in the recruiter's own form.

    Who returned or timed out at the recruiter is never on it, and who is settled there is not
    either, but for a bonus, which who is approved gets, too. That it was made is recorded, as it
    holds recruiters' ids.

    Raises
    ------
    ConflictError
        If the study has no recruiter, or its recruiter takes no such list.
    InvalidError
        If an outcome, the amount or the feedback is impossible.
    """
    kind = recruitment_of(study)["kind"]
    check(asked, kind, study)
    rows = owed(session, study, asked)
    if asked.purpose == "bonus":
        lines: list[list[str]] = [[row.external_id, asked.amount] for row in rows]
    else:
        lines = lines_of(kind, secret_key, study, rows, asked)
    name = f"{study.slug}-{asked.purpose}.{'txt' if kind == 'prolific' else 'csv'}"
    detail = {"list": asked.purpose, "n": len(rows), "outcomes": list(asked.outcomes)}
    record(session, "payments.downloaded", by, study, **detail)
    return PaymentList(name, as_csv(lines), len(rows))


def check(asked: Asked, kind: str, study: Study) -> None:
    """Refuse what cannot be listed."""
    if kind == "none":
        raise ConflictError(f"{study.slug} gets its people from no recruiter; nobody has an id")
    if asked.purpose == "bonus" and kind != "prolific":
        raise ConflictError("only Prolific takes a list of bonuses; pay a bonus at the recruiter")
    for outcome in (*asked.outcomes, *asked.rejected):
        if outcome not in OUTCOMES:
            raise InvalidError(f"outcomes: there is no {outcome!r}; see {', '.join(OUTCOMES)}")
    if not asked.outcomes and not asked.rejected:
        raise InvalidError("outcomes: choose who is to be paid")
    if both := sorted({*asked.outcomes} & {*asked.rejected}):
        raise InvalidError(f"outcomes: {both[0]!r} is to be both paid and rejected; choose one")
    if asked.rejected and kind != "mturk":
        raise InvalidError("rejected: only MTurk takes a list of rejections")
    feedback = asked.feedback.strip()
    if asked.rejected and not 0 < len(feedback) <= LONGEST_FEEDBACK:
        raise InvalidError(
            f"feedback: say why the work is rejected, in at most {LONGEST_FEEDBACK} characters; "
            "the worker reads it"
        )
    if asked.purpose == "bonus" and (
        not AMOUNT.fullmatch(asked.amount) or float(asked.amount) == 0
    ):
        raise InvalidError("amount: write what each gets, such as 1.50")


def owed(session: Session, study: Study, asked: Asked) -> Sequence[Row[Any]]:
    """Who is to be settled with, in the order of their coming; nobody without an id."""
    outcomes = (*asked.outcomes, *asked.rejected)
    return session.execute(
        select(Participant, Identity.external_id, Identity.parameters)
        .join(Identity, Identity.participant_id == Participant.id)
        .where(
            Identity.study_id == study.id,
            Identity.recruiter == recruitment_of(study)["kind"],
            gets_bonus(outcomes) if asked.purpose == "bonus" else is_payable(outcomes),
        )
        .order_by(Participant.id)
    ).all()


def lines_of(
    kind: str, secret_key: str, study: Study, rows: Iterable[Row[Any]], asked: Asked
) -> list[list[str]]:
    """The lines of a list to approve, with the header that the recruiter knows."""
    codes = recruitment_of(study)["codes"]
    people = [(row.Participant, row.external_id, row.parameters) for row in rows]
    match kind:
        case "prolific":
            return [[external_id] for _, external_id, _ in people]
        case "mturk":
            return [["HITId", "AssignmentId", "WorkerId", "Approve", "Reject"]] + [
                [
                    text_of(parameters, "hitId"),
                    text_of(parameters, "assignmentId"),
                    external_id,
                    "" if person.outcome in asked.rejected else "x",
                    asked.feedback.strip() if person.outcome in asked.rejected else "",
                ]
                for person, external_id, parameters in people
            ]
        case "sona":
            return [["survey_code", "outcome"]] + [
                [external_id, person.outcome] for person, external_id, _ in people
            ]
        case "lab":
            return [["participant_label", "outcome", "code"]] + [
                [
                    external_id,
                    person.outcome,
                    codes.get(person.outcome)
                    or personal_code(secret_key, study, person, person.outcome),
                ]
                for person, external_id, _ in people
            ]
    return [["id", "outcome", "code"]] + [
        [external_id, person.outcome, codes.get(person.outcome, "")]
        for person, external_id, _ in people
    ]


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """CSV in which no spreadsheet finds a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([spreadsheet_safe(field) for field in line] for line in lines)
    return out.getvalue()
