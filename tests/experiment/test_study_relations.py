"""Studies that share people, what a replacement keeps, and how the list counts people."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from experiment import participation, runs
from experiment.database import Database
from experiment.errors import StudyError
from experiment.models import (
    Answer,
    Consent,
    Exclusion,
    Flag,
    Identity,
    Participant,
    RuleEvent,
    Run,
    Study,
    StudyRelation,
    Withdrawal,
)
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.lifecycle import close_study, create_study, open_study
from experiment.studies.listing import study_lines
from stimuli.importers import import_images
from tests.experiment.pictures import make_pictures
from tests.experiment.study_files import definition

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def pictures(settings: Settings, tmp_path: Path) -> None:
    """24 imported pictures."""
    make_pictures(tmp_path / "originals", 24)
    import_images(tmp_path / "originals", settings.image_sets, "pictures")


def create(
    settings: Settings, database: Database, slug: str, *related: str, again: bool = False
) -> None:
    with database.write() as session:
        study = replace(definition(slug), related=related)
        create_study(session, settings, study, replace=again)


def relations(database: Database) -> set[tuple[str, str]]:
    """All pairs of related studies, by slug."""
    with database.read() as session:
        slugs = {study.id: study.slug for study in session.scalars(select(Study))}
        rows = session.scalars(select(StudyRelation)).all()
        return {(slugs[row.study_id], slugs[row.related_id]) for row in rows}


def test_a_relation_holds_in_both_directions(settings: Settings, database: Database) -> None:
    create(settings, database, "cats")
    create(settings, database, "dogs", "cats")
    assert relations(database) == {("cats", "dogs"), ("dogs", "cats")}


def test_a_related_study_must_exist(settings: Settings, database: Database) -> None:
    with pytest.raises(StudyError, match=r"^dogs.toml: related: .* 'cats'; there is none yet"):
        create(settings, database, "dogs", "cats")
    create(settings, database, "cats")
    with pytest.raises(StudyError, match=r"no study 'cat'; did you mean 'cats'\?; create that one"):
        create(settings, database, "dogs", "cat")
    assert relations(database) == set()


def test_a_replaced_study_keeps_the_relations_that_others_declared(
    settings: Settings, database: Database
) -> None:
    create(settings, database, "cats")
    create(settings, database, "emus")
    create(settings, database, "dogs", "cats", "emus")
    create(settings, database, "cats", again=True)
    both = {("cats", "dogs"), ("dogs", "cats")}
    assert relations(database) == both | {("emus", "dogs"), ("dogs", "emus")}
    create(settings, database, "dogs", "cats", again=True)
    assert relations(database) == both


def test_the_length_of_a_run_is_in_the_consent_text_that_is_kept(
    settings: Settings, database: Database
) -> None:
    text = "It takes {minutes} min."
    study = definition()
    longer = replace(study.paradigm, stimulus_ms=20_000)  # 14 × 20.8 s = 291.2 s
    with database.write() as session:
        created = create_study(
            session,
            settings,
            replace(study, paradigm=longer, texts={**study.texts, "consent": text}),
        )
        kept = created.consent_document
        assert kept.text == "It takes 5 min."
        assert kept.sha256 == hashlib.sha256(b"It takes 5 min.").hexdigest()


def add_people(
    database: Database, slug: str, *outcomes: str | None, mode: participation.Mode = None
) -> None:
    """Participants who agreed and ended so; None: who have not ended."""
    with database.write() as session:
        study = find_study(session, slug)
        open_study(session, study)
        for outcome in outcomes:
            person = participation.start_participant(session, study, mode)
            if outcome not in ("no_consent", "full"):
                participation.agree(session, study, person)
            person.outcome, person.ended_at = outcome, NOW if outcome else None


def test_the_list_counts_how_participants_ended(settings: Settings, database: Database) -> None:
    create(settings, database, "cats")
    create(settings, database, "dogs")
    add_people(database, "cats", *["completed"] * 3, "attention", "no_consent", None, None)
    add_people(database, "cats", "completed", "stopped", None, mode="preview")
    with database.write() as session:
        participation.start_participant(
            session, find_study(session, "cats")
        )  # only the welcome page
    with database.read() as session:
        assert list(study_lines(session)) == [
            "cats  open        3 completed, 1 attention, 1 no consent, 2 in progress  Pets",
            "dogs  draft       0 completed  Pets",
        ]


def test_a_study_is_replaced_with_those_who_only_looked_at_its_welcome_page(
    settings: Settings, database: Database
) -> None:
    create(settings, database, "cats")
    with database.write() as session:
        study = find_study(session, "cats")
        open_study(session, study)
        participation.start_participant(session, study)
        close_study(session, study)
    create(settings, database, "cats", again=True)
    with database.read() as session:
        for table in (Participant, Consent):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_preview_goes_with_everything_that_hangs_on_it(
    settings: Settings, database: Database
) -> None:
    create(settings, database, "cats")
    with database.write() as session:
        study = find_study(session, "cats")
        person = participation.start_participant(session, study, "preview")
        participation.agree(session, study, person)
        run = runs.start_run(session, study, person)
        it = {"participant_id": person.id}
        session.add_all(
            [
                Identity(
                    **it,
                    study_id=study.id,
                    recruiter="lab",
                    external_id="1",
                    parameters={},
                    created_at=NOW,
                ),
                Answer(**it, question="age", value=[30], answered_at=NOW),
                Flag(**it, run_number=1, kind="fast", detail={}, raised_at=NOW),
                Exclusion(**it, run_id=run.id, rule="misses", decided_by="rule", created_at=NOW),
                RuleEvent(
                    run_id=run.id,
                    level=1,
                    rule="misses",
                    measure="vigilance_hit_rate",
                    value=0.1,
                    n=10,
                    threshold=0.5,
                    action="warn",
                    position=9,
                    fired_at=NOW,
                ),
            ]
        )
    create(settings, database, "cats", again=True)
    with database.read() as session:
        for table in (Participant, Consent, Run, Identity, Answer, Flag, Exclusion, RuleEvent):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_study_that_somebody_withdrew_from_is_not_replaced(
    settings: Settings, database: Database
) -> None:
    create(settings, database, "cats")
    with database.write() as session:
        study_id = find_study(session, "cats").id
        session.add(Withdrawal(study_id=study_id, n_runs=1, n_responses=14, withdrawn_at=NOW))
    with pytest.raises(StudyError, match="people have taken part"):
        create(settings, database, "cats", again=True)
