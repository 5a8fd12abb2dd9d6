"""The steps of the schema: forth and back with data, and in agreement with the models."""

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Connection, MetaData, func, inspect, select, text
from sqlalchemy.orm import Session

import migrations
from experiment import database as schema
from experiment.database import Database, make_engine
from experiment.design.display import Display
from experiment.design.presets import PRESETS
from experiment.errors import DatabaseError
from experiment.inserts import insert_ignoring
from experiment.models import (
    AccountLink,
    Answer,
    ApiToken,
    AuditEntry,
    Base,
    BrowserEvent,
    Computed,
    Consent,
    Exclusion,
    FeedbackRequest,
    Flag,
    Identity,
    Interruption,
    Job,
    LiftedExclusion,
    Membership,
    Participant,
    Prediction,
    Researcher,
    Response,
    ResponseConflict,
    ResultsLink,
    RuleEvent,
    Run,
    Study,
    StudyRelation,
    Upload,
    Withdrawal,
)
from experiment.runs import run_config
from tests.experiment.rows import NOW, a_response, add_run

LATER = NOW + timedelta(minutes=5)
# The words of a paradigm before 0002.
OLDER_PARADIGM = (
    *("name", "source", "stimulus_ms", "gap_ms", "n_targets", "n_fillers", "n_vigilance"),
    *("target_lags", "vigilance_lags", "target_lag_distribution", "vigilance_lag_distribution"),
    *("keys", "early_key_ms", "readings"),
)
VERSIONS = Path(next(iter(migrations.__path__))) / "versions"


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def table_names(url: str) -> set[str]:
    with connected(url) as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def row_counts(url: str) -> dict[str, int]:
    tables = MetaData()
    with connected(url) as connection:
        tables.reflect(connection)
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.tables.items()
            if name != "alembic_version"
        }


def fill_every_table(url: str) -> None:
    database = Database(url)
    with database.write() as session:
        run_id = add_run(session, n_trials=5)
        run = session.get_one(Run, run_id)
        session.add_all(
            [
                Consent(
                    participant_id=run.participant_id,
                    study_id=run.study_id,
                    consent_document_id=run.study.consent_document_id,
                    agreed_at=NOW,
                ),
                ResponseConflict(
                    run_id=run_id, position=1, sha256="b" * 64, payload={}, received_at=NOW
                ),
                BrowserEvent(
                    run_id=run_id,
                    event_id="e",
                    event="blur",
                    position=None,
                    at_ms=-3.5,
                    detail={},
                    received_at=NOW,
                ),
                Interruption(
                    run_id=run_id, position=3, last_stored=1, last_shown=2, resumed_at=NOW
                ),
                ResultsLink(
                    study_id=run.study_id,
                    token_sha256="c" * 64,
                    page="results",
                    created_at=NOW,
                    expires_at=NOW,
                ),
                *rows_of_participation(session, run),
                *rows_of_researchers(session, run),
            ]
        )
        rows = [a_response(run_id, position) for position in range(5)]
        insert_ignoring(session, Response, ("run_id", "position"), rows)
    database.close()


def rows_of_participation(session: Session, run: Run) -> list[Base]:
    other = Study(
        slug="other",
        title="Another study",
        state="draft",
        image_set_id=run.study.image_set_id,
        consent_document_id=run.study.consent_document_id,
        paradigm={},
        definition={},
        created_at=NOW,
    )
    session.add(other)
    session.flush()
    person, study = run.participant_id, run.study_id
    return [
        StudyRelation(study_id=study, related_id=other.id),
        Identity(
            participant_id=person,
            study_id=study,
            recruiter="lab",
            external_id="P1",
            parameters={},
            created_at=NOW,
        ),
        Answer(participant_id=person, question="age", value=[31], answered_at=NOW),
        Flag(participant_id=person, run_number=0, kind="honeypot", detail={}, raised_at=NOW),
        Withdrawal(study_id=study, n_runs=1, n_responses=3, withdrawn_at=NOW),
        FeedbackRequest(
            run_id=run.id, position=1, key=" ", rt_ms=412.5, is_correct=False, asked_at=NOW
        ),
        RuleEvent(
            run_id=run.id,
            level=1,
            rule="vigilance",
            measure="vigilance_hit_rate",
            value=0.4,
            n=10,
            threshold=0.5,
            action="end_level",
            position=4,
            fired_at=NOW,
        ),
        Exclusion(
            participant_id=person,
            run_id=run.id,
            level=1,
            rule="vigilance",
            number=0.4,
            decided_by="rule",
            created_at=NOW,
        ),
        LiftedExclusion(
            participant_id=person,
            run_id=run.id,
            level=1,
            rule="vigilance",
            number=0.4,
            decided_by="rule",
            created_at=NOW,
            lifted_reason="The lab's fault.",
            lifted_at=NOW,
        ),
    ]


