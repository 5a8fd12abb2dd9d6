"""Participation: identities, answers, outcomes, attention rules, withdrawal, related studies."""

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PROMISE = timedelta(hours=2)
# What a paradigm of before means without saying so.
UNSAID = {
    "phases": "continuous",
    "n_lures": 0,
    "n_levels": 1,
    "rests": "none",
    "shows_score": False,
    "most_ended_levels": 0,
    "n_returning": 0,
    "return_after_hours": [0, None],
    "feedback": "off",
    "feedback_ms": 150,
    "attention": [],
}
UNSAID_DISPLAY = {"size_deg": None, "distance_cm": 57.0, "crop": "none", "fixation": False}
OF_RUNS = ("browser_event", "interruption", "response", "response_conflict")
NOW = sa.DateTime(timezone=True)
STUDY = sa.table("study", *map(sa.column, ("id", "paradigm", "definition")))
PARTICIPANT = sa.table(
    "participant",
    sa.column("id"),
    sa.column("study_id"),
    sa.column("person"),
    sa.column("withdrawal_sha256"),
    sa.column("created_at", NOW),
    sa.column("reserved_until", NOW),
    sa.column("outcome"),
    sa.column("ended_at", NOW),
)
RUN = sa.table(
    "run",
    sa.column("id"),
    sa.column("participant_id"),
    sa.column("study_id"),
    sa.column("state"),
    sa.column("outcome"),
    sa.column("created_at", NOW),
    sa.column("finished_at", NOW),
    sa.column("reserved_until", NOW),
)
CONSENT = sa.table("consent", sa.column("participant_id"), sa.column("study_id"))
TRIAL = sa.table("trial", *map(sa.column, ("run_id", "role", "lag", "is_repeat")))
NEW_TABLES = (
    "exclusion",
    "rule_event",
    "feedback_request",
    "withdrawal",
    "flag",
    "answer",
    "identity",
    "study_relation",
)
OUTCOMES = "'completed', 'attention', 'stopped', 'screened_out', 'no_consent', 'full'"


def upgrade() -> None:
    """Add the tables and columns; what is there gets the values that it had by implication."""
    widen_participant()
    widen_run()
    with op.batch_alter_table("trial") as batch:
        batch.add_column(sa.Column("first_run_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_trial_first_run_id_run"), "run", ["first_run_id"], ["id"], ondelete="CASCADE"
        )
        for name in ("role_known", "lag_of_repeats", "fillers_once"):
            batch.drop_constraint(op.f(f"ck_trial_{name}"), type_="check")
        for name, rule in (
            ("role_known", "role IN ('target', 'filler', 'vigilance', 'lure')"),
            ("lag_of_repeats", "is_repeat = (lag IS NOT NULL OR first_run_id IS NOT NULL)"),
            ("repeat_of_one_run", "lag IS NULL OR first_run_id IS NULL"),
            ("shown_once", "role NOT IN ('filler', 'lure') OR NOT is_repeat"),
        ):
            batch.create_check_constraint(op.f(f"ck_trial_{name}"), rule)
    with op.batch_alter_table("response") as batch:
        batch.add_column(sa.Column("had_focus", sa.Boolean(), nullable=True))
    with op.batch_alter_table("consent") as batch:
        batch.add_column(sa.Column("revoked_at", NOW, nullable=True))
    allow_pages("'results', 'report', 'sequence'")
    complete_paradigms()
    make_tables()


def downgrade() -> None:
    """Take them away again; what only they can hold is lost."""
    for name in NEW_TABLES:
        op.drop_table(name)
    shorten_paradigms()
    op.execute("DELETE FROM results_link WHERE page = 'sequence'")
    allow_pages("'results', 'report'")
    with op.batch_alter_table("consent") as batch:
        batch.drop_column("revoked_at")
    with op.batch_alter_table("response") as batch:
        batch.drop_column("had_focus")
    delete_foreign_runs()
    with op.batch_alter_table("trial") as batch:
        for name in ("role_known", "lag_of_repeats", "repeat_of_one_run", "shown_once"):
            batch.drop_constraint(op.f(f"ck_trial_{name}"), type_="check")
        for name, rule in (
            ("role_known", "role IN ('target', 'filler', 'vigilance')"),
            ("lag_of_repeats", "(lag IS NOT NULL) = is_repeat"),
            ("fillers_once", "role <> 'filler' OR NOT is_repeat"),
        ):
            batch.create_check_constraint(op.f(f"ck_trial_{name}"), rule)
        batch.drop_constraint(op.f("fk_trial_first_run_id_run"), type_="foreignkey")
        batch.drop_column("first_run_id")
    with op.batch_alter_table("run") as batch:
        for name in ("outcome_known", "outcome_at_end", "end_from_zero"):
            batch.drop_constraint(op.f(f"ck_run_{name}"), type_="check")
        for name in ("outcome", "end_position", "reserved_until", "tab"):
            batch.drop_column(name)
    with op.batch_alter_table("participant") as batch:
        batch.drop_index(op.f("ix_participant_study_id"))
        batch.drop_index(op.f("ix_participant_person"))
        batch.drop_constraint(op.f("uq_participant_withdrawal_sha256"), type_="unique")
        batch.drop_constraint(op.f("fk_participant_study_id_study"), type_="foreignkey")
        for name in ("outcome_known", "outcome_at_end"):
            batch.drop_constraint(op.f(f"ck_participant_{name}"), type_="check")
        for name in (
            *("study_id", "person", "withdrawal_sha256"),
            *("reserved_until", "outcome", "ended_at"),
        ):
            batch.drop_column(name)


