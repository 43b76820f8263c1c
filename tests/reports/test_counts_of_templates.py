"""How many messages of a template were sent and wait is read from an index, however many messages there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from outreach.actions.preview_template import texts_sent
from outreach.reports.wording import use_in_pathway
from outreach.rules.wording import Draft
from outreach.services import Services
from outreach.vocabulary import Channel

KEY = "waiting-for-therapy/check-in-1"


def test_counting_what_was_sent_of_a_template_opens_no_message(sqlite_services: Services) -> None:
    with _asked(sqlite_services) as asked, sqlite_services.read() as session:
        texts_sent(session, Draft(KEY, "en", Channel.SMS, ""), sqlite_services.now())
    assert "USING COVERING INDEX ix_message_template" in _plan(sqlite_services, asked)


def test_counting_what_waits_of_a_template_opens_no_message(sqlite_services: Services) -> None:
    with _asked(sqlite_services) as asked, sqlite_services.read() as session:
        use_in_pathway(session, KEY)
    assert "USING COVERING INDEX ix_message_template" in _plan(sqlite_services, asked)


@contextmanager
def _asked(services: Services) -> Iterator[list[tuple[str, Any]]]:
    """Every question about messages that is asked meanwhile, with its values."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        if "FROM message" in statement:
            asked.append((statement, values))

    event.listen(services.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(services.engine, "before_cursor_execute", hear)


def _plan(services: Services, asked: list[tuple[str, Any]]) -> str:
    """How SQLite answers the one question that was asked."""
    [(statement, values)] = asked
    with services.engine.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    return "; ".join(step[3] for step in steps)
