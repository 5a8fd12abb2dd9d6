"""Researchers: accounts, roles, tokens, what they did and decided; jobs, predictions, uploads."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOW = sa.DateTime(timezone=True)
STATUSES = "'active', 'awaiting', 'approved', 'rejected', 'returned', 'timed_out'"
# In the order in which they are made; taken away in the other.
NEW_TABLES = (
    "researcher",
    "account_link",
    "membership",
    "api_token",
    "audit_entry",
    "job",
    "prediction",
    "computed",
    "upload",
    "lifted_exclusion",
)


def upgrade() -> None:
    """Add the tables and columns; studies of before have no owner: administrators are."""
    with op.batch_alter_table("study") as batch:
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(
            sa.Column("is_blinded", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("study") as batch:
        for name in ("revision", "is_blinded"):
            batch.alter_column(name, server_default=None)
    with op.batch_alter_table("participant") as batch:
        batch.add_column(sa.Column("recruiter_status", sa.String(), nullable=True))
        batch.add_column(sa.Column("recruiter_status_at", NOW, nullable=True))
        batch.create_check_constraint(
            op.f("ck_participant_recruiter_status_known"), f"recruiter_status IN ({STATUSES})"
        )
    with op.batch_alter_table("exclusion") as batch:
        batch.add_column(sa.Column("reason", sa.String(), nullable=True))
    make_accounts()
    make_work()
    make_decisions()


def downgrade() -> None:
    """Take them away again; what only they can hold is lost."""
    for name in reversed(NEW_TABLES):
        op.drop_table(name)
    with op.batch_alter_table("exclusion") as batch:
        batch.drop_column("reason")
    with op.batch_alter_table("participant") as batch:
        batch.drop_constraint(op.f("ck_participant_recruiter_status_known"), type_="check")
        batch.drop_column("recruiter_status_at")
        batch.drop_column("recruiter_status")
    with op.batch_alter_table("study") as batch:
        batch.drop_column("is_blinded")
        batch.drop_column("revision")


def make_accounts() -> None:
    """Who signs in, with what, what they may do, and what they did."""
    op.create_table(
        "researcher",
        number("id"),
        text("email"),
        text("name"),
        text("password_hash", nullable=True),
        text("session_key"),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        time("created_at"),
        time("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_researcher")),
        unique("researcher", "email"),
    )
    op.create_table(
        "account_link",
        number("id"),
        text("token_sha256"),
        text("purpose"),
        number("researcher_id", nullable=True),
        time("created_at"),
        time("expires_at"),
        time("used_at", nullable=True),
        one_of("account_link", "purpose", "first", "invitation", "reset"),
        points_at("account_link", "researcher_id", "researcher", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        unique("account_link", "token_sha256"),
    )
    op.create_table(
        "membership",
        number("study_id"),
        number("researcher_id"),
        text("role"),
        time("created_at"),
        one_of("membership", "role", "viewer", "editor", "owner"),
        points_at("membership", "study_id", "study", "CASCADE"),
        points_at("membership", "researcher_id", "researcher", "CASCADE"),
        sa.PrimaryKeyConstraint("study_id", "researcher_id", name=op.f("pk_membership")),
    )
    index("membership", "researcher_id")
    op.create_table(
        "api_token",
        number("id"),
        text("public_id"),
        number("researcher_id"),
        text("name"),
        text("token_sha256"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        time("created_at"),
        time("expires_at", nullable=True),
        time("last_used_at", nullable=True),
        time("revoked_at", nullable=True),
        points_at("api_token", "researcher_id", "researcher", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        unique("api_token", "public_id"),
        unique("api_token", "token_sha256"),
    )
    index("api_token", "researcher_id")
    op.create_table(
        "audit_entry",
        number("id"),
        time("at"),
        number("researcher_id", nullable=True),
        text("who"),
        text("via"),
        number("study_id", nullable=True),
        text("study", nullable=True),
        text("action"),
        sa.Column("detail", sa.JSON(), nullable=False),
        one_of("audit_entry", "via", "page", "api", "command", "server"),
        points_at("audit_entry", "researcher_id", "researcher", "SET NULL"),
        points_at("audit_entry", "study_id", "study", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    for column in ("at", "researcher_id", "study_id", "action"):
        index("audit_entry", column)


def make_work() -> None:
    """Long work, and what it brings."""
    op.create_table(
        "job",
        number("id"),
        text("public_id"),
        text("kind"),
        number("study_id", nullable=True),
        number("researcher_id", nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        text("state"),
        number("done"),
        number("total", nullable=True),
        text("unit"),
        text("message"),
        sa.Column("result", sa.JSON(), nullable=False),
        number("pid", nullable=True),
        time("created_at"),
        time("started_at", nullable=True),
        time("heartbeat_at", nullable=True),
        time("ended_at", nullable=True),
        one_of("job", "state", "waiting", "running", "done", "failed", "stopped"),
        sa.CheckConstraint(
            "done >= 0 AND (total IS NULL OR total >= 0)", name=op.f("ck_job_progress_counted")
        ),
        points_at("job", "study_id", "study", "CASCADE"),
        points_at("job", "researcher_id", "researcher", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        unique("job", "public_id"),
    )
    for column in ("study_id", "researcher_id", "state"):
        index("job", column)
    op.create_table(
        "prediction",
        number("study_id"),
        text("model"),
        text("sha256"),
        sa.Column("value", sa.Double(), nullable=True),
        text("fingerprint", nullable=True),
        text("error", nullable=True),
        time("stored_at"),
        sa.CheckConstraint(
            "(value IS NULL) = (error IS NOT NULL)", name=op.f("ck_prediction_value_or_error")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_prediction_sha256_whole")),
        points_at("prediction", "study_id", "study", "CASCADE"),
        sa.PrimaryKeyConstraint("study_id", "model", "sha256", name=op.f("pk_prediction")),
    )
    op.create_table(
        "computed",
        number("study_id"),
        text("kind"),
        text("version"),
        sa.Column("value", sa.JSON(), nullable=False),
        time("computed_at"),
        sa.Column("seconds", sa.Double(), nullable=False),
        points_at("computed", "study_id", "study", "CASCADE"),
        sa.PrimaryKeyConstraint("study_id", "kind", name=op.f("pk_computed")),
    )
    op.create_table(
        "upload",
        number("id"),
        text("public_id"),
        text("name"),
        number("researcher_id", nullable=True),
        text("state"),
        time("created_at"),
        time("ended_at", nullable=True),
        one_of("upload", "state", "open", "importing", "done", "failed"),
        points_at("upload", "researcher_id", "researcher", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        unique("upload", "public_id"),
    )
    index("upload", "researcher_id")


def make_decisions() -> None:
    """Exclusions that researchers took back."""
    op.create_table(
        "lifted_exclusion",
        number("id"),
        number("participant_id"),
        number("run_id", nullable=True),
        number("level", nullable=True),
        text("rule"),
        sa.Column("number", sa.Double(), nullable=True),
        text("decided_by"),
        text("reason", nullable=True),
        time("created_at"),
        text("lifted_reason", nullable=True),
        time("lifted_at"),
        sa.CheckConstraint(
            "level IS NULL OR run_id IS NOT NULL",
            name=op.f("ck_lifted_exclusion_level_of_a_run"),
        ),
        points_at("lifted_exclusion", "participant_id", "participant", "CASCADE"),
        points_at("lifted_exclusion", "run_id", "run", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifted_exclusion")),
    )
    index("lifted_exclusion", "participant_id")


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """A column of whole numbers."""
    return sa.Column(name, sa.Integer(), nullable=nullable)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A column of texts."""
    return sa.Column(name, sa.String(), nullable=nullable)


def time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A column of times in UTC."""
    return sa.Column(name, NOW, nullable=nullable)


def one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    """A check that the column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}_known"))


def points_at(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    """A foreign key with the name that the models give it."""
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
    )


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    """A unique constraint with the name that the models give it."""
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def index(table: str, column: str) -> None:
    """An index with the name that the models give it."""
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