def widen_participant() -> None:
    """A participant belongs to one study, and has completed it with a finished run; who has neither
    agreed nor played holds nothing."""
    with op.batch_alter_table("participant") as batch:
        batch.add_column(sa.Column("study_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("person", sa.String(), nullable=True))
        batch.add_column(sa.Column("withdrawal_sha256", sa.String(), nullable=True))
        batch.add_column(sa.Column("reserved_until", NOW, nullable=True))
        batch.add_column(sa.Column("outcome", sa.String(), nullable=True))
        batch.add_column(sa.Column("ended_at", NOW, nullable=True))
    connection = op.get_bind()
    belongs = sa.union(
        sa.select(CONSENT.c.participant_id, CONSENT.c.study_id),
        sa.select(RUN.c.participant_id, RUN.c.study_id),
    )
    studies = {row.participant_id: row.study_id for row in connection.execute(belongs)}
    created = {
        row.id: row.created_at
        for row in connection.execute(sa.select(PARTICIPANT.c.id, PARTICIPANT.c.created_at))
    }
    last = sa.func.max(RUN.c.finished_at, type_=NOW).label("at")
    ended = sa.select(RUN.c.participant_id, last).where(RUN.c.state == "finished")
    finished = {
        row.participant_id: row.at
        for row in connection.execute(ended.group_by(RUN.c.participant_id))
    }
    change(
        PARTICIPANT,
        [
            {
                "key": participant_id,
                "study_id": study_id,
                "person": secrets.token_hex(16),
                # No code of theirs was ever shown; nobody knows one that fits.
                "withdrawal_sha256": hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
                "reserved_until": created[participant_id] + PROMISE,
                "outcome": "completed" if participant_id in finished else None,
                "ended_at": finished.get(participant_id),
            }
            for participant_id, study_id in studies.items()
        ],
    )
    op.execute(sa.delete(PARTICIPANT).where(PARTICIPANT.c.study_id.is_(None)))
    with op.batch_alter_table("participant") as batch:
        for name in ("study_id", "person", "withdrawal_sha256", "reserved_until"):
            batch.alter_column(name, nullable=False)
        batch.create_foreign_key(
            op.f("fk_participant_study_id_study"), "study", ["study_id"], ["id"]
        )
        batch.create_unique_constraint(
            op.f("uq_participant_withdrawal_sha256"), ["withdrawal_sha256"]
        )
        batch.create_index(op.f("ix_participant_study_id"), ["study_id"])
        batch.create_index(op.f("ix_participant_person"), ["person"])
        batch.create_check_constraint(
            op.f("ck_participant_outcome_known"), f"outcome IN ({OUTCOMES})"
        )
        batch.create_check_constraint(
            op.f("ck_participant_outcome_at_end"), "(outcome IS NULL) = (ended_at IS NULL)"
        )


def delete_foreign_runs() -> None:
    """Delete the runs with showings that the older schema has no words for, and what hangs on them:
    SQLite's foreign keys are off meanwhile."""
    foreign = sa.select(TRIAL.c.run_id).where(
        sa.or_(TRIAL.c.role == "lure", sa.and_(TRIAL.c.is_repeat, TRIAL.c.lag.is_(None)))
    )
    runs = op.get_bind().scalars(foreign.distinct()).all()
    for name in (*OF_RUNS, "trial"):
        table = sa.table(name, sa.column("run_id"))
        op.execute(sa.delete(table).where(table.c.run_id.in_(runs)))
    op.execute(sa.delete(RUN).where(RUN.c.id.in_(runs)))


def widen_run() -> None:
    """A finished run was played whole; the others hold their images as long as before."""
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("outcome", sa.String(), nullable=True))
        batch.add_column(sa.Column("end_position", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("reserved_until", NOW, nullable=True))
        batch.add_column(sa.Column("tab", sa.String(), nullable=True))
    runs = op.get_bind().execute(sa.select(RUN.c.id, RUN.c.state, RUN.c.created_at)).all()
    change(
        RUN,
        [
            {
                "key": row.id,
                "reserved_until": row.created_at + PROMISE,
                "outcome": "whole" if row.state == "finished" else None,
            }
            for row in runs
        ],
    )
    with op.batch_alter_table("run") as batch:
        batch.alter_column("reserved_until", nullable=False)
        for name, rule in (
            ("outcome_known", "outcome IN ('whole', 'attention', 'stopped')"),
            ("outcome_at_end", "(state = 'finished') = (outcome IS NOT NULL)"),
            ("end_from_zero", "end_position >= 0"),
        ):
            batch.create_check_constraint(op.f(f"ck_run_{name}"), rule)


def allow_pages(pages: str) -> None:
    """Let links for researchers lead to these pages."""
    with op.batch_alter_table("results_link") as batch:
        batch.drop_constraint(op.f("ck_results_link_page_known"), type_="check")
        batch.create_check_constraint(op.f("ck_results_link_page_known"), f"page IN ({pages})")


def change(table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
    """Update rows by their id, which stands under `key`."""
    if rows:
        names = [name for name in rows[0] if name != "key"]
        statement = sa.update(table).where(table.c.id == sa.bindparam("key"))
        op.get_bind().execute(statement.values({n: sa.bindparam(n) for n in names}), rows)


def complete_paradigms() -> None:
    """Move what says how images are shown into the paradigm, and say there what went unsaid."""
    for study_id, paradigm, definition in read_studies():
        if "display" in definition:
            display = UNSAID_DISPLAY | definition.pop("display")
            write_study(study_id, UNSAID | paradigm | {"display": display}, definition)


def shorten_paradigms() -> None:
    """The way back: the older paradigm has none of these words."""
    for study_id, paradigm, definition in read_studies():
        if "display" in paradigm:
            display = without(paradigm.pop("display"), UNSAID_DISPLAY)
            write_study(study_id, without(paradigm, UNSAID), definition | {"display": display})


def without(values: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """The values but for those of these names."""
    return {name: value for name, value in values.items() if name not in names}


def read_studies() -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """The id of each study, its paradigm and its definition."""
    rows = op.get_bind().execute(sa.text("SELECT id, paradigm, definition FROM study")).all()
    return [(row.id, loaded(row.paradigm), loaded(row.definition)) for row in rows]


def write_study(study_id: int, paradigm: dict[str, Any], definition: dict[str, Any]) -> None:
    """Store both again."""
    changed = {"paradigm": paradigm, "definition": definition}
    op.execute(
        sa.update(STUDY)
        .where(STUDY.c.id == study_id)
        .values({name: sa.bindparam(None, value, sa.JSON()) for name, value in changed.items()})
    )


def loaded(value: Any) -> dict[str, Any]:
    """A JSON column as the driver gives it: a text on SQLite, a dict on PostgreSQL."""
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def make_tables() -> None:
    """The tables that are new."""
    op.create_table(
        "study_relation",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("related_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("study_id <> related_id", name=op.f("ck_study_relation_not_itself")),
        points_at("study_relation", "study_id", "study", "CASCADE"),
        points_at("study_relation", "related_id", "study", "CASCADE"),
        sa.PrimaryKeyConstraint("study_id", "related_id", name=op.f("pk_study_relation")),
    )
    op.create_table(
        "identity",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("recruiter", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        points_at("identity", "participant_id", "participant", "CASCADE"),
        points_at("identity", "study_id", "study"),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_identity")),
        unique("identity", "study_id", "recruiter", "external_id"),
    )
    op.create_table(
        "answer",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("answered_at", NOW, nullable=False),
        points_at("answer", "participant_id", "participant", "CASCADE"),
        sa.PrimaryKeyConstraint("participant_id", "question", name=op.f("pk_answer")),
    )
    op.create_table(
        "flag",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("raised_at", NOW, nullable=False),
        sa.CheckConstraint("run_number >= 0", name=op.f("ck_flag_run_number_from_zero")),
        points_at("flag", "participant_id", "participant", "CASCADE"),
        sa.PrimaryKeyConstraint("participant_id", "run_number", "kind", name=op.f("pk_flag")),
    )
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("n_runs", sa.Integer(), nullable=False),
        sa.Column("n_responses", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", NOW, nullable=False),
        points_at("withdrawal", "study_id", "study", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
    )
    op.create_table(
        "feedback_request",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rt_ms", sa.Double(), nullable=False),
        sa.Column("is_correct", sa.Boolean(), nullable=False),
        sa.Column("asked_at", NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["trial.run_id", "trial.position"],
            name=op.f("fk_feedback_request_run_id_position_trial"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_feedback_request")),
    )
    op.create_table(
        "rule_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fired_at", NOW, nullable=False),
        sa.CheckConstraint("level >= 1", name=op.f("ck_rule_event_level_from_one")),
        sa.CheckConstraint("n >= 1", name=op.f("ck_rule_event_n_counted")),
        points_at("rule_event", "run_id", "run", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_event")),
        unique("rule_event", "run_id", "level", "rule"),
    )
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.CheckConstraint(
            "level IS NULL OR run_id IS NOT NULL", name=op.f("ck_exclusion_level_of_a_run")
        ),
        points_at("exclusion", "participant_id", "participant", "CASCADE"),
        points_at("exclusion", "run_id", "run", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    op.create_index(op.f("ix_exclusion_participant_id"), "exclusion", ["participant_id"])


def points_at(
    table: str, column: str, other: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    """A foreign key with the name that the models give it."""
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
    )


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    """A unique constraint with the name that the models give it."""
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))
