"""An index that alone says how many messages of a template were sent, and how many wait."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.drop_index("ix_message_template", table_name="message")
    op.create_index("ix_message_template", "message", ["template", "channel", "planned_for", "state"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_message_template", table_name="message")
    op.create_index("ix_message_template", "message", ["template", "channel", "planned_for"])
