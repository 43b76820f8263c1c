"""The forecast: 18 months of 20,000 people, and how many weeks its range holds when events are drawn at random."""

import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import mean

from benchmarks.house import made, services_for
from benchmarks.line import Line, Size
from benchmarks.provider import SCRATCH
from outreach.actions.forecast import forecast
from tests import crowd
from tests.cast import replan_all
from tests.whole import test_forecast as told_and_lived

MOST_SECONDS = 120
LEAST_HELD = 0.85
TRUTHS = 20


def measure(size: Size) -> Iterator[Line]:
    """Seconds of one forecast, and the weeks held over several truths."""
    yield _speed(size)
    yield _held(size)


def _speed(size: Size) -> Line:
    people = size.of(20_000)
    path = made(SCRATCH, f"forecast-{people}", lambda services: crowd.crowd(services, people))
    services = services_for(f"sqlite:///{path}")
    try:
        with services.begin() as session:
            replan_all(session, services)
        began = time.monotonic()
        forecast(services, services.now())
        took = time.monotonic() - began
    finally:
        services.engine.dispose()
    return Line(
        "forecast: 18 months",
        f"of {MOST_SECONDS} s for the forecast of a whole list",
        took / MOST_SECONDS,
        1,
        at_most=True,
        detail=f"{people:,} people in {took:.0f} s",
    )


def _held(size: Size) -> Line:
    people, truths = size.of(600), size.of(TRUTHS)
    path = made(SCRATCH, f"fortunes-{people}", lambda services: told_and_lived.with_a_past(services, people))
    services = services_for(f"sqlite:///{path}")
    try:
        told = forecast(services, services.now())
        whom = told_and_lived.people(services)
        until = services.now() + timedelta(weeks=len(told.weeks))
        shares = []
        for seed in range(truths):
            news = told_and_lived.fortunes(services, whom, until, seed)
            shares.append(
                told_and_lived.held_of(told, told_and_lived.forecast_of(services, whom, news, until))
            )
    finally:
        services.engine.dispose()
    return Line(
        "forecast: its 90 % range",
        "of the weeks held, with events drawn at random",
        mean(shares),
        LEAST_HELD,
        detail=f"{truths} truths of {len(told.weeks)} weeks, {min(shares):.0%} at the least",
    )
