"""Inserts and changes many rows of one shape as fast as the driver takes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from outreach.models.base import Base

Row = Mapping[str, Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
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
    columns = _columns(connection, table, list(rows[0]), rows)
    columns += _columns(connection, table, list(constants), [constants] * len(rows))
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, columns)
    else:
        places = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, _rows(columns))


def update_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Change rows by their `id`; each names the columns to change, and all of them the same ones."""
    if not rows:
        return
    table, connection = model.metadata.tables[model.__tablename__], session.connection()
    session.flush()
    names = [*(name for name in rows[0] if name != "id"), "id"]
    columns = _columns(connection, table, names, rows)
    if connection.dialect.name == "postgresql":
        _change_together(connection, table, names, columns)
    else:
        changes = ", ".join(f"{name} = ?" for name in names[:-1])
        statement = f"UPDATE {table.name} SET {changes} WHERE id = ?"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, _rows(columns))


def _columns(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> list[list[Any]]:
    """The rows' values by column, as the driver wants them; how one is written is looked up once for all rows."""
    columns = []
    for name in names:
        values = [row[name] for row in rows]
        kind = table.c[name].type.dialect_impl(connection.dialect)
        write = kind.bind_processor(connection.dialect)
        columns.append([*map(write, values)] if write else values)
    return columns


def _rows(columns: Sequence[list[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*columns, strict=True))


def _copy(connection: Connection, table: Table, names: Sequence[str], columns: Sequence[list[Any]]) -> None:
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _change_together(
    connection: Connection, table: Table, names: Sequence[str], columns: Sequence[list[Any]]
) -> None:
    """One statement with an array for each column: one that is asked row by row waits for as many answers."""
    kinds = [table.c[name].type.compile(connection.dialect) for name in names]
    changes = ", ".join(f"{name} = new.{name}" for name in names[:-1])
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    statement = (
        f"UPDATE {table.name} SET {changes} FROM unnest({arrays}) AS new ({', '.join(names)})"  # noqa: S608
        f" WHERE {table.name}.id = new.id"
    )
    connection.exec_driver_sql(statement, tuple(columns))
