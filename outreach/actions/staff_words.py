"""A member of staff writes to a person in their own words, now or later, and takes it back while it has not left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.actions.own_words import base_of, wanted_instead
from outreach.actions.waits import WaitingPerson, load_people
from outreach.errors import RefusedError
from outreach.models import Message, Person, StaffMember
from outreach.models.event import note
from outreach.models.message import sealed_body
from outreach.models.person import lock_people
from outreach.models.referral import current_referral
from outreach.rules.contact import Route, route
from outreach.rules.rendering import email_html
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, Channel, MessageState, Purpose

STEP = "own-words"
TEMPLATE = f"staff/{STEP}"
"""No template of ours: what a message from staff is listed under."""

FARTHEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class StaffWords:
    """What is to go: by which channel, in which language (BCP 47), when; an email has a subject.

    `message_id` is made with the form, so that a form sent twice is one message.
    """

    message_id: str
    channel: Channel
    words: str
    language: str
    subject: str = ""
    at: datetime | None = None


def way_of_words(
    services: Services, person: WaitingPerson, channel: Channel, language: str, now: datetime
) -> Route:
    """Whether words in this language may reach the person by this channel: the same rules as for any other message.

    A person who writes on their own behalf is no schedule: neither the gap nor a hold keeps these words back.
    """
    is_theirs = base_of(language) == base_of(person.row.language) != "en"
    own = frozenset({channel}) if is_theirs else frozenset()
    facts = person.reachability(person.wait_for_no_schedule)
    not_asked = services.config.contact.not_asked
    today = services.calendar.day_of(now)
    return route(facts, Purpose.CONVERSATION, not_asked, today, own, only=channel)


def signed(services: Services, staff: StaffMember, words: str) -> str:
    """The words with who writes below them, in the neutral name that a locked screen may show."""
    first_name = staff.name.split()[0]
    return f"{words.strip()}\n{first_name}, {services.config.service.text_name}"


def write_as_staff(
    session: Session,
    services: Services,
    person: Person,
    new: StaffWords,
    *,
    staff: StaffMember,
    now: datetime,
) -> Message:
    """Queue it for its moment, the next one in which we may write unless `new.at` says later.

    The guard decides once more when it goes. RefusedError says why it may not go, or not then. Sent twice, it is the
    same message.
    """
    lock_people(session, [person.id])
    known = session.get(Message, new.message_id)
    if known is not None and known.person_id == person.id:
        _must_be_the_same(services, known, staff, new)
        return known
    waiting = load_people(session, services.keyring, [person.id])[person.id]
    way = way_of_words(services, waiting, new.channel, new.language, now)
    if way.channel is None:
        raise RefusedError(f"this cannot go: {way.reason}. Ring, or write a letter, if that is safe")
    message = _message(session, services, person, new, staff=staff, now=now)
    session.add(message)
    note(session, now, staff.name, "wrote", message, channel=new.channel)
    return message


def is_handed_in(session: Session, person_id: str, message_id: str) -> bool:
    """Whether the form with this id has become a message; one that is being handed in is waited for."""
    lock_people(session, [person_id])
    return session.get(Message, message_id) is not None


def _must_be_the_same(services: Services, known: Message, staff: StaffMember, new: StaffWords) -> None:
    """A form sent twice says the same twice; the form gone back to, with other words in it, is another message."""
    if known.opened(services.keyring)[1] != signed(services, staff, new.words):
        raise RefusedError(
            "other words went from this page already; press Send again if these should go as well"
        )


def _message(
    session: Session,
    services: Services,
    person: Person,
    new: StaffWords,
    *,
    staff: StaffMember,
    now: datetime,
) -> Message:
    planned_for = _moment(services, new.at, now)
    text = signed(services, staff, new.words)
    is_text = new.channel is Channel.SMS
    html = "" if is_text else email_html(text, subject=new.subject, language=new.language)
    referral = current_referral(session, person.id)
    return Message(
        id=new.message_id,
        person_id=person.id,
        referral_id=referral.id if referral else None,
        written_by=staff.name,
        step=STEP,
        occurrence=f"{new.message_id}:0",
        purpose=Purpose.CONVERSATION,
        template=TEMPLATE,
        channel=new.channel,
        language=new.language,
        wanted_language=wanted_instead(person.language, new.language),
        state=MessageState.PLANNED,
        due_at=planned_for,
        planned_for=planned_for,
        created_at=now,
        segments=count(text).segments if is_text else None,
        body=sealed_body(services.keyring, new.message_id, new.subject, text, html),
    )


def _moment(services: Services, wanted: datetime | None, now: datetime) -> datetime:
    calendar = services.calendar
    if wanted is None:
        return calendar.next_slot(now)
    if wanted <= now:
        raise RefusedError("this moment has passed; choose a later one")
    if wanted > now + FARTHEST:
        raise RefusedError(f"choose a day within {FARTHEST.days} days")
    if closed := calendar.why_closed(wanted):
        raise RefusedError(f"{closed}; choose another time, or leave it to the next one")
    return wanted


def take_back(session: Session, message: Message, staff: StaffMember, now: datetime) -> None:
    """Stop a message that staff wrote before it leaves. RefusedError once it has left."""
    lock_people(session, [message.person_id] if message.person_id else [])
    session.refresh(message, with_for_update=True)
    if not message.purpose.is_written_by_staff:
        raise RefusedError("this was not written by staff; skip it among what comes next")
    if message.state is MessageState.CANCELLED:
        return
    if message.state not in CANCELLABLE:
        raise RefusedError("it has left already, and nothing can bring it back")
    message.state, message.reason = MessageState.CANCELLED, f"taken back by {staff.name}"
    message.claim_token = message.claimed_until = None
    note(session, now, staff.name, "took back", message)
