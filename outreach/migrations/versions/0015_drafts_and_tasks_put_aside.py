"""Drafts of staff, and tasks that are put aside for a while.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("at", base.Instant(timezone=True), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_draft_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("staff_id", "place", name=op.f("uq_draft_staff_id_place")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rested_at", base.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rests_until", base.Instant(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("until_answer", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.alter_column("until_answer", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("until_answer")
        batch_op.drop_column("rests_until")
        batch_op.drop_column("rested_at")
    op.drop_table("draft")
