"""Lets time pass in an installation whose clock a test may move: from one moment with something due to the next."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from outreach.engines.jobs import tick
from outreach.models import Enrolment, Message
from outreach.services import Services
from outreach.vocabulary import MessageState
from tests.house import clock_of

STEP = timedelta(minutes=1)


def pass_time(services: Services, until: datetime) -> None:
    """Tick whenever anything is due, and stand at `until` in the end."""
    clock = clock_of(services)
    while (due := next_due(services)) and (at := max(due, clock.at + STEP)) < until:
        clock.set(at)
        tick(services)
    clock.set(until)


def next_due(services: Services) -> datetime | None:
    """When planner or sender next has something to do."""
    planner = select(func.min(Enrolment.next_due_at)).where(Enrolment.ended_at.is_(None))
    sender = select(func.min(Message.planned_for)).where(Message.state == MessageState.PLANNED)
    with services.read() as session:
        return min(filter(None, (session.scalar(planner), session.scalar(sender))), default=None)
