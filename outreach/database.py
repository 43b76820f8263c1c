"""The engine, its transactions and its migrations, on SQLite or PostgreSQL."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import DatabaseError as NoDatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from outreach import turns
from outreach.errors import DatabaseError

TROUBLE = (OperationalError, InterfaceError, InternalError, PoolTimeoutError)
"""The database is away, locked, full or going down: the same work may succeed later."""

CHECKPOINT = "wal_autocheckpoint=4000"
"""Pages (16 MB) in the write-ahead log before SQLite moves them into the file; an import writes 4 MB in a batch."""

MIGRATIONS = Path(__file__).parent / "migrations"


def make_engine(url: str, busy_seconds: float = 5.0) -> Engine:
    """An engine for this URL; a writer waits at most `busy_seconds` for another writer."""
    try:
        if url.startswith("sqlite"):
            engine = create_engine(
                url,
                hide_parameters=True,
                connect_args={"timeout": busy_seconds, "check_same_thread": False},
            )
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", partial(_begin_sqlite, busy_seconds))
            return engine
        milliseconds = int(busy_seconds * 1000)
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"options": f"-c lock_timeout={milliseconds} -c timezone=UTC"},
        )
    except (ArgumentError, ModuleNotFoundError):
        raise DatabaseError(
            "[database] url cannot be used; write sqlite:///outreach.sqlite3 or postgresql+psycopg://…"
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Durable, forgetful of deleted data, and with transactions begun by us rather than by the driver."""
    connection.isolation_level = None
    connection.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", CHECKPOINT):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(busy_seconds: float, connection: Connection) -> None:
    """A write takes the lock at once: read-then-write under a deferred BEGIN fails with "database is locked"."""
    if not connection.get_execution_options().get("outreach_writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        line = _line_at(connection.engine)
        if not turns.take_turn(driver, line, time.monotonic() + busy_seconds):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for its error as SQLAlchemy tells it
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")


def let_others_first(engine: Engine) -> None:
    """On SQLite, let whoever waits to write do so before the next batch of long work; PostgreSQL has no such line."""
    if line := _line_at(engine):
        turns.give_way(line)


def cut_off_log(engine: Engine) -> bool:
    """Move SQLite's write-ahead log into the file and empty it; False while others use it, True where there is none.

    On a connection of its own: SQLite refuses one that is in the middle of anything else.
    """
    if not (name := _file_of(engine)):
        return True
    with closing(sqlite3.connect(name, timeout=1, isolation_level=None)) as apart:
        is_in_use, *_pages = apart.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_in_use


def _line_at(engine: Engine) -> str:
    """The file that tells who waits for this database; blank for one that has no file."""
    name = _file_of(engine)
    return f"{name}-line" if name else ""


def _file_of(engine: Engine) -> str:
    """The file of a SQLite database; blank for one in memory and for PostgreSQL."""
    name = engine.url.database or ""
    return name if engine.dialect.name == "sqlite" and name != ":memory:" else ""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent, read-only view. PostgreSQL refuses to write in it; SQLite takes back what was written.

    A rollback would let PostgreSQL's driver forget all prepared statements, so that each would be planned anew.
    """
    with engine.connect() as connection:
        refuses_to_write = connection.dialect.name == "postgresql"
        if refuses_to_write:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin() as transaction:
            with Session(connection, autoflush=False, expire_on_commit=False) as session:
                yield session
            if not refuses_to_write:
                transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One write transaction, committed at the end of the block, rolled back when it raises."""
    with (
        engine.connect().execution_options(outreach_writes=True) as connection,
        connection.begin(),
        Session(connection, expire_on_commit=False) as session,
    ):
        yield session
        session.flush()


def alembic_config(engine: Engine) -> Config:
    """What Alembic needs to bring this engine's database up or down."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine) -> None:
    """Bring the tables to this program's version; safe to repeat. A newer database is left alone: DatabaseError."""
    found = revision(engine)
    if found is not None and not _is_known(engine, found):
        raise DatabaseError(version_fault(engine))
    try:
        command.upgrade(alembic_config(engine), "head")
    except OperationalError as fault:
        raise DatabaseError(
            f"the database cannot be reached or written: {type(fault.orig).__name__}"
        ) from None


def version_fault(engine: Engine) -> str:
    """What is wrong with the database's version, in words; blank when it is this program's."""
    found = revision(engine)
    if found == wanted_revision(engine):
        return ""
    if found is not None and not _is_known(engine, found):
        return f"the database is at a newer version ({found}) than this program: start the newer program"
    return "the database is not at this program's version; run `outreach init`"


def _is_known(engine: Engine, found: str) -> bool:
    """Migrations of a newer program are not among ours."""
    known = ScriptDirectory.from_config(alembic_config(engine)).walk_revisions()
    return found in {each.revision for each in known}


def wanted_revision(engine: Engine) -> str | None:
    """The revision this program needs."""
    return ScriptDirectory.from_config(alembic_config(engine)).get_current_head()


def revision(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one and for a file that is not there, which stays so."""
    if _is_missing_file(engine):
        return None
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as fault:
        raise DatabaseError(f"the database cannot be reached: {type(fault.orig).__name__}") from None
    except NoDatabaseError as fault:
        raise DatabaseError(
            f"[database] url leads to no database that can be read ({type(fault.orig).__name__}); correct it, "
            "or put a backup in its place"
        ) from None


def _is_missing_file(engine: Engine) -> bool:
    """Asking SQLite about a file that is not there would make it."""
    name = _file_of(engine)
    return bool(name) and not Path(name).exists()
