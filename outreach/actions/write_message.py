"""Puts one message that is on no schedule into words and into the queue: a note about a call, a group or a number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.compose import compose_answer
from outreach.actions.own_words import own_words, wanted_instead
from outreach.actions.waits import load_people
from outreach.models import Message, Person
from outreach.models.base import new_id
from outreach.models.message import sealed_body
from outreach.models.template import translations
from outreach.rules.contact import Route, route
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What is to be written. `occurrence` is `<row it is about>:<n>`; without `planned_for` it goes at the next slot.

    `values` are the template's variables that are not the service's or the person's own; moments are put into
    words in the language of the message.
    """

    template: str
    purpose: Purpose
    occurrence: str
    referral_id: str | None = None
    planned_for: datetime | None = None
    late_after: datetime | None = None
    values: Mapping[str, str | datetime] = field(default_factory=dict)


def write_message(
    session: Session,
    services: Services,
    person: Person,
    new: NewMessage,
    now: datetime,
    *,
    way: Route | None = None,
) -> Message:
    """Queue it on the person's own channel; where nothing may be sent it is stored with the reason.

    The guard decides once more when it goes. Its person is locked by the caller. `way` is given where it is known.
    """
    way = way or way_to(session, services, person, new, now)
    message = Message(
        id=new_id(),
        person_id=person.id,
        referral_id=new.referral_id,
        step=new.template.rpartition("/")[2],
        occurrence=new.occurrence,
        purpose=new.purpose,
        template=new.template,
        channel=way.channel,
        state=MessageState.PLANNED if way.channel else MessageState.CANCELLED,
        reason=way.reason,
        due_at=now,
        planned_for=services.calendar.next_slot(new.planned_for or now),
        late_after=new.late_after,
        created_at=now,
    )
    if way.channel:
        words = compose_answer(
            session, services, new.template, channel=way.channel, person=person, known=new.values
        )
        message.language, message.template_version_id = words.language, words.version_id
        message.wanted_language = wanted_instead(person.language, words.language)
        message.segments = count(words.text).segments if way.channel is Channel.SMS else None
        message.body = sealed_body(services.keyring, message.id, words.subject, words.text, words.html)
    session.add(message)
    session.flush()
    return message


def way_to(session: Session, services: Services, person: Person, new: NewMessage, now: datetime) -> Route:
    """How this message may reach the person today."""
    waiting = load_people(session, services.keyring, [person.id])[person.id]
    facts = waiting.reachability(waiting.wait_for_no_schedule)
    own = own_words(person, new.template, translations(session))
    today = services.calendar.day_of(now)
    return route(facts, new.purpose, services.config.contact.not_asked, today, own)