def rows_of_researchers(session: Session, run: Run) -> list[Base]:
    somebody = Researcher(
        email="ada@lab.example",
        name="Ada",
        password_hash=None,
        session_key="s",
        is_admin=True,
        created_at=NOW,
    )
    session.add(somebody)
    session.flush()
    me, study = somebody.id, run.study_id
    return [
        AccountLink(
            token_sha256="d" * 64,
            purpose="invitation",
            researcher_id=me,
            created_at=NOW,
            expires_at=NOW,
        ),
        Membership(study_id=study, researcher_id=me, role="owner", created_at=NOW),
        ApiToken(
            public_id="t",
            researcher_id=me,
            name="laptop",
            token_sha256="e" * 64,
            scopes=["read"],
            created_at=NOW,
        ),
        AuditEntry(
            at=NOW,
            researcher_id=me,
            who="ada@lab.example",
            via="page",
            study_id=study,
            study="study",
            action="export.made",
            detail={},
        ),
        Job(
            public_id="j",
            kind="score",
            study_id=study,
            researcher_id=me,
            parameters={},
            state="waiting",
            done=0,
            unit="images",
            message="",
            result={},
            created_at=NOW,
        ),
        Prediction(study_id=study, model="resmem", sha256="f" * 64, value=0.7, stored_at=NOW),
        Computed(study_id=study, kind="live", version="1", value={}, computed_at=NOW, seconds=0.1),
        Upload(public_id="u", name="kitchens", researcher_id=me, state="open", created_at=NOW),
    ]


def test_models_and_migrations_make_the_same_schema(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)
    assert schema.check(empty_database_url) == []
    assert table_names(empty_database_url) == set(Base.metadata.tables)


def test_checks_of_models_and_migrations_have_the_same_names_and_words(
    database_url: str, backend: str
) -> None:
    with connected(database_url) as connection:
        inspector = inspect(connection)
        for name, table in Base.metadata.tables.items():
            # The constraint's own text is what the model says; PostgreSQL rewrites what it stores.
            expected = {
                str(check.name): str(check.sqltext)
                for check in table.constraints
                if isinstance(check, CheckConstraint)
            }
            found = {
                str(check["name"]): str(check["sqltext"])
                for check in inspector.get_check_constraints(name)
            }
            if backend == "sqlite":
                assert found == expected
            else:
                assert found.keys() == expected.keys()


def test_every_step_goes_back_and_forth_with_data(empty_database_url: str) -> None:
    url = empty_database_url
    schema.upgrade(url)
    fill_every_table(url)
    assert min(row_counts(url).values()) >= 1
    for _ in sorted(VERSIONS.glob("[0-9]*.py")):
        schema.downgrade(url, "-1")
    assert table_names(url) == set()
    schema.upgrade(url)
    assert schema.check(url) == []
    fill_every_table(url)


def write_older_study(url: str) -> None:
    """A study as version 0001 kept it, with somebody who has finished and somebody who has not."""
    paradigm = {
        key: value for key, value in PRESETS["lamem2015"].to_dict().items() if key in OLDER_PARADIGM
    }
    definition = {"display": {"size_px": 400, "background": "#102030"}, "language": "en"}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("image_set", {"id": 1, "name": "photos", "created_at": NOW}),
        ("consent_document", {"id": 1, "sha256": "a" * 64, "text": "Yes?", "created_at": NOW}),
        (
            "study",
            {
                "id": 1, "slug": "older", "title": "An older one", "state": "open",
                "image_set_id": 1, "consent_document_id": 1, "paradigm": paradigm,
                "definition": definition, "created_at": NOW,
            },
        ),
    ]  # fmt: skip
    for number, is_finished in ((1, True), (2, False)):
        person = {"id": number, "public_id": f"p{number}", "is_preview": False}
        rows += [
            ("participant", person | {"created_at": NOW, "is_simulated": False}),
            (
                "run",
                {
                    "id": number, "public_id": f"r{number}", "token": f"t{number}",
                    "participant_id": number, "study_id": 1, "number": 1, "seed": "1",
                    "state": "finished" if is_finished else "in_progress", "device": {},
                    "lost_positions": [], "created_at": NOW, "started_at": NOW,
                    "finished_at": LATER if is_finished else None,
                },
            ),
        ]  # fmt: skip
    tables = MetaData()
    with connected(url) as connection:
        tables.reflect(connection)
        for name, row in rows:
            connection.execute(tables.tables[name].insert().values(row))
        connection.commit()


