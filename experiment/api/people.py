"""The people of a study over the API: all, one, and what is decided about them."""

from dataclasses import asdict
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.api import people_schemas as schemas
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.current import instance
from experiment.models import Exclusion, LiftedExclusion, Participant, Study
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.people.everybody import Wanted, show_of
from experiment.people.excluding import exclude, exclude_again, lift
from experiment.people.finding import find_participant
from experiment.people.listing import Listed, list_people
from experiment.people.person import Person, PlayedRun, person_of
from experiment.results.blinding import is_hidden
from experiment.runs import find_study

PEOPLE = "/studies/<slug:slug>/people"
ONE = f"{PEOPLE}/<public_id:participant>"


def told(model: BaseModel, status: int = 200) -> ResponseReturnValue:
    """A model as JSON."""
    return jsonify(model.model_dump(mode="json")), status


@api.get(PEOPLE)
@access("viewer", "people")
@described(
    "Everybody in a study, a page at a time.",
    REFUSALS | {200: schemas.People},
    query=schemas.PeopleQuery,
)
def get_people(slug: str) -> ResponseReturnValue:
    """Everybody in a study."""
    query = parse_query(schemas.PeopleQuery)
    wanted = Wanted(
        show=query.show,
        outcome=query.outcome,
        only=query.only,
        recruiter_status=query.recruiter_status,
        is_falling=False,
    )
    with instance().database.read() as session:
        study = find_study(session, slug)
        found = list_people(session, study, wanted, after=query.after, limit=query.limit + 1)
    page = found[: query.limit]
    return told(
        schemas.People(
            people=[schemas.PersonLine(**line_of(person)) for person in page],
            next=page[-1].key if len(found) > len(page) else None,
        )
    )


def line_of(person: Listed) -> dict[str, Any]:
    """A line of the list as the API tells it."""
    return {
        "participant": person.public_id,
        "created_at": person.created_at,
        "standing": person.standing,
        "ended_at": person.ended_at,
        "runs": person.n_runs,
        "runs_finished": person.n_finished,
        "started_at": person.started_at,
        "minutes": person.minutes,
        "hit_rate": person.rates and person.rates.hit_rate,
        "false_alarm_rate": person.rates and person.rates.false_alarm_rate,
        "flags": person.n_flags,
        "exclusions": person.n_exclusions,
        "is_excluded": person.is_excluded,
        "recruiter_status": person.recruiter_status,
        "has_identity": person.has_identity,
        "is_payable": person.is_payable,
        "is_at_odds": person.is_at_odds,
        "is_preview": person.is_preview,
        "is_simulated": person.is_simulated,
    }


@api.get(ONE)
@access("viewer", "people")
@described("One participant, but who they are.", REFUSALS | {200: schemas.PersonState})
def get_participant(slug: str, participant: str) -> ResponseReturnValue:
    """One participant."""
    with instance().database.read() as session:
        study = find_study(session, slug)
        person = person_of(session, study, find_participant(session, study, participant))
        wanted = Wanted(show=show_of(person.participant), id_begins=participant)
        [line] = list_people(session, study, wanted, limit=1)
    return told(person_state(study, person, line))


def person_state(study: Study, person: Person, line: Listed) -> schemas.PersonState:
    """A participant as the API tells them."""
    runs = {run.key: run.public_id for run in person.runs}
    return schemas.PersonState(
        **line_of(line),
        consent=None if person.consent is None else schemas.Agreed(**asdict(person.consent)),
        answers=[schemas.Answered(**asdict(answer)) for answer in person.answers],
        played=[run_state(run, is_hidden=is_hidden(study)) for run in person.runs],
        flagged=[schemas.Noticed(**asdict(flag)) for flag in person.flags],
        rules=[schemas.Noticed(**asdict(event)) for event in person.rule_events],
        excluded=[
            schemas.ExclusionState(**decision_of(found, runs)) for found in person.exclusions
        ],
        lifted=[
            schemas.Lifted(
                **decision_of(found, runs),
                lifted_reason=found.lifted_reason,
                lifted_at=found.lifted_at,
            )
            for found in person.lifted
        ],
    )


def run_state(run: PlayedRun, *, is_hidden: bool) -> schemas.RunState:
    """A run as the API tells it."""
    responses = [
        schemas.ResponseState(
            level=level.level,
            **{name: value for name, value in asdict(showing).items() if name != "sha256"},
        )
        for level in run.levels
        for showing in level.showings
    ]
    timing = None
    if run.timing is not None:
        values = asdict(run.timing)
        values.pop("frames_off")
        timing = schemas.TimingState(**values)
    return schemas.RunState(
        run=run.public_id,
        number=run.number,
        state=run.state,
        outcome=run.outcome,
        started_at=run.started_at,
        finished_at=run.finished_at,
        minutes=run.minutes,
        n_planned=run.n_planned,
        n_shown=run.n_shown,
        n_lost=run.n_lost,
        n_conflicts=run.n_conflicts,
        interruptions=list(run.interruptions),
        disturbances=dict(run.disturbances),
        timing=timing,
        responses=None if is_hidden else responses,
    )


def decision_of(found: Exclusion | LiftedExclusion, runs: dict[int, str]) -> dict[str, Any]:
    """An exclusion as the API tells it; runs by their random ids."""
    return {
        "exclusion": found.id,
        "run": None if found.run_id is None else runs.get(found.run_id),
        "level": found.level,
        "rule": found.rule,
        "number": found.number,
        "decided_by": found.decided_by,
        "reason": found.reason,
        "created_at": found.created_at,
    }


@api.post(f"{ONE}/exclusions")
@access("editor", "people")
@described(
    "Leave data of a participant out of the scores.",
    REFUSALS | {201: schemas.ExclusionState, 409: Problem},
    body=schemas.NewExclusion,
)
def post_exclusion(slug: str, participant: str) -> ResponseReturnValue:
    """Leave data out of the scores."""
    new = parse(schemas.NewExclusion)
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        made = exclude(
            session, study, person, asking(), reason=new.reason, run=new.run, level=new.level
        )
        runs = {} if made.run_id is None else {made.run_id: str(new.run)}
        session.flush()
        return told(schemas.ExclusionState(**decision_of(made, runs)), 201)


@api.delete(f"{ONE}/exclusions/<number:exclusion>")
@access("editor", "people")
@described(
    "Take an exclusion back; what a rule decided is overruled, with a reason.",
    REFUSALS | {204: ""},
    query=schemas.LiftQuery,
)
def delete_exclusion(slug: str, participant: str, exclusion: int) -> ResponseReturnValue:
    """Take an exclusion back."""
    query = parse_query(schemas.LiftQuery)
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        lift(session, study, person, asking(), exclusion, reason=query.reason)
    return "", 204


@api.post(f"{ONE}/lifted/<number:exclusion>")
@access("editor", "people")
@described(
    "Let an exclusion hold again that was taken back.",
    REFUSALS | {204: ""},
)
def post_again(slug: str, participant: str, exclusion: int) -> ResponseReturnValue:
    """Let an exclusion hold again."""
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        exclude_again(session, study, person, asking(), exclusion)
    return "", 204


def both(session: Session, slug: str, participant: str) -> tuple[Study, Participant]:
    """The study and the participant of an address."""
    study = find_study(session, slug)
    return study, find_participant(session, study, participant)
