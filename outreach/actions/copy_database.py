"""Copies one database into another, empty one, such as from SQLite to PostgreSQL, and compares every row."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Table, func, insert, select
from sqlalchemy.orm import Session

from outreach.actions.notice_restore import settled_place
from outreach.database import reading, writing
from outreach.errors import RefusedError
from outreach.models import Base
from outreach.models.heartbeat import Heartbeat
from outreach.models.place import unsettled_place

AT_ONCE = 1_000
STILL_AT_WORK = timedelta(minutes=2)
LIBRARY = frozenset({"schedule_version", "template_version"})
"""Tables that `outreach init` fills: in a new database they are emptied, because the copy brings its own."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of one table were copied and found the same."""

    table: str
    rows: int


def copy_database(
    source: Engine, target: Engine, now: datetime, tell: Callable[[Copied], None] = lambda _: None
) -> list[Copied]:
    """Copy all tables in one transaction; both must be at this program's version, the target without any data.

    RefusedError, with nothing copied, when the service is still at work on the source, the target holds anything, or
    a row reads differently afterwards.
    """
    copied = []
    with reading(source) as old, writing(target) as new:
        _refuse_a_busy_source(old, now)
        _refuse_a_restored_source(old)
        _refuse_a_used_target(new)
        for table in reversed(_tables()):
            if table.name in LIBRARY:
                new.execute(table.delete())
        for table in _tables():
            copied.append(_copy(table, old, new))
            tell(copied[-1])
        settled_place(new, now, "the copy")
    return copied


def _tables() -> list[Table]:
    """Each after those that it points to."""
    return list(Base.metadata.sorted_tables)


def _refuse_a_busy_source(old: Session, now: datetime) -> None:
    newest = old.scalar(select(func.max(Heartbeat.ran_at)))
    if newest and now - newest < STILL_AT_WORK:
        raise RefusedError(
            "the service was at work within the last two minutes: stop it, wait two minutes, and copy then"
        )


def _refuse_a_restored_source(old: Session) -> None:
    if unsettled_place(old):
        raise RefusedError(
            "the database was restored from a backup: run `outreach reconcile` before it is copied"
        )


def _refuse_a_used_target(new: Session) -> None:
    for table in _tables():
        if table.name not in LIBRARY and new.execute(select(table).limit(1)).first() is not None:
            raise RefusedError(
                f"the new database is in use: its table {table.name} has rows; name an empty one"
            )


def _copy(table: Table, old: Session, new: Session) -> Copied:
    count = known = 0
    rows = old.execute(select(table).execution_options(yield_per=AT_ONCE))
    for batch in rows.mappings().partitions(AT_ONCE):
        values = [dict(row) for row in batch]
        new.connection().execute(insert(table), values)
        count += len(values)
        known += sum(_mark(table, row) for row in values)
    if known % MARKS != _marks(table, new) % MARKS:
        raise RefusedError(f"a row of {table.name} reads differently in the new database; nothing was copied")
    return Copied(table.name, count)


MARKS = 2**256


def _marks(table: Table, session: Session) -> int:
    """The sum of all rows' marks, whatever their order: it differs when any row does."""
    rows = session.execute(select(table).execution_options(yield_per=AT_ONCE))
    return sum(_mark(table, row) for batch in rows.mappings().partitions(AT_ONCE) for row in batch)


def _mark(table: Table, row: Any) -> int:
    """A number made of everything in this row as the program reads it."""
    values = repr([row[column.name] for column in table.columns])
    return int.from_bytes(hashlib.sha256(values.encode("utf-8", "surrogatepass")).digest())
