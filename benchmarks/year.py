"""A year of 10,000 people, lived through day by day by the real planner and sender with simulated providers."""

import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from benchmarks.house import copied, made
from benchmarks.line import Line, Size
from benchmarks.provider import SCRATCH
from outreach.engines.jobs import tick
from outreach.models import Message
from tests.crowd import crowd, enrol
from tests.house import Clock, build_services, clock_of

MOST_SECONDS = 300
DAYS = 365


def measure(size: Size) -> Iterator[Line]:
    """Seconds of the year, as a part of what it may take."""
    people = size.of(10_000)

    def fill(services: object) -> None:
        crowd(services, people)  # type: ignore[arg-type]
        enrol(services)  # type: ignore[arg-type]

    path = copied(made(SCRATCH, f"year-{people}", fill), "year")
    services = build_services(
        f"sqlite:///{path}", clock=Clock(), with_library=False, sending={"daily_cap": 1_000_000}
    )
    began = time.monotonic()
    for _ in range(DAYS):
        tick(services)
        clock_of(services).at += timedelta(days=1)
    took = time.monotonic() - began
    with services.read() as session:
        messages = session.scalar(select(func.count()).select_from(Message)) or 0
    services.engine.dispose()
    yield Line(
        "year: simulated",
        f"of {MOST_SECONDS} s for a year of {people:,} people",
        took / MOST_SECONDS,
        1,
        at_most=True,
        detail=f"{took:.0f} s, {messages:,} messages",
    )
