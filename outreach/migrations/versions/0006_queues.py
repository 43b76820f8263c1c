"""One small index for each queue of messages, written so that SQLite uses it; when a lost attempt was looked for.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from outreach.models.base import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

QUEUES = {
    "planned": ("state = 'planned'", ["channel", "planned_for", "id"]),
    "urgent": ("state = 'planned' AND purpose IN ('answer', 'alert')", ["channel", "planned_for"]),
    "claimed": ("state = 'claimed'", ["claimed_until"]),
    "sending": ("state = 'sending'", ["sending_at"]),
    "held": ("state = 'held'", ["planned_for"]),
}
FORMER = sa.text("state IN ('planned', 'claimed', 'sending', 'held')")


def upgrade() -> None:
    """Replace the one index by five."""
    op.drop_index("ix_message_queue", table_name="message")
    for name, (rows, columns) in QUEUES.items():
        where = sa.text(rows)
        op.create_index(f"ix_message_{name}", "message", columns, sqlite_where=where, postgresql_where=where)
    op.add_column("attempt", sa.Column("looked_for_at", Instant(timezone=True), nullable=True))


def downgrade() -> None:
    """As before."""
    with op.batch_alter_table("attempt") as table:
        table.drop_column("looked_for_at")
    for name in QUEUES:
        op.drop_index(f"ix_message_{name}", table_name="message")
    op.create_index(
        "ix_message_queue",
        "message",
        ["state", "planned_for"],
        sqlite_where=FORMER,
        postgresql_where=FORMER,
    )
