"""People's own pages: links, choices that stand against the list, and codes that prove a new number."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "number_code",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=False),
        sa.Column("mobile_token", sa.LargeBinary(length=16), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", base.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", base.Instant(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_number_code_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_code")),
    )
    with op.batch_alter_table("number_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_number_code_mobile_token"), ["mobile_token"], unique=False)
        batch_op.create_index(batch_op.f("ix_number_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "own_choice",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("language", "channel", "mobile", name="choicekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("listed_token", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", base.Instant(timezone=True), nullable=False),
        sa.Column("ended_at", base.Instant(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_own_choice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_choice")),
    )
    with op.batch_alter_table("own_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_own_choice_person_id"), ["person_id"], unique=False)

    op.create_table(
        "page_link",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", base.Instant(timezone=True), nullable=False),
        sa.Column("made_for", sa.String(length=40), nullable=False),
        sa.Column("expires_at", base.Instant(timezone=True), nullable=False),
        sa.Column("used_at", base.Instant(timezone=True), nullable=True),
        sa.Column("revoked_at", base.Instant(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_page_link_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_page_link_token_digest")),
    )
    with op.batch_alter_table("page_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_link_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "day_part",
                sa.Enum("morning", "afternoon", name="daypart", native_enum=False, length=40),
                nullable=True,
            )
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("day_part")

    with op.batch_alter_table("page_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_link_person_id"))
        batch_op.drop_index(batch_op.f("ix_page_link_expires_at"))

    op.drop_table("page_link")
    with op.batch_alter_table("own_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_own_choice_person_id"))

    op.drop_table("own_choice")
    with op.batch_alter_table("number_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_number_code_person_id"))
        batch_op.drop_index(batch_op.f("ix_number_code_mobile_token"))

    op.drop_table("number_code")
