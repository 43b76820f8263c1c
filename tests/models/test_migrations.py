"""The migrations make exactly the models' tables, on both databases, forwards and back."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from outreach.database import alembic_config, make_engine, migrate, revision, version_fault, wanted_revision
from outreach.errors import DatabaseError
from outreach.models import Base


def test_migrations_make_exactly_the_tables_of_the_models(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    assert revision(engine) == wanted_revision(engine)
    engine.dispose()


@pytest.mark.thorough
def test_every_migration_can_be_taken_back(database_url: str) -> None:
    engine = make_engine(database_url)
    command.downgrade(alembic_config(engine), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(engine)
    assert set(inspect(engine).get_table_names()) >= set(Base.metadata.tables)
    engine.dispose()


def test_a_program_older_than_its_database_says_so_and_changes_nothing(database_url: str) -> None:
    engine = make_engine(database_url)
    assert version_fault(engine) == ""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "start the newer program" in version_fault(engine)
    with pytest.raises(DatabaseError, match="newer version"):
        migrate(engine)
    assert revision(engine) == "9999"
    engine.dispose()


def test_a_program_newer_than_its_database_names_the_command_that_brings_it_up(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    command.downgrade(alembic_config(engine), "-1")
    assert "outreach init" in version_fault(engine)
    migrate(engine)
    assert version_fault(engine) == ""
    engine.dispose()