def test_a_study_of_an_older_version_goes_on_as_it_was(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url, "0001")
    write_older_study(empty_database_url)
    schema.upgrade(empty_database_url)
    database = Database(empty_database_url)
    with database.read() as session:
        study = session.scalars(select(Study)).one()
        wanted = replace(
            PRESETS["lamem2015"],
            attention=(),  # there were no rules
            display=Display(size_px=400, background="#102030"),
        )
        assert study.paradigm == wanted.to_dict()
        assert "display" not in study.definition
        people = session.scalars(select(Participant).order_by(Participant.id)).all()
        assert [(p.outcome, p.ended_at) for p in people] == [("completed", LATER), (None, None)]
        assert run_config(session, "t2")["rests"] == "none"
    database.close()
    schema.downgrade(empty_database_url, "0001")
    with connected(empty_database_url) as connection:
        tables = MetaData()
        tables.reflect(connection)
        row = connection.execute(select(tables.tables["study"])).one()
        assert set(row.paradigm) == set(OLDER_PARADIGM)
        assert row.definition["display"] == {"size_px": 400, "background": "#102030"}


def test_the_way_back_takes_runs_that_the_older_version_has_no_words_for(
    empty_database_url: str,
) -> None:
    url = empty_database_url
    schema.upgrade(url)
    fill_every_table(url)
    with connected(url) as connection:
        connection.execute(text("UPDATE trial SET role = 'lure' WHERE position = 4"))
        connection.commit()
    schema.downgrade(url, "0001")
    counts = row_counts(url)
    assert (counts["run"], counts["trial"], counts["response"], counts["participant"]) == (
        0, 0, 0, 1,
    )  # fmt: skip


def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    fill_every_table(database_url)
    before = row_counts(database_url)
    schema.upgrade(database_url)
    assert row_counts(database_url) == before


def test_two_upgrades_at_once_wait_for_each_other(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(schema.upgrade, [empty_database_url] * 2))
    assert schema.check(empty_database_url) == []


def test_a_step_that_fails_leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade

    def fail_at_the_end(config: Config, revision: str) -> None:
        upgrade(config, revision)
        raise RuntimeError("power failure")

    monkeypatch.setattr(command, "upgrade", fail_at_the_end)
    with pytest.raises(RuntimeError, match="power failure"):
        schema.upgrade(empty_database_url)
    assert table_names(empty_database_url) == set()


def test_rebuilding_a_table_keeps_the_rows_that_point_at_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite changes a table by dropping it; with foreign keys on, trials and responses follow.
    fill_every_table(database_url)
    before = row_counts(database_url)

    def rebuild(config: Config, revision: str) -> None:
        context = MigrationContext.configure(config.attributes["connection"])
        with Operations(context).batch_alter_table("run", recreate="auto") as batch:
            batch.alter_column("seed", nullable=True)

    monkeypatch.setattr(command, "upgrade", rebuild)
    schema.upgrade(database_url)
    assert row_counts(database_url) == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # elsewhere the keys stay on
def test_a_step_that_leaves_rows_pointing_nowhere_is_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_every_table(database_url)

    def delete(config: Config, revision: str) -> None:
        config.attributes["connection"].execute(text("DELETE FROM trial WHERE position = 2"))

    monkeypatch.setattr(command, "upgrade", delete)
    with pytest.raises(DatabaseError, match="point nowhere; nothing was changed"):
        schema.upgrade(database_url)
    assert row_counts(database_url)["trial"] == 5


def test_check_names_what_differs(database_url: str) -> None:
    with connected(database_url) as connection:
        connection.execute(text("DROP INDEX ix_trial_image_id"))
        connection.commit()
    assert "ix_trial_image_id" in " ".join(schema.check(database_url))


def test_a_schema_that_is_missing_old_or_too_new_is_refused(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with pytest.raises(DatabaseError, match="has no tables yet; run 'hitrate db upgrade'"):
        schema.require_current(engine)
    schema.upgrade(empty_database_url)
    schema.require_current(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="used by a newer one: install that version"):
        schema.require_current(engine)
    assert "schema is at 9999" in schema.check(empty_database_url)[0]
    engine.dispose()


def test_an_unknown_revision_is_refused(database_url: str) -> None:
    with pytest.raises(DatabaseError, match="cannot go to 'nonsense'"):
        schema.upgrade(database_url, "nonsense")


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError) as refusal:
        schema.upgrade(f"postgresql://u:secret@/d?host={tmp_path}")
    assert "cannot be used" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_steps_never_import_the_models() -> None:
    files = [*VERSIONS.glob("*.py"), VERSIONS.parent / "env.py"]
    assert len(files) >= 2
    for file in files:
        tree: Any = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            for name in [*names, getattr(node, "module", None) or ""]:
                assert not str(name).startswith(("experiment", "analysis", "stimuli")), file.name
