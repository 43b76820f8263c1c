"""An installation moves from SQLite to PostgreSQL with every row, and goes on there as if nothing had been."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from outreach.actions.copy_database import copy_database as copy
from outreach.database import make_engine, migrate
from outreach.engines.jobs import JOBS, Stopper, run_and_tell, tick
from outreach.errors import RefusedError
from outreach.models import Message, Person
from outreach.services import Services
from tests.databases import execute, on_server, own_name
from tests.house import build_services, clock_of
from tests.web.life import lively
from tests.web.site import Site

pytestmark = pytest.mark.thorough  # each copies into a PostgreSQL database of its own


@pytest.fixture
def lived(sqlite_services: Services) -> Services:
    """An installation with a bit of everything."""
    lively(Site(sqlite_services))
    clock_of(sqlite_services).forward(days=3)
    tick(sqlite_services)
    return sqlite_services


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    name = own_name("moved")
    execute(postgres_url, f"CREATE DATABASE {name}")
    yield on_server(postgres_url, name)
    execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def test_everything_is_copied_and_the_service_goes_on_there(lived: Services, empty: str) -> None:
    target = make_engine(empty)
    migrate(target)
    copied = {each.table: each.rows for each in copy(lived.engine, target, lived.now())}
    assert copied["person"] == 2
    assert copied["message"] >= 2
    moved = build_services(empty, clock=lived.clock, with_library=False)
    with lived.read() as old, moved.read() as new:
        names = [
            sorted(row.opened(lived.keyring).called for row in session.scalars(select(Person)))
            for session in (old, new)
        ]
        assert names[0] == names[1]
    clock_of(lived).forward(days=40)
    assert tick(moved).planned.people
    with pytest.raises(RefusedError, match="is in use"):
        copy(lived.engine, target, lived.now())
    target.dispose()
    moved.engine.dispose()


def test_nothing_is_copied_while_the_service_is_at_work(lived: Services, empty: str) -> None:
    target = make_engine(empty)
    migrate(target)
    run_and_tell(JOBS[0], lived, Stopper())
    with pytest.raises(RefusedError, match="stop it"):
        copy(lived.engine, target, lived.now())
    assert copy(lived.engine, target, lived.now() + timedelta(minutes=3))
    target.dispose()


def test_a_row_that_reads_differently_takes_all_back(lived: Services, empty: str) -> None:
    target = make_engine(empty)
    migrate(target)
    with target.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION alters() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.reason := NEW.reason || '!'; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER alters BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION alters()")
        )
    with pytest.raises(RefusedError, match="a row of message reads differently"):
        copy(lived.engine, target, lived.now())
    with target.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == 0
        assert connection.scalar(select(func.count()).select_from(Person)) == 0
    target.dispose()
