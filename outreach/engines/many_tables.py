"""Makes and updates the tables that many machines coordinate by, where PostgreSQL and the extra are installed."""

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from outreach.errors import DatabaseError

TABLE = "procrastinate_jobs"
ONE_AT_A_TIME = 5_207_105
"""The number of the lock under which these tables are made: two `outreach init` must not meet."""


def prepare(engine: Engine) -> bool:
    """Bring Procrastinate's tables to the installed version; True when something was done.

    Which of its changes are made already is kept as a comment on its table. DatabaseError when the tables are there
    and were made by something else.
    """
    if engine.dialect.name != "postgresql" or find_spec("procrastinate") is None:
        return False
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - an extra

    changes = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        try:
            return _bring_up(connection, SchemaManager.get_schema(), changes)
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})


def _bring_up(connection: Connection, schema: str, changes: list[Path]) -> bool:
    exists = connection.scalar(text(f"SELECT to_regclass('{TABLE}') IS NOT NULL"))
    done = _made_up_to(connection) if exists else None
    if exists and done is None:
        raise DatabaseError(
            f"the table {TABLE} was not made by `outreach init`; use a database of our own, or drop that table"
        )
    latest = changes[-1].name
    missing = (
        [(schema, latest)]
        if done is None
        else [(each.read_text(), each.name) for each in changes if each.name > done]
    )
    for statements, name in missing:
        _run(connection, f"{statements}\n;COMMENT ON TABLE {TABLE} IS '{name}'")
    return bool(missing)


def _made_up_to(connection: Connection) -> str | None:
    done: str | None = connection.scalar(text(f"SELECT obj_description(to_regclass('{TABLE}'), 'pg_class')"))
    return done


def _run(connection: Connection, statements: str) -> None:
    """All or nothing, and past SQLAlchemy, which would read a % in them as a parameter."""
    connection.connection.driver_connection.execute(statements)  # type: ignore[union-attr]
