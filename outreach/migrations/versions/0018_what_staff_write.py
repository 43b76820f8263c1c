"""Messages that staff write or move, and saved replies."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("changed_at", base.Instant(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("removed_at", base.Instant(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
    )
    op.add_column("message", sa.Column("written_by", sa.String(length=120), nullable=True))
    op.add_column("message", sa.Column("moved_by", sa.String(length=120), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("message", "moved_by")
    op.drop_column("message", "written_by")
    op.drop_table("saved_reply")
