"""Uploaded waiting lists, and how local headers and codes match ours."""

import sqlalchemy as sa
from alembic import op

from outreach.models import base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "import_match",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("column", sa.String(length=40), nullable=False),
        sa.Column("theirs", sa.String(length=200), nullable=False),
        sa.Column("ours", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_match")),
        sa.UniqueConstraint("column", "theirs", name=op.f("uq_import_match_column_theirs")),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", base.Instant(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "checking",
                "unmatched",
                "checked",
                "confirmed",
                "taking",
                "taken",
                "failed",
                "dropped",
                name="uploadstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_full", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("found", sa.LargeBinary(), nullable=True),
        sa.Column("refused", sa.LargeBinary(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("leased_until", base.Instant(timezone=True), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("ended_at", base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_upload_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_at"), ["at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_at"))

    op.drop_table("upload")
    op.drop_table("import_match")
