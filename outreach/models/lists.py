"""Statements asked for many rows at once: plain columns, and many ids or tokens in one parameter."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Self, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Dialect,
    Executable,
    Result,
    Table,
    TypeDecorator,
    UpdateBase,
    bindparam,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType

from outreach.models.base import Base


def table_of(model: type[Base]) -> Table:
    """The table under a model."""
    return cast("Table", model.__table__)


def plain(
    session: Session, statement: Executable, known: Mapping[str, Any] | None = None
) -> Result[*tuple[Any, ...]]:
    """The rows of a statement over plain columns, which cost much less than objects.

    What the session has not written yet is written first, as it does by itself before it loads objects.
    """
    if session.autoflush:
        session.flush()
    return session.execute(statement, known)


def write_many(session: Session, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute this for each of the rows, which all have the same names; defaults of the models are not filled in.

    SQLite takes a row in much less time than it takes to look up anew, for each row, how its values are written.
    """
    connection = session.connection()
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    words, columns, fixed = _prepared(statement, connection.dialect, frozenset(rows[0]))
    known = [{**fixed, **row} for row in rows] if fixed else rows
    connection.exec_driver_sql(
        words, [tuple([write(row[name]) if write else row[name] for name, write in columns]) for row in known]
    )


@lru_cache(maxsize=32)
def _prepared(
    statement: UpdateBase, dialect: Dialect, names: frozenset[str]
) -> tuple[str, list[tuple[str, Callable[[Any], Any] | None]], dict[str, Any]]:
    """The statement's words, its parameters in order with what their values go through, and values of its own."""
    compiled = statement.compile(dialect=dialect, column_keys=sorted(names))
    binds = compiled.binds
    writers = {
        name: bound.type.dialect_impl(dialect).bind_processor(dialect) for name, bound in binds.items()
    }
    fixed = {name: bound.effective_value for name, bound in binds.items() if name not in names}
    return compiled.string, [(name, writers[name]) for name in compiled.positiontup or ()], fixed


class _Words(UserDefinedType[str]):
    """A parameter without a type of its own: PostgreSQL takes it for what it is cast to.

    Cast from VARCHAR, the list would be unknown while a statement is planned, and its rows be looked for one by one.
    """

    cache_ok = True


class _Many(TypeDecorator[Collection[Any]]):
    """A JSON list for SQLite, an array for PostgreSQL."""

    impl = _Words
    cache_ok = True


class _Ids(_Many):
    cache_ok = True

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> str:
        ids = value or ()
        if dialect.name == "sqlite":
            return json.dumps([*ids]).replace("-", "")  # as ids are kept there
        return f"{{{','.join(ids)}}}"


class _Tokens(_Many):
    cache_ok = True

    def process_bind_param(self, value: Collection[bytes] | None, dialect: Dialect) -> str:
        tokens = [token.hex() for token in value or ()]
        if dialect.name == "sqlite":
            return json.dumps(tokens)
        return "{" + ",".join(f'"\\\\x{token}"' for token in tokens) + "}"


class _Among(FunctionElement[bool]):
    """column IN parameter, for columns of one kind."""

    inherit_cache = True
    type = Boolean()
    name = "among"
    listed = "SELECT value FROM json_each({})"
    kind = "UUID"

    def self_group(self, against: Any = None) -> Self:
        """As it is: SQLite finds no index for "… = 1", which SQLAlchemy would make of it."""
        return self


class _AmongTokens(_Among):
    inherit_cache = True
    name = "among_tokens"
    listed = "SELECT from_hex(value) FROM json_each({})"
    kind = "BYTEA"


@compiles(_Among, "sqlite")
@compiles(_AmongTokens, "sqlite")
def _for_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, many = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN ({element.listed.format(many)})"


@compiles(_Among, "postgresql")
@compiles(_AmongTokens, "postgresql")
def _for_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, many = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY(CAST({many} AS {element.kind}[]))"


def among(column: ColumnElement[Any], name: str = "ids") -> _Among:
    """This column of ids holds one of those in the statement's parameter of this name, a collection of ids."""
    return _Among(column, bindparam(name, type_=_Ids()))


def among_tokens(column: ColumnElement[Any], name: str = "tokens") -> _Among:
    """As `among`, for a column of blind tokens."""
    return _AmongTokens(column, bindparam(name, type_=_Tokens()))
