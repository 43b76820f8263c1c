"""Counts what a page asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from outreach.services import Services


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """Every statement that runs meanwhile, in order."""
    seen: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(services.engine, "before_cursor_execute", hear)
    try:
        yield seen
    finally:
        event.remove(services.engine, "before_cursor_execute", hear)
