"""Reviews that staff ask for."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "review_run",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("asked_at", base.Instant(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("compare_on", sa.Date(), nullable=True),
        sa.Column("made_at", base.Instant(timezone=True), nullable=True),
        sa.Column("done_at", base.Instant(timezone=True), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_run")),
    )
    with op.batch_alter_table("review_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_run_done_at"), ["done_at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("review_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_run_done_at"))

    op.drop_table("review_run")
