"""Takes a waiting list in: good rows are stored and planned for, bad ones are named, and nothing is half-done."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.first_contacts import FirstContacts
from outreach.actions.import_book import ImportBook
from outreach.actions.import_endings import take_stop
from outreach.actions.import_known import load_known
from outreach.actions.import_row import RowRefusedError, take_row
from outreach.actions.missing_rows import hold_missing, refuse_if_partial, settle_found, waiting_but_missing
from outreach.actions.plan import replan_each
from outreach.models import WaitlistImport
from outreach.models.waitlist import lock_imports
from outreach.rules.waitlist import Waitlist
from outreach.rules.waitlist_row import RowFault, WaitlistRow, given, stops_of
from outreach.services import Services

T = TypeVar("T")

BATCH = 250
"""Referrals in one transaction: short enough never to starve a webhook."""

PLANNED_WEEKS = 4
PLANNED_WITHIN = timedelta(weeks=PLANNED_WEEKS)
"""An import tells how many messages the people it changed will get in this time."""


@dataclass(slots=True)
class Imported:
    """What an import came to. `new`, `updated` and `unchanged` are referrals, `cancelled` and `planned` messages.

    `replanned` pairs each referral id already on record for which messages were planned afresh or withdrawn with why.
    `missing` holds the referral ids that wait on record and are not in the file; `held` is how many of them are now
    held for staff. `first_contacts_until` is the day on which the last of the late first messages goes, if any do.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    cancelled: int = 0
    planned: int = 0
    replanned: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[RowFault] = field(default_factory=list)
    notes: list[RowFault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    held: int = 0
    first_contacts_until: date | None = None

    @property
    def refused(self) -> int:
        """How many rows were refused; one row can have several faults."""
        return len({fault.row for fault in self.refusals})

    @property
    def counts(self) -> dict[str, int | str | None]:
        """How many of each, and until when, as they are written down."""
        until = self.first_contacts_until
        return {
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "cancelled": self.cancelled,
            "planned": self.planned,
            "refused": self.refused,
            "held": self.held,
            "first_contacts_until": until.isoformat() if until else None,
        }

    def tell(self, faults: Sequence[RowFault]) -> None:
        """Add faults where they belong."""
        self.refusals += [fault for fault in faults if fault.is_refusal]
        self.notes += [fault for fault in faults if not fault.is_refusal]


@dataclass(frozen=True, slots=True)
class Taking:
    """How one file is taken in: by whom and when, the digest that knows it again, as a trial, as a full list.

    `batch` is how many referrals go into one transaction.
    """

    who: str
    now: datetime
    digest: bytes
    dry_run: bool = False
    full: bool = False
    batch: int = BATCH
    progress: Callable[[int], None] = lambda _rows: None


def import_waitlist(services: Services, waitlist: Waitlist, how: Taking) -> Imported:
    """Store what the list says, one transaction a batch; a dry run does the same and takes each batch back.

    Taking the same list in again changes nothing. Raises WaitlistError, with nothing taken in, when a list declared
    full lacks much of what is on record.
    """
    listed = {row.referral_id for row in waitlist.rows} | waitlist.refused
    imported = Imported()
    imported.tell(waitlist.faults)
    with services.read() as session:
        imported.missing = waiting_but_missing(session, listed)
    if how.full:
        refuse_if_partial(imported.missing, listed)
    first_contacts = FirstContacts(services, how.now)
    for stops in _slices(waitlist.stops, how.batch):
        with _batch(services, how, {stop.referral_id for stop in stops}) as book:
            imported.tell([take_stop(book, stop) for stop in stops])
            _write(book, imported, first_contacts)
    for rows in _slices_of_people(waitlist.rows, how.batch):
        ids, numbers = {row.referral_id for row in rows}, {given(row.nhs_number) for row in rows}
        with _batch(services, how, ids, {number for number in numbers if number}) as book:
            _take_rows(book, rows, imported)
            _write(book, imported, first_contacts)
        how.progress(len(rows))
    imported.first_contacts_until = first_contacts.last_day
    if waitlist.rows:
        with _transaction(services, dry_run=how.dry_run) as session:
            _finish(session, services, imported, how)
    return imported


@contextmanager
def _transaction(services: Services, *, dry_run: bool) -> Iterator[Session]:
    """A write transaction that a dry run takes back at its end; one import at a time is in one."""
    with services.begin() as session:
        lock_imports(session)
        trial = session.begin_nested() if dry_run else None
        yield session
        if trial:
            trial.rollback()


@contextmanager
def _batch(
    services: Services, how: Taking, local_ids: set[str], numbers: AbstractSet[str] = frozenset()
) -> Iterator[ImportBook]:
    """A transaction with an empty book for what is on record about these referrals and NHS numbers."""
    with _transaction(services, dry_run=how.dry_run) as session:
        known = load_known(session, services.keyring, local_ids, numbers)
        yield ImportBook(
            session, services, known, how.now, how.who, duties(session, services.calendar, how.now)
        )


def _take_rows(book: ImportBook, rows: Sequence[WaitlistRow], imported: Imported) -> None:
    for row in rows:
        try:
            news = take_row(book, row)
        except RowRefusedError as refusal:
            imported.tell([refusal.fault, *(take_stop(book, stop) for stop in stops_of(row))])
            continue
        imported.tell(news.notes)
        imported.new += news.is_new
        imported.updated += news.is_changed and not news.is_new
        imported.unchanged += not news.is_changed
        if news.because and not news.is_new:
            imported.replanned.append((row.referral_id, news.because))


def _write(book: ImportBook, imported: Imported, first_contacts: FirstContacts) -> None:
    """Store the book, and plan afresh for everybody it concerns, in the same transaction."""
    book.write()
    planned = replan_each(
        book.session,
        book.services,
        book.reasons,
        book.now,
        horizon=PLANNED_WITHIN,
        newcomers=book.newcomers(),
        first_contacts=first_contacts,
    )
    imported.cancelled += planned.cancelled
    imported.planned += planned.upcoming


def _finish(session: Session, services: Services, imported: Imported, how: Taking) -> None:
    """Ask about who is missing, and put the import itself on record: from now on the list is fresh."""
    settle_found(session, imported.missing, how.now, who=how.who)
    if how.full:
        imported.held = hold_missing(
            session, services, imported.missing, how.now, who=how.who, digest=how.digest
        )
    row = WaitlistImport(
        file_digest=how.digest,
        rows=imported.new + imported.updated + imported.unchanged,
        new=imported.new,
        updated=imported.updated,
        unchanged=imported.unchanged,
        refused=imported.refused,
        started_at=how.now,
        finished_at=services.now(),
        who=how.who,
    )
    session.add(row)


def _slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _slices_of_people(rows: Sequence[WaitlistRow], size: int) -> Iterator[list[WaitlistRow]]:
    """Rows with one NHS number stay together: a dry run forgets each batch, and they are one person all the same."""
    people: dict[str, list[WaitlistRow]] = {}
    for row in rows:
        people.setdefault(given(row.nhs_number) or f"referral {row.referral_id}", []).append(row)
    batch: list[WaitlistRow] = []
    for own in people.values():
        batch += own
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
