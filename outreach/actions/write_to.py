"""Writes one message to the person of a task: a call that is late, or that three tries could not make."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.compose import compose_answer
from outreach.actions.waits import load_people
from outreach.models import Message, Person, Task
from outreach.models.base import new_id
from outreach.models.message import sealed_body
from outreach.rules.contact import route
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose


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
    purpose = Purpose.APPOINTMENT
    facts = load_people(session, services.keyring, [person.id])[person.id].reachability(None)
    way = route(facts, purpose, services.config.contact.not_asked, services.calendar.day_of(now))
    message = Message(
        id=new_id(),
        person_id=person.id,
        referral_id=task.referral_id,
        step=template.rpartition("/")[2],
        occurrence=f"{task.id}:0",
        purpose=purpose,
        template=template,
        channel=way.channel,
        state=MessageState.PLANNED if way.channel else MessageState.CANCELLED,
        reason=way.reason,
        due_at=now,
        planned_for=services.calendar.next_slot(now),
        created_at=now,
    )
    if way.channel:
        words = compose_answer(session, services, template, channel=way.channel, person=person)
        message.language, message.template_version_id = words.language, words.version_id
        message.segments = count(words.text).segments if way.channel is Channel.SMS else None
        message.body = sealed_body(services.keyring, message.id, words.subject, words.text, words.html)
    session.add(message)
    session.flush()
    task.late_text_id = message.id
    return message
