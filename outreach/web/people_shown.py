"""People as pages show them: a row in a list, and the basics of one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import phonenumbers
from sqlalchemy.orm import Session

from outreach.actions.waits import Wait, WaitingPerson, load_people
from outreach.models.template import usable_versions
from outreach.rules.contact import route
from outreach.rules.pathway import Visit
from outreach.rules.tongues import language_name
from outreach.services import Services
from outreach.vocabulary import AppointmentKind, Attendance, Channel, NumberIs, Purpose, Stage

Spoken = frozenset[tuple[str, Channel]]

STAGES = {
    Stage.AWAITING_ASSESSMENT: "Waiting for an assessment",
    Stage.AWAITING_DECISION: "Waiting for a decision",
    Stage.AWAITING_TREATMENT: "Waiting for therapy",
    Stage.IN_TREATMENT: "In therapy",
    Stage.CLOSED: "Closed",
}
ATTENDANCES = {
    Attendance.NOT_YET: "still to come",
    Attendance.CANCELLED_BY_PERSON: "cancelled by them",
    Attendance.DID_NOT_ATTEND: "missed",
    Attendance.CANCELLED_BY_SERVICE: "cancelled by us",
    Attendance.SEEN_ON_TIME: "came",
    Attendance.SEEN_LATE: "came late and was seen",
    Attendance.TOO_LATE_TO_BE_SEEN: "came too late to be seen",
}
APPOINTMENTS = {AppointmentKind.ASSESSMENT: "Assessment", AppointmentKind.TREATMENT: "First session"}
VOICEMAIL = {True: "safe", False: "not safe: leave none", None: "never asked: leave none"}
SAFETY = {True: "safe", False: "NOT safe", None: "not asked about"}
NUMBERS = {NumberIs.SHARED: "shared with somebody", NumberIs.CARER: "a carer’s"}


@dataclass(frozen=True, slots=True)
class Row:
    """One person in a list."""

    id: str
    name: str
    born: date | None
    local_ids: str
    stage: str
    since: date | None
    marks: tuple[str, ...]


def rows_of(session: Session, services: Services, ids: Sequence[str], now: datetime) -> list[Row]:
    """These people in this order."""
    people, spoken = load_people(session, services.keyring, ids), languages(session, services)
    return [_row(people[each], services, spoken, now) for each in ids if each in people]


def languages(session: Session, services: Services) -> Spoken:
    """In which languages other than English some message may go, and how."""
    usable = usable_versions(session, needs_approval=services.is_live)
    return frozenset((language, channel) for _, language, channel in usable if language != "en")


def _row(person: WaitingPerson, services: Services, spoken: Spoken, now: datetime) -> Row:
    wait = current(person)
    return Row(
        id=person.id,
        name=full_name(person),
        born=person.details.born,
        local_ids=", ".join(each.local_id for each in person.waits),
        stage=STAGES[wait.stage] if wait else "No referral",
        since=wait.dates.referred_on if wait else None,
        marks=tuple(marks_of(person, services, spoken, now)),
    )


def current(person: WaitingPerson) -> Wait | None:
    """The open wait that began last, else the last one."""
    waits = sorted(
        person.waits, key=lambda each: (each.dates.closed_on is None, each.dates.referred_on, each.id)
    )
    return waits[-1] if waits else None


def full_name(person: WaitingPerson) -> str:
    """What they like to be called, and their family name."""
    details = person.details
    return " ".join(dict.fromkeys(filter(None, (details.called, details.family_name))))


def marks_of(person: WaitingPerson, services: Services, spoken: Spoken, now: datetime) -> list[str]:
    """What staff must know before they write or ring: why nothing reaches this person, and what waits."""
    wait, today = current(person), services.calendar.day_of(now)
    facts, not_asked = person.reachability(wait), services.config.contact.not_asked
    marks = []
    theirs = {person.row.language, person.row.language.partition("-")[0]}
    own = {channel for language, channel in spoken if language in theirs}
    appointments = route(facts, Purpose.APPOINTMENT, not_asked, today, own)
    check_ins = route(facts, Purpose.CHECK_IN, not_asked, today, own)
    if appointments.channel is None:
        marks.append(f"No messages: {appointments.reason}")
    elif check_ins.channel is None:
        marks.append(f"Appointment messages only: {check_ins.reason}")
    if any(not hold.released for hold in person.holds):
        marks.append("Messages are on hold")
    return marks


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about a person."""

    name: str
    words: str
    rings: str = ""
    """The number that a press on it rings."""


def dates_of(wait: Wait, services: Services) -> list[Fact]:
    """Every date of one wait, in the order of the pathway."""
    facts = [Fact("Referred", _on(wait.dates.referred_on, services))]
    for kind in AppointmentKind:
        facts += [
            Fact(APPOINTMENTS[kind], _visit(visit, services))
            for visit in wait.visits
            if visit.kind is kind and (not visit.called_off or visit.attendance is not None)
        ]
        if kind is AppointmentKind.ASSESSMENT and wait.dates.accepted_on:
            facts.append(Fact("Accepted for therapy", _on(wait.dates.accepted_on, services)))
    endings = (("Therapy ended", wait.dates.therapy_ended_on), ("Closed", wait.dates.closed_on))
    return facts + [Fact(name, _on(day, services)) for name, day in endings if day]


def _on(day: date, services: Services) -> str:
    return f"{services.calendar.day_name(day)} {day.year}"


def _visit(visit: Visit, services: Services) -> str:
    at = f" at {services.calendar.time_name(visit.at)}" if visit.at else ""
    place = f", {visit.place}" if visit.place else ""
    came = f": {ATTENDANCES[visit.attendance]}" if visit.attendance else ""
    return f"{_on(visit.on, services)}{at}{place}{came}"


def contact_of(person: WaitingPerson) -> list[Fact]:
    """How to reach them, and what they have said about it."""
    details, row = person.details, person.row
    number = as_dialled(details.mobile)
    if row.number_is in NUMBERS:
        number = f"{number} ({NUMBERS[row.number_is]})"
    facts = [
        Fact("Mobile", _safe(number, row.safe_to_text, "texts"), details.mobile),
        Fact("Email", _safe(details.email, row.safe_to_email, "emails")),
        Fact("Phone", as_dialled(details.phone), details.phone),
        Fact("Voicemail", VOICEMAIL[row.safe_to_voicemail]),
        Fact("Likes to be reached by", row.preferred_channel.value if row.preferred_channel else "not said"),
        Fact("Language", language_name(row.language) + (", needs an interpreter" if row.interpreter else "")),
        Fact("Needs", row.format or ""),
        Fact("Suits them all the same", _suiting(person)),
    ]
    return [fact for fact in facts if fact.words]


def _suiting(person: WaitingPerson) -> str:
    """The channels that they told staff suit them, whatever format they need."""
    told = (("texts", person.row.texts_suit), ("emails", person.row.emails_suit))
    return " and ".join(name for name, suits in told if suits)


def as_dialled(number: str) -> str:
    """A number as people here dial it."""
    if not number.startswith("+44"):
        return number
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def _safe(address: str, is_safe: bool | None, what: str) -> str:
    if not address:
        return "none on record"
    return f"{address}: {what} are {SAFETY[is_safe]}"
