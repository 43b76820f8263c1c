"""What people need in order to read and hear us, and when to ask again."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


CHANNELS = sa.Enum("sms", "email", "letter", "phone", name="preferredchannel", native_enum=False, length=40)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "needs_review",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", base.Instant(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("format", sa.String(), nullable=True),
        sa.Column("preferred_channel", CHANNELS, nullable=True),
        sa.Column("texts_suit", sa.Boolean(), nullable=False),
        sa.Column("emails_suit", sa.Boolean(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_needs_review_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs_review")),
    )
    with op.batch_alter_table("needs_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_needs_review_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("texts_suit", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("emails_suit", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("needs_review_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("needs_review_on")
        batch_op.drop_column("emails_suit")
        batch_op.drop_column("texts_suit")

    with op.batch_alter_table("needs_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_needs_review_person_id"))

    op.drop_table("needs_review")
