"""Long lists a page at a time, by the id of the last row shown: as fast at the end as at the beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.models.base import is_id

Row = TypeVar("Row")

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the id to ask for the next page with; blank on the last one."""

    rows: Sequence[Row]
    after: str


def ids_after(session: Session, query: Select[str], ids: InstrumentedAttribute[str], after: str) -> Page[str]:
    """The next ids of a query for ids, the newest first."""
    if is_id(after):
        query = query.where(ids < after)
    found = list(session.scalars(query.order_by(ids.desc()).limit(ROWS_A_PAGE + 1)))
    return Page(found[:ROWS_A_PAGE], found[ROWS_A_PAGE - 1] if len(found) > ROWS_A_PAGE else "")


def page_of(
    session: Session,
    query: Select[Row],
    ids: InstrumentedAttribute[str],
    after: str,
    *,
    newest_first: bool = True,
    size: int = ROWS_A_PAGE,
) -> Page[Row]:
    """The rows that come after the id `after`; ids of ours sort by the time they were made."""
    if is_id(after):
        query = query.where(ids < after if newest_first else ids > after)
    order = ids.desc() if newest_first else ids.asc()
    rows: list[Any] = list(session.scalars(query.order_by(order).limit(size + 1)))
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else "")
