"""What a reply asks to stop, from when a call is promised, and which answers did not arrive."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANNELS = ("sms", "email")
PURPOSES = ("appointment", "check_in", "support", "survey", "answer", "alert")


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("reply") as batch_op:
        channel = sa.Enum(*CHANNELS, name="channel", native_enum=False, length=40)
        batch_op.add_column(sa.Column("opt_out_channel", channel, nullable=True))
        purpose = sa.Enum(*PURPOSES, name="purpose", native_enum=False, length=40)
        batch_op.add_column(sa.Column("opt_out_purpose", purpose, nullable=True))
    with op.batch_alter_table("task") as batch_op:
        batch_op.add_column(sa.Column("begins_at", base.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("telephone_now_at", base.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("task") as batch_op:
        batch_op.drop_column("telephone_now_at")
        batch_op.drop_column("begins_at")
    with op.batch_alter_table("reply") as batch_op:
        batch_op.drop_column("opt_out_purpose")
        batch_op.drop_column("opt_out_channel")
