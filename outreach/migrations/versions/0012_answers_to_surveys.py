"""Answers to surveys, apart from the people who gave them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "survey_answer",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("survey", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("page", "paper", name="answeredby", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("split", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_answer_month"), "survey_answer", ["month"], unique=False)
    op.create_table(
        "survey_comment",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("survey", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_comment")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_comment_month"), "survey_comment", ["month"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(op.f("ix_survey_comment_month"), table_name="survey_comment")
    op.drop_table("survey_comment")
    op.drop_index(op.f("ix_survey_answer_month"), table_name="survey_answer")
    op.drop_table("survey_answer")
