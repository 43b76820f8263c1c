"""Marks an urgent task "telephone now" when the crisis lines that we sent back did not arrive."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Message, Task
from outreach.models.event import note
from outreach.rules.duty import first_alert_at
from outreach.services import Services
from outreach.vocabulary import MessageState, Purpose, TaskState

DID_NOT_ARRIVE = frozenset(
    {
        MessageState.UNDELIVERED,
        MessageState.FAILED,
        MessageState.EXPIRED,
        MessageState.CANCELLED,
        MessageState.UNCONFIRMED,
    }
)


def telephone_now(session: Session, services: Services, message: Message, now: datetime) -> None:
    """If this message was the answer to a flagged reply and did not arrive, say so on its open task, and alert."""
    if message.purpose is not Purpose.ANSWER or message.state not in DID_NOT_ARRIVE:
        return
    on_call = services.config.duty.out_of_hours == "on_call"
    query = select(Task).where(Task.message_id == message.id, Task.state != TaskState.CLOSED)
    for task in session.scalars(query.with_for_update()):
        if task.telephone_now_at is None:
            task.telephone_now_at = now
            note(session, now, "outreach", "telephone now", task, message=message.id)
            if task.next_alert_at is not None:  # acknowledged: somebody is on it, and sees the mark
                task.next_alert_at = first_alert_at(now, services.calendar, on_call=on_call)
