"""Which step follows for each enrolment, who asked for an approval, and messages counted by state."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "approval_request",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("template_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", base.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_version_id"],
            ["template_version.id"],
            name=op.f("fk_approval_request_template_version_id_template_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
        sa.UniqueConstraint("template_version_id", name=op.f("uq_approval_request_template_version_id")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_step", sa.String(length=80), nullable=True))
    op.create_index(
        "ix_enrolment_standing",
        "enrolment",
        ["schedule", "next_step"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_message_state", "message", ["state", "id"])
    op.create_index("ix_message_template", "message", ["template", "channel", "planned_for"])


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_message_template", table_name="message")
    op.drop_index("ix_message_state", table_name="message")
    op.drop_index("ix_enrolment_standing", table_name="enrolment")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("next_step")
    op.drop_table("approval_request")
