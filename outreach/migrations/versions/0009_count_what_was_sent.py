"""An index from which reports count what was sent, without reading the messages themselves.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ["sending_at", "person_id", "purpose", "channel", "state", "segments"]
WHERE = sa.text("sending_at IS NOT NULL")


def upgrade() -> None:
    """Make the change."""
    op.create_index("ix_message_sent", "message", COLUMNS, sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_message_sent", table_name="message")
