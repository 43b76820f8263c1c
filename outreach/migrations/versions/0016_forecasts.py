"""Forecasts that staff ask for."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "forecast_run",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("asked_at", base.Instant(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("done_at", base.Instant(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_run")),
    )
    with op.batch_alter_table("forecast_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forecast_run_asked_at"), ["asked_at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("forecast_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forecast_run_asked_at"))

    op.drop_table("forecast_run")
