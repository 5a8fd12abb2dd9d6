"""What a walk changes in a study behind its server's back, to come to a page sooner."""

from sqlalchemy import select

from experiment.models import Participant
from experiment.recruitment.definition import parse_recruitment
from experiment.runs import find_study, start_run
from tests.browser.lab import Lab


def change_state(lab: Lab, state: str) -> None:
    """Open or close a study behind its server's back."""
    with lab.database.write() as session:
        find_study(session, lab.slug).state = state


def change_recruitment(lab: Lab, **table: object) -> None:
    """Have people sent by somebody else."""
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        recruitment = parse_recruitment(table, "walk.toml")
        study.definition = study.definition | {"recruitment": recruitment}


def finish_run(lab: Lab) -> Participant:
    """Give the newest participant a run that is over."""
    with lab.database.write() as session:
        somebody = session.scalars(select(Participant).order_by(Participant.id.desc())).first()
        assert somebody is not None
        run = start_run(session, find_study(session, lab.slug), somebody)
        run.state, run.outcome, run.started_at = "finished", "whole", run.created_at
        run.finished_at = run.created_at
    return somebody
