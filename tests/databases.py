"""Real databases, made once and put back between tests: making one takes longer than most tests."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, create_engine, text

from outreach.app import PATIENT_SECONDS
from outreach.database import make_engine, migrate

_ENGINES: dict[str, Engine] = {}


def engine_at(url: str) -> Engine:
    """One engine for each URL and process: a statement that was compiled for one test serves the next."""
    if url not in _ENGINES:
        _ENGINES[url] = make_engine(url, PATIENT_SECONDS)
    return _ENGINES[url]


def let_go(url: str) -> None:
    """Close what is open, so that the database can be put back."""
    if url in _ENGINES:
        _ENGINES[url].dispose()


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


MEMORY = Path("/dev/shm")


@contextmanager
def folder_in_memory(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that need not outlive this machine's power: no test waits for a disk where there is such a place."""
    if not os.access(MEMORY, os.W_OK):
        yield factory.mktemp("sqlite")
        return
    with tempfile.TemporaryDirectory(
        prefix="outreach-tests-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Alone among the processes of this test run."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def with_tables(url: str) -> None:
    """Put this program's tables into an empty database."""
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()


def own_name(name: str) -> str:
    """This name for a database, and no other test process's."""
    return f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'here')}"


def on_server(url: str, name: str) -> str:
    """The address of this database on the server with that address."""
    return url.replace("/postgres?", f"/{name}?")


class SharedFile:
    """A SQLite file at a place that stays the same, so that its engine can stay."""

    def __init__(self, made: Path, path: Path) -> None:
        self._made = made
        self._path = path
        self.url = f"sqlite:///{path}"

    def put_back(self) -> None:
        """As it was made. Whoever still holds the former file holds nobody up: it has no name any more."""
        let_go(self.url)
        for name in ("", "-wal", "-shm"):
            Path(f"{self._path}{name}").unlink(missing_ok=True)
        shutil.copy(self._made, self._path)


TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
SHAPE: LiteralString = """
    SELECT md5(string_agg(concat(attrelid, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace
"""
IN_THE_WAY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (state <> 'idle' OR pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'))
"""
"""Ends what a test left in a transaction or with a lock; idle connections stay: a new one is slow at first."""

STATE = "SELECT {0}, (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM public.{1})"
"""What a change to a table's rows changes: how many there are, and the last transaction that wrote one."""


class SharedPostgres:
    """A database on the test server that keeps a copy of what it held at first, and takes it back from there."""

    def __init__(self, server: str, name: str) -> None:
        self._server = server
        self._name = name
        self.url = on_server(server, name)
        self._make()

    def _make(self) -> None:
        execute(self._server, f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
        execute(self._server, f"CREATE DATABASE {self._name} TEMPLATE made")
        self._connection = self._connect()
        self._connection.execute("SET plan_cache_mode = force_generic_plan")  # plans each question but once
        self._undoing = self._connect()  # apart, since plans are dropped where checks are switched off
        self._shape = self._ask(SHAPE)
        self._tables = [name for (name,) in self._connection.execute(TABLES)]
        self._state = sql.SQL(" UNION ALL ").join(
            sql.SQL(STATE).format(sql.Literal(name), sql.Identifier(name)) for name in self._tables
        )
        self._keep_a_copy()
        self._states = self._states_now()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)

    def _keep_a_copy(self) -> None:
        self._connection.execute("CREATE SCHEMA kept")
        for name in self._tables:
            copy = sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}")
            self._connection.execute(copy.format(sql.Identifier(name)))

    def _ask(self, question: LiteralString) -> object:
        row = self._connection.execute(question, prepare=True).fetchone()
        return row and row[0]

    def _states_now(self) -> dict[str, str]:
        return dict(self._connection.execute(self._state, prepare=True).fetchall())

    def put_back(self) -> None:
        """As it was made."""
        self._connection.execute(IN_THE_WAY, prepare=True)
        if self._ask(SHAPE) != self._shape:
            self.close()
            self._make()
            return
        states = self._states_now()
        touched = [sql.Identifier(name) for name in self._tables if states[name] != self._states[name]]
        if touched:
            self._undoing.execute(_undoing(touched))
            self._states = self._states_now()

    def close(self) -> None:
        """End all connections to it."""
        let_go(self.url)
        self._connection.close()
        self._undoing.close()


def _undoing(tables: list[sql.Identifier]) -> sql.Composed:
    """The statements that undo whatever a test did to the rows of these tables."""
    steps = [
        sql.SQL("DELETE FROM public.{0}; INSERT INTO public.{0} SELECT * FROM kept.{0}").format(table)
        for table in tables
    ]
    without_checks = sql.SQL("SET LOCAL session_replication_role = replica")
    return sql.SQL("; ").join([sql.SQL("BEGIN"), without_checks, *steps, sql.SQL("COMMIT")])
