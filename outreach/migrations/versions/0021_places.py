"""Where the database stands, so that a restored one is noticed."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "place",
        sa.Column("id", base.IdText(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("found_at", base.Instant(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("since", base.Instant(timezone=True), nullable=False),
        sa.Column("settled_at", base.Instant(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("place")
