"""Inserts many rows of one shape as fast as the driver takes them."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from outreach.models.base import Base


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; columns they leave out get their constant default, or null.

    SQLAlchemy's executemany spends more on each value than the database does: an import of a whole list feels it.
    """
    if not rows:
        return
    table, connection = model.metadata.tables[model.__tablename__], session.connection()
    session.flush()
    constants = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in rows[0] and isinstance(column.default, ScalarElementColumnDefault)
    }
    names = [*rows[0], *constants]
    values = _bound(connection, table, names, rows, tuple(constants.values()))
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, values)
    else:
        places = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, list(values))


def _bound(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    constants: tuple[Any, ...],
) -> Iterator[tuple[Any, ...]]:
    """Each row's values as the driver wants them."""
    dialect = connection.dialect
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    binds = [kind.bind_processor(dialect) or _as_it_is for kind in types]
    take = itemgetter(*names[: len(names) - len(constants)])
    for row in rows:
        yield tuple([bind(value) for bind, value in zip(binds, (*take(row), *constants), strict=True)])


def _as_it_is(value: Any) -> Any:
    return value


def _copy(
    connection: Connection, table: Table, names: Sequence[str], values: Iterator[tuple[Any, ...]]
) -> None:
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)
