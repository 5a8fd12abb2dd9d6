"""One participant: everything that a researcher looks at before deciding about their data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.models import (
    Answer,
    BrowserEvent,
    Consent,
    ConsentDocument,
    Exclusion,
    Flag,
    Identity,
    Interruption,
    LiftedExclusion,
    Participant,
    ResponseConflict,
    RuleEvent,
    Run,
    Study,
)
from experiment.people.excluding import exclusions_of, lifted_of
from experiment.people.strip import Level, strip_of, trials_of
from experiment.people.timing import ShownTrial, Timing, timing_of
from experiment.people.words import EVENTS, event_in_words, flag_in_words, flag_name


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent, and the text that it is to."""

    sha256: str
    agreed_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A question in the study's words, and what was answered."""

    question: str
    values: tuple[str, ...]  # none: left open
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Noticed:
    """A flag or a rule that fired, in words."""

    name: str
    words: str
    run: int | None  # its number; None: the pages around the game
    at: datetime
    level: int | None = None


@dataclass(frozen=True, slots=True)
class PlayedRun:
    """A run, and how it went."""

    key: int  # Run.id
    public_id: str
    number: int
    state: str
    outcome: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    minutes: float | None
    device: Mapping[str, Any]
    n_planned: int
    n_shown: int
    n_lost: int
    n_conflicts: int
    interruptions: tuple[int, ...]  # positions at which it went on
    disturbances: Mapping[str, int]  # in words → how often
    timing: Timing | None
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A participant."""

    participant: Participant
    recruiter: str | None  # who sent them, if an identity is kept; None: none is
    consent: Agreed | None
    answers: tuple[Answered, ...]
    runs: tuple[PlayedRun, ...]
    flags: tuple[Noticed, ...]
    rule_events: tuple[Noticed, ...]
    exclusions: tuple[Exclusion, ...]
    lifted: tuple[LiftedExclusion, ...]
    run_numbers: Mapping[int, int]  # Run.id → its number, for what is left out

    @property
    def is_excluded(self) -> bool:
        """Whether all of their data are left out."""
        return any(excluded.run_id is None for excluded in self.exclusions)


def person_of(session: Session, study: Study, participant: Participant) -> Person:
    """Everything about a participant but who they are."""
    identity = session.get(Identity, participant.id)
    runs = session.scalars(
        select(Run)
        .where(Run.participant_id == participant.id, Run.study_id == study.id)
        .order_by(Run.number)
    ).all()
    return Person(
        participant=participant,
        recruiter=None if identity is None else identity.recruiter,
        consent=consent_of(session, study, participant),
        answers=answers_of(session, study, participant),
        runs=tuple(played_run(session, study, run) for run in runs),
        flags=flags_of(session, participant),
        rule_events=rule_events_of(session, study, participant),
        exclusions=tuple(exclusions_of(session, participant).values()),
        lifted=tuple(lifted_of(session, participant).values()),
        run_numbers={run.id: run.number for run in runs},
    )


def consent_of(session: Session, study: Study, participant: Participant) -> Agreed | None:
    """What a participant agreed to."""
    row = session.execute(
        select(ConsentDocument.sha256, Consent.agreed_at, Consent.revoked_at)
        .join(Consent, Consent.consent_document_id == ConsentDocument.id)
        .where(Consent.participant_id == participant.id, Consent.study_id == study.id)
    ).one_or_none()
    return None if row is None else Agreed(*row)


def answers_of(session: Session, study: Study, participant: Participant) -> tuple[Answered, ...]:
    """What was answered, in the order of answering, in the words of the study."""
    asked = {question["id"]: question for question in study.definition.get("questions", ())}
    answers = session.scalars(select(Answer).where(Answer.participant_id == participant.id))
    return tuple(
        Answered(
            question=label_of(asked.get(answer.question), answer.question),
            values=tuple(value_of(asked.get(answer.question), value) for value in answer.value),
            answered_at=answer.answered_at,
        )
        for answer in sorted(answers, key=lambda answer: (answer.answered_at, answer.question))
    )


def label_of(question: Mapping[str, Any] | None, own_id: str) -> str:
    """A question as it was asked; a ready-made one has a name of its own."""
    return (question or {}).get("label") or own_id.replace("_", " ")


def value_of(question: Mapping[str, Any] | None, value: Any) -> str:
    """An answer: the words of the option that was chosen, or what was typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    for option, label in (question or {}).get("options", ()):
        if option == value:
            return str(label)
    return str(value)


