"""What happens next to the person of a closed task: messages that go on, or still wait, and for what."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.own_view import own_messages
from outreach.models import Hold, Message, Person, Task
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, TaskState

WAYS = {"sms": "by text", "email": "by email", "letter": "by letter", "call": "as a call"}
KINDS = {
    Purpose.APPOINTMENT: "about an appointment",
    Purpose.CHECK_IN: "a check-in",
    Purpose.SUPPORT: "about support",
    Purpose.SURVEY: "a question",
    Purpose.ANSWER: "an answer",
}
NOT_GOING = (MessageState.CANCELLED, MessageState.FAILED, MessageState.EXPIRED)


def aftermath(session: Session, services: Services, task: Task, now: datetime) -> list[str]:
    """Sentences about what happens now; none while the task is open or about nobody."""
    person = session.get(Person, task.person_id) if task.person_id else None
    if task.state is not TaskState.CLOSED or person is None:
        return []
    if person.deceased_on:
        return ["A death is recorded: nothing more is sent to them."]
    return [
        *_kind_text(session, task),
        *_holds(session, services, task, now),
        *_next(session, services, task, now),
    ]


def _kind_text(session: Session, task: Task) -> Iterator[str]:
    text = session.get(Message, task.late_text_id) if task.late_text_id else None
    if text is None or text.step != "could-not-reach":
        return
    how = "text" if text.channel is Channel.SMS else "email"
    if text.state in NOT_GOING:
        yield f"Three days in vain. No message says so to them: {text.reason}. Please think of another way."
    else:
        yield f"Three days in vain. A kind {how} tells them that we tried, and how to reach us."


def _holds(session: Session, services: Services, task: Task, now: datetime) -> Iterator[str]:
    """What this task held goes on, unless something else holds it too, or they need some quiet."""
    holds = list(session.scalars(select(Hold).where(Hold.person_id == task.person_id).order_by(Hold.id)))
    standing = [
        each for each in holds if each.released_at is None and not (each.ends_at and each.ends_at <= now)
    ]
    quiet = max((each.quiet_until for each in holds if each.quiet_until), default=None)
    if standing:
        yield f"Their check-ins still wait: {standing[0].why}."
    elif quiet and quiet > services.calendar.day_of(now):
        yield f"Quiet until {_day(services, quiet)}: no check-ins before then. Messages about appointments go on."
    elif any(each.task_id == task.id for each in holds):
        yield "What waited because of this goes on now."


def _next(session: Session, services: Services, task: Task, now: datetime) -> Iterator[str]:
    _, coming = own_messages(session, services, task.person_id or "", now)
    if not coming:
        yield "Nothing is planned for them in the next 90 days."
        return
    line = coming[0]
    day = services.calendar.day_of(max(line.at, now))
    yield f"Their next message: {KINDS.get(line.purpose, 'a message')}, {WAYS[line.way]}, {_day(services, day)}."


def _day(services: Services, day: date) -> str:
    return services.calendar.day_name(day)
