"""What a list says that ends messages for good: a death, do-not-contact, a closing. No file takes them back."""

from collections.abc import Iterator
from datetime import date

from outreach.actions.hold import hold
from outreach.actions.import_book import ImportBook
from outreach.actions.import_known import KnownPerson, KnownReferral
from outreach.actions.tasks import NewTask, raise_task
from outreach.models import Person
from outreach.rules.waitlist_row import RowFault, Stop, WaitlistRow, given, is_blank
from outreach.vocabulary import TaskKind, Urgency

SAYS = {
    "deceased_on": "that the person has died",
    "do_not_contact": "not to contact the person",
    "closed_on": "that the referral is closed",
}
STAYS = {
    "deceased_on": "is blank, but a death is on record",
    "do_not_contact": "says no, but the person is marked do-not-contact",
    "closed_on": "is blank, but the referral is closed on record",
}
"""What a row says against an ending on record; the ending stays."""


def take_endings(book: ImportBook, row: WaitlistRow, person: KnownPerson, referral: KnownReferral) -> str:
    """Record what this row ends; returns the weightiest of it in words, blank when nothing new ended."""
    died = _died(book, person, given(row.deceased_on))
    unwanted = _do_not_contact(book, person) if given(row.do_not_contact) else ""
    closed = _closed(book, referral, given(row.closed_on), given(row.closed_reason))
    return died or unwanted or closed


def _died(book: ImportBook, person: KnownPerson, on: date | None) -> str:
    if on is None or person.columns["deceased_on"] or not person.put("deceased_on", on):
        return ""
    book.event(Person, person.id, "recorded a death")
    return "the person has died"


def _do_not_contact(book: ImportBook, person: KnownPerson) -> str:
    if person.columns["do_not_contact_since"] or not person.put("do_not_contact_since", book.now):
        return ""
    book.event(Person, person.id, "marked do-not-contact")
    return "marked do-not-contact"


def _closed(book: ImportBook, referral: KnownReferral, on: date | None, reason: str | None = None) -> str:
    was_closed = referral.is_closed
    if on is None or not referral.put("closed_on", on) | (
        reason is not None and referral.put("closed_reason", reason)
    ):
        return ""
    book.stage_date(referral, "closed", on, reason or "closed on the waiting list")
    return "" if was_closed else "the referral was closed"


def still_ended(row: WaitlistRow, person: KnownPerson, referral: KnownReferral) -> Iterator[RowFault]:
    """A note for each ending on record that this row speaks against."""
    against = {
        "deceased_on": is_blank(row.deceased_on) and person.columns["deceased_on"],
        "do_not_contact": given(row.do_not_contact) is False and person.columns["do_not_contact_since"],
        "closed_on": is_blank(row.closed_on) and referral.is_closed,
    }
    for column, speaks_against in against.items():
        if speaks_against:
            fix = "it stays so; if that is a mistake, a named member of staff puts it right"
            yield RowFault(row.line, column, STAYS[column], fix, "note")


def take_stop(book: ImportBook, stop: Stop) -> RowFault:
    """Act on what a refused row says all the same; where it is not certain about whom, staff check it."""
    what = f"this refused row says {SAYS[stop.column]}"
    referral = book.known.referrals.get(stop.referral_id)
    if referral is None:
        return RowFault(
            stop.row,
            stop.column,
            what,
            "no referral on record has this id, so nothing is sent for it",
            "note",
        )
    person = book.known.people[referral.person_id]
    if _is_doubtful(stop, person):
        _have_it_checked(book, stop, referral)
        return RowFault(
            stop.row,
            stop.column,
            what,
            "a task asks staff to check it today: until then reminders of appointments go on",
        )
    if stop.column == "closed_on":
        because = _closed(book, referral, stop.on)
        book.restage(referral, because)
    else:
        because = _died(book, person, stop.on) or (
            _do_not_contact(book, person) if stop.column == "do_not_contact" else ""
        )
    if because:
        book.reasons.setdefault(person.id, because)
    return RowFault(
        stop.row,
        stop.column,
        what,
        "that much was taken in, and messages stop; correct the row for the rest",
        "note",
    )


def _is_doubtful(stop: Stop, person: KnownPerson) -> bool:
    """The day of a death cannot be read, or the row names somebody else than the record."""
    number, born = person.details.nhs_number, person.details.born
    differs = (stop.nhs_number and number and stop.nhs_number != number) or (
        stop.date_of_birth and born and stop.date_of_birth != born
    )
    return bool(differs) or (stop.column == "deceased_on" and stop.on is None)


def _have_it_checked(book: ImportBook, stop: Stop, referral: KnownReferral) -> None:
    """Messages that are not about an appointment wait until staff have closed the task."""
    session, now = book.session, book.now
    told = stop.on.isoformat() if stop.on else "a day that cannot be right"
    new = NewTask(
        kind=TaskKind.RECORD_CHECK,
        urgency=Urgency.SOON,
        cause=f"list:{referral.id}:{stop.column}:{told}",
        reason=f"the waiting list says {SAYS[stop.column]}, in a row that was refused: check it today",
        due_at=book.duties.end_of_day,
        person_id=referral.person_id,
        referral_id=referral.id,
    )
    task = raise_task(session, book.services.keyring, new, now)
    if task.opened_at == now:
        hold(
            session,
            referral.person_id,
            now,
            who=book.who,
            why="the waiting list is being checked",
            task_id=task.id,
        )