def flags_of(session: Session, participant: Participant) -> tuple[Noticed, ...]:
    """A participant's flags in words."""
    flags = session.scalars(
        select(Flag)
        .where(Flag.participant_id == participant.id)
        .order_by(Flag.run_number, Flag.kind)
    )
    return tuple(
        Noticed(flag_name(f.kind), flag_in_words(f), f.run_number or None, f.raised_at)
        for f in flags
    )


def rule_events_of(session: Session, study: Study, participant: Participant) -> tuple[Noticed, ...]:
    """The attention rules that fired, in words and in their order."""
    fires = {rule["name"]: rule["fires"] for rule in study.paradigm.get("attention") or ()}
    fired = session.execute(
        select(RuleEvent, Run.number)
        .join(Run, Run.id == RuleEvent.run_id)
        .where(Run.participant_id == participant.id)
        .order_by(RuleEvent.fired_at, RuleEvent.id)
    )
    return tuple(
        Noticed(
            name=event.rule,
            words=event_in_words(event, fires.get(event.rule)),
            run=number,
            at=event.fired_at,
            level=event.level,
        )
        for event, number in fired
    )


def played_run(session: Session, study: Study, run: Run) -> PlayedRun:
    """A run, and how it went."""
    trials = trials_of(session, run)
    resumed = tuple(
        session.scalars(
            select(Interruption.position)
            .where(Interruption.run_id == run.id)
            .order_by(Interruption.position)
        )
    )
    levels = strip_of(run, trials, float(study.paradigm.get("early_key_ms", 0)))
    outcomes = Counter(showing.outcome for level in levels for showing in level.showings)
    n_conflicts = session.scalar(
        select(func.count()).select_from(ResponseConflict).where(ResponseConflict.run_id == run.id)
    )
    shown = [
        ShownTrial(
            trial.position,
            trial.level,
            trial.stimulus_ms,
            trial.gap_ms,
            trial.onset_ms,
            trial.offset_ms,
            trial.frame_ms,
            trial.dropped_frames,
        )
        for trial in trials
        if trial.onset_ms is not None
    ]
    return PlayedRun(
        key=run.id,
        public_id=run.public_id,
        number=run.number,
        state=run.state,
        outcome=run.outcome,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        minutes=minutes_between(run.started_at, run.finished_at),
        device=run.device,
        n_planned=len(trials),
        n_shown=len(shown),
        n_lost=outcomes["lost"],
        n_conflicts=n_conflicts or 0,
        interruptions=resumed,
        disturbances=disturbances_of(session, run),
        timing=timing_of(shown, resumed),
        levels=levels,
    )


def disturbances_of(session: Session, run: Run) -> dict[str, int]:
    """What disturbed a run: in words, and how often; the most frequent first."""
    counted = session.execute(
        select(BrowserEvent.event, func.count())
        .where(BrowserEvent.run_id == run.id, BrowserEvent.event.in_(EVENTS))
        .group_by(BrowserEvent.event)
    )
    return {EVENTS[event]: n for event, n in sorted(counted, key=lambda row: (-row[1], row[0]))}


def minutes_between(start: datetime | None, end: datetime | None) -> float | None:
    """Minutes from one time to another; None where one of them is not known."""
    return None if start is None or end is None else (end - start).total_seconds() / 60
