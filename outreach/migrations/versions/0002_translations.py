"""Who has read a translation as a native speaker, and which messages went in English for want of one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.add_column(sa.Column("native_speaker", sa.String(length=120), nullable=True))
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted_language", sa.String(length=35), nullable=True))


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_column("wanted_language")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_column("native_speaker")
