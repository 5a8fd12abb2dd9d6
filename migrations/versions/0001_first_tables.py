"""The first tables: images, studies, participants, runs, responses."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "consent_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_document")),
        sa.UniqueConstraint("sha256", name=op.f("uq_consent_document_sha256")),
    )
    op.create_table(
        "image_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_set")),
        sa.UniqueConstraint("name", name=op.f("uq_image_set_name")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_preview", sa.Boolean(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_participant_public_id")),
    )
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_set_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("licence", sa.String(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_image_sha256_whole")),
        sa.CheckConstraint("width_px >= 1 AND height_px >= 1", name=op.f("ck_image_size_positive")),
        sa.ForeignKeyConstraint(
            ["image_set_id"], ["image_set.id"], name=op.f("fk_image_image_set_id_image_set")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
        sa.UniqueConstraint(
            "image_set_id", "image_id", name=op.f("uq_image_image_set_id_image_id")
        ),
        sa.UniqueConstraint("image_set_id", "sha256", name=op.f("uq_image_image_set_id_sha256")),
    )
    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("image_set_id", sa.Integer(), nullable=False),
        sa.Column("consent_document_id", sa.Integer(), nullable=False),
        sa.Column("paradigm", sa.JSON(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'paused', 'closed')", name=op.f("ck_study_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["consent_document_id"],
            ["consent_document.id"],
            name=op.f("fk_study_consent_document_id_consent_document"),
        ),
        sa.ForeignKeyConstraint(
            ["image_set_id"], ["image_set.id"], name=op.f("fk_study_image_set_id_image_set")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("slug", name=op.f("uq_study_slug")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("consent_document_id", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_document_id"],
            ["consent_document.id"],
            name=op.f("fk_consent_consent_document_id_consent_document"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_consent_participant_id_participant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_consent_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "participant_id", "study_id", name=op.f("uq_consent_participant_id_study_id")
        ),
    )
    op.create_table(
        "results_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "page IN ('results', 'report')", name=op.f("ck_results_link_page_known")
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
            name=op.f("fk_results_link_study_id_study"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_results_link_token_sha256")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("device", sa.JSON(), nullable=False),
        sa.Column("lost_positions", sa.JSON(), nullable=False),
        sa.Column("origin_epoch_ms", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'created') = (started_at IS NULL)", name=op.f("ck_run_started_once_begun")
        ),
        sa.CheckConstraint(
            "(state = 'finished') = (finished_at IS NOT NULL)", name=op.f("ck_run_finished_at_end")
        ),
        sa.CheckConstraint(
            "state IN ('created', 'in_progress', 'finished')", name=op.f("ck_run_state_known")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_run_number_positive")),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_run_participant_id_participant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_run_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint(
            "participant_id",
            "study_id",
            "number",
            name=op.f("uq_run_participant_id_study_id_number"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_run_public_id")),
        sa.UniqueConstraint("token", name=op.f("uq_run_token")),
    )
    op.create_index(op.f("ix_run_study_id"), "run", ["study_id"], unique=False)
    op.create_table(
        "browser_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("at_ms", sa.Double(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_browser_event_run_id_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_event")),
        sa.UniqueConstraint("run_id", "event_id", name=op.f("uq_browser_event_run_id_event_id")),
    )
    op.create_table(
        "interruption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("last_stored", sa.Integer(), nullable=True),
        sa.Column("last_shown", sa.Integer(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_interruption_after_first_trial")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_interruption_run_id_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interruption")),
        sa.UniqueConstraint("run_id", "position", name=op.f("uq_interruption_run_id_position")),
    )
    op.create_table(
        "response_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_response_conflict_run_id_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_conflict")),
        sa.UniqueConstraint(
            "run_id", "position", "sha256", name=op.f("uq_response_conflict_run_id_position_sha256")
        ),
    )
    op.create_table(
        "trial",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_repeat", sa.Boolean(), nullable=False),
        sa.Column("lag", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("stimulus_ms", sa.Integer(), nullable=False),
        sa.Column("gap_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("phase IN ('game', 'study', 'test')", name=op.f("ck_trial_phase_known")),
        sa.CheckConstraint("role <> 'filler' OR NOT is_repeat", name=op.f("ck_trial_fillers_once")),
        sa.CheckConstraint(
            "role IN ('target', 'filler', 'vigilance')", name=op.f("ck_trial_role_known")
        ),
        sa.CheckConstraint("(lag IS NOT NULL) = is_repeat", name=op.f("ck_trial_lag_of_repeats")),
        sa.CheckConstraint(
            "lag IS NULL OR lag BETWEEN 1 AND position", name=op.f("ck_trial_lag_within_run")
        ),
        sa.CheckConstraint("level >= 1", name=op.f("ck_trial_level_from_one")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_trial_position_from_zero")),
        sa.CheckConstraint("stimulus_ms > 0 AND gap_ms >= 0", name=op.f("ck_trial_planned_times")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_trial_image_id_image")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_trial_run_id_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_trial")),
        sa.UniqueConstraint("address", name=op.f("uq_trial_address")),
        sa.UniqueConstraint(
            "run_id", "image_id", "is_repeat", name=op.f("uq_trial_run_id_image_id_is_repeat")
        ),
    )
    op.create_index(op.f("ix_trial_image_id"), "trial", ["image_id"], unique=False)
    op.create_table(
        "response",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("rt_ms", sa.Double(), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("onset_ms", sa.Double(), nullable=False),
        sa.Column("offset_ms", sa.Double(), nullable=False),
        sa.Column("frame_ms", sa.Double(), nullable=False),
        sa.Column("dropped_frames", sa.Integer(), nullable=False),
        sa.Column("feedback_onset_ms", sa.Double(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(key IS NULL) = (rt_ms IS NULL)", name=op.f("ck_response_key_with_time")
        ),
        sa.CheckConstraint(
            "frame_ms > 0 AND dropped_frames >= 0", name=op.f("ck_response_frames_counted")
        ),
        sa.CheckConstraint("offset_ms >= onset_ms", name=op.f("ck_response_offset_after_onset")),
        sa.CheckConstraint("rt_ms IS NULL OR rt_ms >= 0", name=op.f("ck_response_rt_after_onset")),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["trial.run_id", "trial.position"],
            name=op.f("fk_response_run_id_position_trial"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_response")),
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("response")
    op.drop_index(op.f("ix_trial_image_id"), table_name="trial")
    op.drop_table("trial")
    op.drop_table("response_conflict")
    op.drop_table("interruption")
    op.drop_table("browser_event")
    op.drop_index(op.f("ix_run_study_id"), table_name="run")
    op.drop_table("run")
    op.drop_table("results_link")
    op.drop_table("consent")
    op.drop_table("study")
    op.drop_table("image")
    op.drop_table("participant")
    op.drop_table("image_set")
    op.drop_table("consent_document")
