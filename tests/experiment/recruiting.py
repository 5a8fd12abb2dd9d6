"""Studies that get their people from somewhere, for tests."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.models import Identity, Participant, Run, Study, Trial
from experiment.participation import Outcome, end_participation
from experiment.recruitment.definition import parse_recruitment
from experiment.runs import find_study
from tests.experiment.visitor import Player

CODES = {
    "completed": "CODE-WHOLE",
    "attention": "CODE-CARELESS",
    "stopped": "CODE-STOPPED",
    "screened_out": "CODE-SCREENED",
    "no_consent": "CODE-DECLINED",
    "full": "CODE-FULL",
}
PROLIFIC = "?PROLIFIC_PID=5f1c&STUDY_ID=60aa&SESSION_ID=71bb"


def change_study(database: Database, **changes: Any) -> None:
    """Put these keys into the definition of the study `pictures`."""
    with database.write() as session:
        study = find_study(session, "pictures")
        study.definition = study.definition | changes


def recruit(database: Database, **table: Any) -> None:
    """Give the study `pictures` this table `[recruitment]`."""
    change_study(database, recruitment=parse_recruitment(table, "pictures.toml"))


def set_quota(database: Database, participants: int) -> None:
    """Let the study `pictures` take so many people."""
    change_study(database, goal={"responses_per_image": 40, "participants": participants})


def finish_as(database: Database, token: str, outcome: Outcome) -> None:
    """Say that the participant whose run this is ended so, whatever their play made of it."""
    with database.write() as session:
        person = session.scalars(select(Run).where(Run.token == token)).one().participant
        person.outcome = person.ended_at = None
        end_participation(session, person, outcome)


def repeats_of(database: Database, player: Player) -> set[int]:
    """Where images come back in this run."""
    with database.read() as session:
        query = select(Trial.position).join(Run, Run.id == Trial.run_id)
        return set(session.scalars(query.where(Run.token == player.token, Trial.is_repeat)))


def play_well(database: Database, player: Player) -> None:
    """Play the whole run with a key at every repeat and at nothing else."""
    player.play(repeats_of(database, player))


def identities(database: Database) -> list[Identity]:
    """Everybody whom a link named, in the order of their coming."""
    with database.read() as session:
        return list(session.scalars(select(Identity).order_by(Identity.participant_id)))


def people(database: Database) -> list[Participant]:
    """All participants, in the order of their coming."""
    with database.read() as session:
        return list(session.scalars(select(Participant).order_by(Participant.id)))


def copy_study(session: Session, slug: str) -> Study:
    """An open study like `pictures`, of the same images."""
    first = find_study(session, "pictures")
    study = Study(
        slug=slug,
        title=first.title,
        state="open",
        image_set_id=first.image_set_id,
        consent_document_id=first.consent_document_id,
        paradigm=first.paradigm,
        definition=first.definition,
        created_at=first.created_at,
    )
    session.add(study)
    session.flush()
    return study
