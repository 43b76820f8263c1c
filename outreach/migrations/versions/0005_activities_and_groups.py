"""Activities near people, and co-run groups with sessions, invitations and places."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "social",
                "physical_health",
                "creative",
                "faith_and_culture",
                "practical_help",
                name="activitykind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("when_words", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("access", sa.JSON(), nullable=False),
        sa.Column("cost", sa.String(length=40), nullable=False),
        sa.Column("contact", sa.String(length=80), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_at", base.Instant(timezone=True), nullable=False),
        sa.Column("retired_at", base.Instant(timezone=True), nullable=True),
        sa.Column("retired_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["staff_member.id"], name=op.f("fk_activity_keeper_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_table(
        "group_session",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("activity_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("starts_at", base.Instant(timezone=True), nullable=False),
        sa.Column("ends_at", base.Instant(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("created_at", base.Instant(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("called_off_at", base.Instant(timezone=True), nullable=True),
        sa.Column("called_off_by", sa.String(), nullable=True),
        sa.Column("called_off_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_group_session_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_session")),
    )
    with op.batch_alter_table("group_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_session_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "invitation_round",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("asked_at", base.Instant(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("done_at", base.Instant(timezone=True), nullable=True),
        sa.Column("invited", sa.Integer(), nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["group_session.id"], name=op.f("fk_invitation_round_session_id_group_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_round")),
    )
    with op.batch_alter_table("invitation_round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_round_session_id"), ["session_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("referral_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("invited_at", base.Instant(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("answer_by", base.Instant(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "opt_out",
                "opt_in",
                "wants_talk",
                "wants_change",
                "wants_other_contact",
                "possible_crisis",
                "needs_reader",
                "wrong_number",
                "survey",
                "thanks",
                "automatic",
                "joins",
                "declines",
                name="reading",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answered_at", base.Instant(timezone=True), nullable=True),
        sa.Column("waiting_no", sa.Integer(), nullable=True),
        sa.Column("offered_at", base.Instant(timezone=True), nullable=True),
        sa.Column("offer_ended_at", base.Instant(timezone=True), nullable=True),
        sa.Column("place_at", base.Instant(timezone=True), nullable=True),
        sa.Column("place_ended_at", base.Instant(timezone=True), nullable=True),
        sa.Column("place_ended_because", sa.String(), nullable=True),
        sa.Column("told_at", base.Instant(timezone=True), nullable=True),
        sa.Column("reminded_at", base.Instant(timezone=True), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.Column("attendance_at", base.Instant(timezone=True), nullable=True),
        sa.Column("attendance_by", sa.String(), nullable=True),
        sa.Column("thanked_at", base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_invitation_message_id_message")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_invitation_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["group_session.id"], name=op.f("fk_invitation_session_id_group_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_invitation_session_id_person_id")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_invitation_waiting",
            ["session_id", "waiting_no"],
            unique=True,
            sqlite_where=sa.text("waiting_no IS NOT NULL"),
            postgresql_where=sa.text("waiting_no IS NOT NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_invitation_waiting",
            sqlite_where=sa.text("waiting_no IS NOT NULL"),
            postgresql_where=sa.text("waiting_no IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_invitation_person_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("invitation_round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_round_session_id"))

    op.drop_table("invitation_round")
    with op.batch_alter_table("group_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_session_activity_id"))

    op.drop_table("group_session")
    op.drop_table("activity")
