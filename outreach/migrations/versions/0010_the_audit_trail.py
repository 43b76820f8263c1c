"""The audit trail is found by who and when, and the database itself refuses to change it."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REFUSAL = "the audit trail is only added to"
SQLITE = """
CREATE TRIGGER event_keeps_{name} BEFORE {verb} ON event
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
POSTGRESQL = f"""
CREATE FUNCTION event_refuses() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
"""
VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Make the change."""
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_who", "event", ["who", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in VERBS:
            op.execute(SQLITE.format(name=verb.lower(), verb=verb, refusal=REFUSAL))
        return
    op.execute(POSTGRESQL)
    op.execute(
        "CREATE TRIGGER event_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_refuses()"
    )


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in VERBS:
            op.execute(f"DROP TRIGGER event_keeps_{verb.lower()}")
    else:
        op.execute("DROP TRIGGER event_keeps ON event")
        op.execute("DROP FUNCTION event_refuses()")
    op.drop_index("ix_event_who", "event")
    op.drop_index("ix_event_at", "event")
