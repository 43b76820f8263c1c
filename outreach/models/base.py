"""What every table shares: ids, instants in UTC, and columns that hold one of our words."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Annotated, Any
from uuid import UUID

import uuid_utils
from sqlalchemy import (
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Insert,
    MetaData,
    Row,
    String,
    TypeDecorator,
    Uuid,
    insert,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

AnyRow = Row[*tuple[Any, ...]]
"""A result row whose columns are known to the query that made it."""


def new_id() -> str:
    """A fresh UUIDv7: unique without coordination, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """This reads as an id of ours; anything else cannot be stored under one, and some databases refuse to look."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite has no time zones, so it is stored there without one and read back with it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """What an instant is written as; SQLite keeps text."""
        return _instant_as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """What a stored instant is turned into."""
        if dialect.name == "sqlite":
            return _instant_from_text
        known: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)
        return known


# In one step each: every batch of the planner and of the sender reads and writes thousands, many of them the same.
@lru_cache(maxsize=1024)
def _instant_as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    at = value if value.tzinfo is UTC else value.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:-6]


def _instant_from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(f"{stored}+00:00")


class _Word(Enum):
    """One of our words, looked up in one step where it is written, and where SQLite has kept it."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """What a word is written as; LookupError for any other."""
        del dialect
        known: dict[Any, Any] = {each: each.value for each in self.enum_class or ()}
        return {None: None, **known}.__getitem__

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        if dialect.name == "sqlite":
            members: dict[str | None, Any] = {each.value: each for each in self.enum_class or ()}
            return {None: None, **members}.__getitem__
        known: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]
        return known


def word(words: type[StrEnum]) -> Enum:
    """A column holding one of these words, as plain text that any tool can read."""
    return _Word(
        words,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant(), str: String()}  # noqa: RUF012 - SQLAlchemy reads it from the class


class IdText(Uuid[str]):
    """An id as text. SQLite keeps its digits alone; putting the dashes back is cheaper than reading it as a UUID."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(as_uuid=False)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """What a stored value is turned into."""
        if dialect.name == "sqlite":
            return _with_dashes
        known: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]
        return known


def _with_dashes(digits: str | None) -> str | None:
    if digits is None:
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


Id = Annotated[str, mapped_column(IdText(), primary_key=True, default=new_id)]


def put_if_missing(session: Session, row: Base) -> None:
    """Store this row unless one with its key is there; two that try at once leave one row."""
    values = {column.name: getattr(row, column.key) for column in inspect(type(row)).columns}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(type(row)).values(values).on_conflict_do_nothing())


def put(session: Session, row: Base) -> None:
    """Store this row at once and alone. The session does not know it: what is changed in it later is not stored."""
    values = {name: value for name, value in vars(row).items() if not name.startswith("_sa_")}
    session.connection().execute(_insert_into(type(row)), values)


@cache
def _insert_into(model: type[Base]) -> Insert:
    return insert(model)


def lock(session: Session, row: Base) -> None:
    """Take this row's lock and read it anew; on SQLite the write transaction that has read it is the lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.refresh(row, with_for_update=True)


def reference(target: str, **options: Any) -> Any:
    """A column that points to a row of another table, such as `person.id`."""
    return mapped_column(IdText(), ForeignKey(target), **options)
