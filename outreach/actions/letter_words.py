"""What a letter says: the words of the step's email on paper, or why it cannot be printed now, or ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.circumstances import Circumstances, circumstances
from outreach.actions.compose import render, values_for, version_for
from outreach.actions.courses import Course, courses_of
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Letter, Message, TemplateVersion
from outreach.models.letter import letters_of, to_print
from outreach.rules.adjustments import read_formats
from outreach.rules.contact import route
from outreach.rules.letters import LEFT_OUT, on_paper
from outreach.services import Services
from outreach.vocabulary import Channel, Format

MOST_AT_ONCE = 200
"""Letters in one batch: as many as a page may put into words within a second."""

TO_STOP = "To choose how we keep in touch, or to have no more of these letters, ring {phone}."
"""Stands in English letters in place of the sentences that only an email can carry."""

NO_WORDS = "its template has no approved email to print from"


@dataclass(frozen=True, slots=True)
class Paper:
    """One letter in words: the lines of its address, its heading and its text; `version` is what it was made from."""

    address: tuple[str, ...]
    subject: str
    words: str
    version: TemplateVersion
    large_print: bool


@dataclass(frozen=True, slots=True)
class _Case:
    """One letter with everything that decides about it."""

    letter: Letter
    message: Message
    person: WaitingPerson
    course: Course | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that is wanted now: the words that would be printed, or why it cannot be printed at this moment.

    `is_over` says that it never will be: what it says holds no more, or nothing may go to this person.
    """

    letter: Letter
    message: Message
    person: WaitingPerson
    paper: Paper | None
    why_not: str = ""
    is_over: bool = False


def waiting_letters(
    session: Session, services: Services, now: datetime, most: int = MOST_AT_ONCE
) -> list[Waiting]:
    """The letters that somebody could print now, those wanted first at the front."""
    around = circumstances(session, services, now)
    cases = _cases(session, services, around, to_print(session, now, most))
    return [_waiting(services, around, case) for case in cases]


def not_to_post(session: Session, services: Services, batch_id: str, now: datetime) -> dict[str, str]:
    """Why printed letters must not go in the post after all, by letter: somebody died, a date moved, a hold began."""
    printed = [each for each in letters_of(session, batch_id) if each.undone_at is None]
    around = circumstances(session, services, now)
    found = {
        case.letter.id: _why_over(services, around, case)
        or _why_later(services, around, case)
        or _why_elsewhere(services, case)
        for case in _cases(session, services, around, printed)
    }
    return {letter_id: why for letter_id, why in found.items() if why}


def _cases(
    session: Session, services: Services, around: Circumstances, letters: Sequence[Letter]
) -> list[_Case]:
    messages = _messages(session, letters)
    people = load_people(session, services.keyring, [each.person_id for each in letters])
    return [
        _case(services, around, each, messages[each.message_id], people[each.person_id]) for each in letters
    ]


def _messages(session: Session, letters: Sequence[Letter]) -> dict[str, Message]:
    ids = [each.message_id for each in letters]
    return {row.id: row for row in session.scalars(select(Message).where(Message.id.in_(ids)))}


def _case(
    services: Services, around: Circumstances, letter: Letter, message: Message, person: WaitingPerson
) -> _Case:
    courses = courses_of(person, around.schedules, services.calendar, around.now)
    course = next((each for each in courses if each.place.id == message.enrolment_id), None)
    return _Case(letter, message, person, course)


def _waiting(services: Services, around: Circumstances, case: _Case) -> Waiting:
    letter, message, person = case.letter, case.message, case.person
    if over := _why_over(services, around, case):
        return Waiting(letter, message, person, None, over, is_over=True)
    if later := _why_later(services, around, case):
        return Waiting(letter, message, person, None, later)
    paper = _on_paper(services, around, case)
    return Waiting(letter, message, person, paper, "" if paper else NO_WORDS)


def _why_over(services: Services, around: Circumstances, case: _Case) -> str:
    """Why this letter will never be printed; looked at again at the last moment, as for every message."""
    message, course, worthless_on = case.message, case.course, case.letter.worthless_on
    today = services.calendar.day_of(around.now)
    anchor_row = message.occurrence.rpartition(":")[0]
    if course is None or not course.counts_from(message.step, anchor_row):
        return "its date no longer stands"
    if worthless_on and worthless_on <= today:
        return "too late: its day has come"
    printed_at = case.letter.printed_at or around.now
    if message.late_after and message.late_after < printed_at and not worthless_on:
        return "too late: its time had passed before anybody printed it"
    facts, not_asked = case.person.reachability(course.wait), services.config.contact.not_asked
    way = route(facts, message.purpose, not_asked, today)
    return way.reason if way.channel is None and way.instead is None else ""


def _why_later(services: Services, around: Circumstances, case: _Case) -> str:
    """What it waits for."""
    message, person = case.message, case.person
    for pause in around.pauses:
        if pause.covers(message.schedule, message.step):
            return f"paused by staff: {pause.why}"
    for hold in person.holds:
        covered = message.purpose.is_spaced or hold.with_appointments
        if covered and hold.is_felt(around.now, services.calendar):
            return f"held: {hold.why}"
    if around.list_is_stale:
        return "the waiting list is too old; import a new one"
    return "" if person.details.address else "no postal address is known"


def _why_elsewhere(services: Services, case: _Case) -> str:
    """A printed letter goes where its sheet says, and somebody else may live there by now."""
    address, _, _ = case.letter.opened(services.keyring)
    return "" if address == address_of(case.person) else "its address has changed since it was printed"


def _on_paper(services: Services, around: Circumstances, case: _Case) -> Paper | None:
    """The words of the step's email as a letter; None where no version of it may be used."""
    message, person = case.message, case.person
    version = version_for(around.versions, message.template, person.row.language, Channel.EMAIL)
    if version is None:
        return None
    visits = case.course.wait.visits if case.course else []
    visit = next((each for each in visits if each.row == message.appointment_id), None)
    values = values_for(services, around, person, visit, channel=Channel.EMAIL, language=version.language)
    words = render(version, {**values, "own_page": LEFT_OUT})
    phone = services.config.service.phone
    is_english = version.language.partition("-")[0] == "en"
    text = on_paper(words.text, phone, TO_STOP.format(phone=phone) if is_english else "")
    large = Format.LARGE_PRINT in read_formats(person.row.format or "")
    return Paper(address_of(person), words.subject, text, version, large)


def address_of(person: WaitingPerson) -> tuple[str, ...]:
    """Name and postal address, a line each."""
    details = person.details
    name = " ".join(filter(None, (details.given_name or details.preferred_name, details.family_name)))
    return tuple(filter(None, (name, *details.address, details.postcode)))
