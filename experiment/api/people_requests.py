"""Paying people, and what they ask for, over the API."""

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from experiment.access import access, asking
from experiment.accounts.audit import record
from experiment.api import people_schemas as schemas
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.api.people import ONE, PEOPLE, both, told
from experiment.current import instance
from experiment.errors import InvalidError, NotFoundError
from experiment.models import Identity
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.people.erasing import (
    delete_person,
    delete_previews,
    erase_identity,
    exports_since,
)
from experiment.people.finding import find_by_recruiter_id, find_by_withdrawal_code
from experiment.people.held import report_held
from experiment.people.payments import Asked, payment_list
from experiment.people.status_files import read_statuses
from experiment.people.statuses import Import, apply_statuses, compare_statuses
from experiment.runs import find_study
from experiment.withdrawal import Holdings, holdings

LARGEST_LIST = 16 * 1024 * 1024  # bytes


@api.post(f"{PEOPLE}/statuses")
@access("editor", "people")
@described(
    "Read a recruiter's list of statuses (CSV): what would change, or changing it.",
    REFUSALS | {200: schemas.StatusImport, 409: Problem, 413: Problem},
    body="text/csv",
    query=schemas.StatusQuery,
)
def post_statuses(slug: str) -> ResponseReturnValue:
    """Read a recruiter's list."""
    query = parse_query(schemas.StatusQuery)
    request.max_content_length = LARGEST_LIST
    file = read_statuses(request.get_data())
    if query.apply == "yes":
        with instance().database.write() as session:
            found = apply_statuses(session, find_study(session, slug), file, asking())
    else:
        with instance().database.read() as session:
            found = compare_statuses(session, find_study(session, slug), file)
    return told(import_state(found, is_applied=query.apply == "yes"))


def import_state(found: Import, *, is_applied: bool) -> schemas.StatusImport:
    """What a list changes as the API tells it."""
    return schemas.StatusImport(
        is_applied=is_applied,
        changes=[
            schemas.StatusChange(
                participant=change.public_id,
                before=change.before,  # type: ignore[arg-type] # the database knows no other
                after=change.after,  # type: ignore[arg-type] # nor does the list
                frees=change.frees,
            )
            for change in found.changes
        ],
        unchanged=found.n_same,
        unknown=[
            schemas.UnknownId(line=line.line, id=line.external_id, status=line.status)  # type: ignore[arg-type] # nor here
            for line in found.unknown
        ],
        absent=list(found.absent),
        hints=[
            schemas.StatusHint(participant=hint.public_id, words=hint.words) for hint in found.hints
        ],
        not_understood=list(found.not_understood),
    )


@api.get(f"{PEOPLE}/payments")
@access("editor", "people")
@described(
    "Who is to be paid, as the list that the recruiter takes; recorded, as it holds their ids.",
    REFUSALS | {200: "text/csv", 409: Problem},
    query=schemas.PaymentQuery,
)
def get_payments(slug: str) -> ResponseReturnValue:
    """Who is to be paid."""
    query = parse_query(schemas.PaymentQuery)
    asked = Asked(
        purpose=query.list,
        outcomes=tuple(query.outcomes.split(",")),
        rejected=tuple(query.rejected.split(",")) if query.rejected else (),
        feedback=query.feedback,
        amount=query.amount,
    )
    key = instance().settings.secret_key
    with instance().database.write() as session:
        made = payment_list(session, key, find_study(session, slug), asked, asking())
    return Response(made.content, mimetype="text/csv")


