"""Views that read, and what they leave behind on the connection."""

from contextlib import suppress

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from outreach.models import Person
from outreach.services import Services
from tests import cast

LANGUAGES = select(Person.language)


def test_nothing_that_is_written_in_a_view_stays(services: Services) -> None:
    cast.amina(services)
    with suppress(DBAPIError), services.read() as session:
        session.execute(update(Person).values(language="xx"))
    with services.read() as session:
        assert "xx" not in session.scalars(LANGUAGES).all()


def test_after_a_view_the_same_connection_writes(services: Services) -> None:
    cast.amina(services)
    with services.read() as session:
        session.scalars(LANGUAGES).all()
    with services.begin() as session:
        session.execute(update(Person).values(language="xx"))
    with services.read() as session:
        assert session.scalars(LANGUAGES).all() == ["xx"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_postgresql_has_prepared_serves_the_next_view(services: Services) -> None:
    known = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT person.language%'")
    for _ in range(10):  # the driver prepares what is asked again
        with services.read() as session:
            session.scalars(LANGUAGES).all()
    with services.read() as session:
        assert session.scalar(known) == 1
