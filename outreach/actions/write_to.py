"""Writes one message to the person of a task: a call that is late, or that three tries could not make."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.write_message import NewMessage, write_message
from outreach.models import Message, Person, Task
from outreach.services import Services
from outreach.vocabulary import Purpose


def write_to(
    session: Session, services: Services, task: Task, template: str, now: datetime
) -> Message | None:
    """Queue one message to the person of a task; where nothing may be sent it is stored with the reason.

    None when the task is about nobody.
    """
    person = session.get(Person, task.person_id) if task.person_id else None
    if person is None:
        return None
    # Days after they wrote, this is a message that we start: a STOP in between, a death and the night count. It is
    # about a call that was agreed, so it travels like any other message about an appointment.
    new = NewMessage(template, Purpose.APPOINTMENT, f"{task.id}:0", referral_id=task.referral_id)
    message = write_message(session, services, person, new, now)
    task.late_text_id = message.id
    session.flush()  # whoever locks the task next reads it anew
    return message
