"""The whole review of 20,000 referrals and 500,000 messages on SQLite: counted, drawn and written as a page."""

import time
from collections.abc import Iterator
from statistics import median

from benchmarks.house import made, services_for
from benchmarks.line import Line, Size
from benchmarks.provider import SCRATCH
from outreach.reports.document import as_csv
from outreach.reports.paper import page_of
from outreach.reports.review import review
from outreach.rules.spans import Span
from outreach.services import Services
from tests import bulk

MOST_SECONDS = 3
SPAN = Span(bulk.FIRST, bulk.LAST, bulk.GO_LIVE)


def measure(size: Size) -> Iterator[Line]:
    """Seconds of one review with its page and every table, as a part of what it may take."""
    referrals, messages = size.of(20_000), size.of(500_000)

    def fill(services: Services) -> None:
        bulk.fill(services, referrals=referrals, messages=messages)

    path = made(SCRATCH, f"reports-{messages}", fill)
    services = services_for(f"sqlite:///{path}")
    try:
        took = [_seconds(services) for _ in range(size.rounds)]
    finally:
        services.engine.dispose()
    yield Line(
        "reports: the review",
        f"of {MOST_SECONDS} s for the review of two years, its page and its tables",
        median(took) / MOST_SECONDS,
        1,
        at_most=True,
        detail=f"{referrals:,} referrals and {messages:,} messages in {median(took):.2f} s",
    )


def _seconds(services: Services) -> float:
    began = time.monotonic()
    found = review(services, SPAN)
    page_of(found)
    for table in found.tables:
        as_csv(table)
    return time.monotonic() - began
