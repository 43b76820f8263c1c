"""Brings one row of a waiting list onto record, and says what it changed."""

from dataclasses import dataclass, field, replace
from typing import Any

from outreach.actions.import_book import ImportBook
from outreach.actions.import_endings import still_ended, take_endings
from outreach.actions.import_known import KnownPerson, KnownReferral
from outreach.actions.own_against_list import keep_choices
from outreach.actions.tasks import NewTask
from outreach.rules.contact import left_to_staff
from outreach.rules.waitlist_row import RowFault, WaitlistRow, given
from outreach.rules.waitlist_visits import Listed, compare
from outreach.vocabulary import AppointmentKind, TaskKind, Urgency

SEALED = (
    "given_name",
    "family_name",
    "preferred_name",
    "nhs_number",
    "mobile",
    "phone",
    "email",
    "postcode",
    "contact_note",
)
READABLE = (
    "language",
    "interpreter",
    "format",
    "ethnicity",
    "preferred_channel",
    "safe_to_text",
    "safe_to_email",
    "safe_to_voicemail",
    "number_is",
)
WAYS = frozenset({"mobile", "email", "date_of_birth", *READABLE} - {"ethnicity", "safe_to_voicemail"})
"""What decides how somebody can be reached: with one of these changed, messages are planned afresh."""

STAGE_DATES = {
    "referred_on": ("referred", "the date of referral was corrected"),
    "accepted_on": ("accepted", "was accepted for therapy"),
    "therapy_ended_on": ("therapy_ended", "the end of therapy has a date"),
}


class RowRefusedError(Exception):
    """This row contradicts what is on record; nothing of it is taken in."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.what)
        self.fault = fault


@dataclass(slots=True)
class RowNews:
    """What one row came to; `because` says in words why messages are planned afresh, blank where they are not."""

    is_new: bool = False
    is_changed: bool = False
    because: str = ""
    notes: list[RowFault] = field(default_factory=list)


def take_row(book: ImportBook, row: WaitlistRow) -> RowNews:
    """Put one row into the book. RowRefusedError when it contradicts what is on record: nothing of it is then."""
    person, referral = _whose(book, row)
    known_changes = len(person.changed)
    news = RowNews(referral.is_new, notes=list(still_ended(row, person, referral)))
    reasons = [
        take_endings(book, row, person, referral),
        *[_take_visit(book, row, referral, kind, news) for kind in AppointmentKind],
        *[_take_date(book, row, referral, column) for column in STAGE_DATES],
        _take_details(book, row, person),
        "a new referral" if referral.is_new else "",
    ]
    because = next(filter(None, reasons), "")
    book.restage(referral, because)
    if because:
        book.reasons.setdefault(person.id, because)
    news.because = because
    news.is_changed = referral.is_changed or len(person.changed) > known_changes
    if news.is_changed:
        _leave_to_staff(book, person, referral)
    return news


def _whose(book: ImportBook, row: WaitlistRow) -> tuple[KnownPerson, KnownReferral]:
    """The referral on record; else a new one, of the person with this NHS number or of somebody new."""
    known, number = book.known, given(row.nhs_number)
    referral = known.referrals.get(row.referral_id)
    same = known.people.get(known.by_number.get(number or "", ""))
    if referral is None:
        if same and _born_differs(row, same):
            raise _refused(
                row, "date_of_birth", "differs from that of the person on record with this NHS number"
            )
        person = same or book.new_person()
        return person, book.new_referral(row.referral_id, person)
    person = known.people[referral.person_id]
    if number and person.details.nhs_number not in ("", number):
        raise _refused(row, "nhs_number", "differs from the one on record for this referral")
    if same and same is not person:
        raise _refused(row, "nhs_number", "belongs to another person on record")
    return person, referral


def _born_differs(row: WaitlistRow, person: KnownPerson) -> bool:
    born = given(row.date_of_birth)
    return born is not None and person.details.born not in (None, born)


def _refused(row: WaitlistRow, column: str, what: str) -> RowRefusedError:
    return RowRefusedError(RowFault(row.line, column, what, "check who this row is about"))


def _take_visit(
    book: ImportBook, row: WaitlistRow, referral: KnownReferral, kind: AppointmentKind, news: RowNews
) -> str:
    """Bring one kind of appointment into line with the row; returns why messages must be planned afresh."""
    at, place, attendance = (getattr(row, f"{kind.value}_{part}") for part in ("at", "place", "attendance"))
    found = compare(Listed(kind, at, place, attendance), referral.visits, book.services.calendar, book.today)
    for visit, why in found.called_off:
        book.call_off(referral, visit, why)
    for visit in found.edited:
        book.edit_visit(referral, visit)
    if found.booked:
        book.book_visit(referral, found.booked)
    if found.astray:
        what, fix = "belongs to no appointment on record", f"give its date in {kind.value}_at"
        news.notes.append(RowFault(row.line, f"{kind.value}_attendance", what, fix, "note"))
    return found.because


def _take_date(book: ImportBook, row: WaitlistRow, referral: KnownReferral, column: str) -> str:
    day = given(getattr(row, column))
    if day is None or not referral.put(column, day):
        return ""
    kind, why = STAGE_DATES[column]
    book.stage_date(referral, kind, day, why)
    return why


def _take_details(book: ImportBook, row: WaitlistRow, person: KnownPerson) -> str:
    """Everything about the person; blanks and absent columns change nothing."""
    before = len(person.changed)
    kept = keep_choices(book, row, person)
    told: dict[str, Any] = {name: given(getattr(row, name)) for name in SEALED if name not in kept}
    born, address = given(row.date_of_birth), _address(row)
    told |= {"date_of_birth": born.isoformat() if born else None, "address": address or None}
    _put_details(person, told)
    for name in READABLE:
        value = given(getattr(row, name))
        if value is not None and name not in kept:
            person.put(name, value)
    if person.details.nhs_number:
        book.known.by_number[person.details.nhs_number] = person.id
    changed_ways = WAYS.intersection(person.changed[before:])
    return "how to reach them has changed" if changed_ways and not person.is_new else ""


def _put_details(person: KnownPerson, told: dict[str, Any]) -> None:
    details = person.details
    changes = {n: value for n, value in told.items() if value is not None and getattr(details, n) != value}
    if changes:
        person.details = replace(details, **changes)
        person.changed += changes


def _address(row: WaitlistRow) -> tuple[str, ...]:
    """The lines that are given; an address is one thing, and half of it would be somebody else's."""
    lines = (row.address_1, row.address_2, row.address_3, row.address_4)
    return tuple(line for line in map(given, lines) if line)


def _leave_to_staff(book: ImportBook, person: KnownPerson, referral: KnownReferral) -> None:
    """Where nothing may go by itself, a task says why, once for each reason."""
    if person.is_stopped or referral.is_closed:
        return
    facts = person.columns
    why = left_to_staff(person.details.born, facts["number_is"], facts["preferred_channel"], book.today)
    if why:
        book.task(
            NewTask(
                kind=TaskKind.KEEP_IN_TOUCH,
                urgency=Urgency.ROUTINE,
                cause=f"list:{person.id}:{why}",
                reason=f"nothing is sent: {why}",
                due_at=book.duties.in_two_days,
                person_id=person.id,
                referral_id=referral.id,
            )
        )