@api.post(f"{PEOPLE}/find")
@access("editor", "people")
@described(
    "Find somebody by their withdrawal code, or by what the recruiter calls them (recorded).",
    REFUSALS | {200: schemas.Found},
    body=schemas.PersonLookup,
)
def post_find(slug: str) -> ResponseReturnValue:
    """Find somebody."""
    lookup = parse(schemas.PersonLookup)
    if (lookup.code is None) == (lookup.recruiter_id is None):
        raise InvalidError("give a code or a recruiter_id, one of the two")
    with instance().database.write() as session:
        study = find_study(session, slug)
        if lookup.code is not None:
            person = find_by_withdrawal_code(session, study, lookup.code)
        else:
            person = find_by_recruiter_id(session, study, str(lookup.recruiter_id))
            record(session, "identity.seen", asking(), study, participant=person.public_id)
        held = holdings(session, person)
        return told(
            schemas.Found(
                participant=person.public_id,
                runs=held.n_runs,
                responses=held.n_responses,
                answers=held.n_answers,
                exports_since=exports_since(session, study, person),
            )
        )


@api.post(f"{PEOPLE}/withdraw")
@access("editor", "people")
@described(
    "Delete everything of who has this withdrawal code.",
    REFUSALS | {200: schemas.DeletedPerson},
    body=schemas.WithdrawalCode,
)
def post_withdraw(slug: str) -> ResponseReturnValue:
    """Delete everything of who has this code."""
    given = parse(schemas.WithdrawalCode)
    with instance().database.write() as session:
        study = find_study(session, slug)
        person = find_by_withdrawal_code(session, study, given.code)
        held = delete_person(session, study, person, asking(), instance().settings.withdrawals)
    return told(deleted(held))


@api.delete(ONE)
@access("editor", "people")
@described("Delete everything of a participant.", REFUSALS | {200: schemas.DeletedPerson})
def delete_participant(slug: str, participant: str) -> ResponseReturnValue:
    """Delete everything of a participant."""
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        held = delete_person(session, study, person, asking(), instance().settings.withdrawals)
    return told(deleted(held))


def deleted(held: Holdings) -> schemas.DeletedPerson:
    """What was deleted as the API tells it."""
    return schemas.DeletedPerson(
        runs=held.n_runs, responses=held.n_responses, answers=held.n_answers
    )


@api.delete(f"{PEOPLE}/previews")
@access("editor", "people")
@described("Delete every preview of a study.", REFUSALS | {200: schemas.DeletedPreviews})
def delete_all_previews(slug: str) -> ResponseReturnValue:
    """Delete every preview."""
    with instance().database.write() as session:
        n = delete_previews(session, find_study(session, slug), asking())
    return told(schemas.DeletedPreviews(previews=n))


@api.get(f"{ONE}/identity")
@access("editor", "people")
@described(
    "What the recruiter calls a participant; the look is recorded.",
    REFUSALS | {200: schemas.IdentityState},
)
def get_identity(slug: str, participant: str) -> ResponseReturnValue:
    """What the recruiter calls a participant."""
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        identity = session.get(Identity, person.id)
        if identity is None:
            raise NotFoundError("no identity of this participant is kept")
        record(session, "identity.seen", asking(), study, participant=participant)
        return told(
            schemas.IdentityState(
                recruiter=identity.recruiter,
                external_id=identity.external_id,
                parameters=identity.parameters,
                created_at=identity.created_at,
            )
        )


@api.delete(f"{ONE}/identity")
@access("editor", "people")
@described(
    "Erase who a participant is at the recruiter; the data stay.",
    REFUSALS | {204: "", 409: Problem},
)
def delete_identity(slug: str, participant: str) -> ResponseReturnValue:
    """Erase who a participant is."""
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        erase_identity(session, study, person, asking(), instance().settings.withdrawals)
    return "", 204


@api.get(f"{ONE}/held")
@access("editor", "people")
@described(
    "A report of everything that is held about one person; recorded.",
    REFUSALS | {200: "application/json"},
    query=schemas.HeldQuery,
)
def get_held(slug: str, participant: str) -> ResponseReturnValue:
    """What is held about one person."""
    query = parse_query(schemas.HeldQuery)
    with instance().database.write() as session:
        study, person = both(session, slug, participant)
        report = report_held(
            session, study, person, asking(), with_identity=query.identity == "yes"
        )
    return jsonify(report)
