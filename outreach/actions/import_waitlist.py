"""Takes a waiting list in: good rows are stored and planned for, bad ones are named, and nothing is half-done."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.actions.import_row import RowRefusedError, take_row
from outreach.actions.missing_rows import missing_from
from outreach.actions.plan import replan
from outreach.actions.upcoming import count_upcoming
from outreach.rules.waitlist_row import RowFault, WaitlistRow
from outreach.services import Services

BATCH = 250
"""Referrals in one transaction: short enough never to starve a webhook."""

PLANNED_WITHIN = timedelta(days=90)
"""A dry run tells how many messages the changed people would get in this time."""


@dataclass(slots=True)
class Imported:
    """What an import came to. Counts are of referrals, except `cancelled` and `planned`, which are messages."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    cancelled: int = 0
    planned: int = 0
    refused: list[RowFault] = field(default_factory=list)
    notes: list[RowFault] = field(default_factory=list)
    missing: int = 0

    @property
    def refused_rows(self) -> int:
        """How many rows were refused; one row can have several faults."""
        return len({fault.row for fault in self.refused})


def import_waitlist(
    services: Services,
    rows: Sequence[WaitlistRow],
    faults: Sequence[RowFault],
    now: datetime,
    *,
    who: str,
    digest: bytes,
    dry_run: bool = False,
    full: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Imported:
    """Store these rows, one transaction a batch; a dry run does the same and takes each batch back.

    `faults` are what reading the file already found. Taking the same rows in again changes nothing.
    """
    imported = Imported(
        refused=[fault for fault in faults if fault.is_refusal],
        notes=[fault for fault in faults if not fault.is_refusal],
    )
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        with _transaction(services, dry_run=dry_run) as session:
            _take_batch(session, services, batch, now, who, imported)
        progress(len(batch))
    with _transaction(services, dry_run=dry_run) as session:
        seen = {row.referral_id for row in rows}
        imported.missing = missing_from(session, services, seen, now, who=who, hold_them=full)
        session.add(_record(imported, len(rows), digest, now, services.now(), who))
    return imported


@contextmanager
def _transaction(services: Services, *, dry_run: bool) -> Iterator[Session]:
    """A write transaction that a dry run rolls back at its end."""
    with services.begin() as session:
        if not dry_run:
            yield session
            return
        outer = session.begin_nested()
        yield session
        outer.rollback()


def _take_batch(
    session: Session,
    services: Services,
    batch: Sequence[WaitlistRow],
    now: datetime,
    who: str,
    imported: Imported,
) -> None:
    known = _known(session, services, batch)
    replanning: dict[str, set[str]] = defaultdict(set)
    for row in batch:
        try:
            change = take_row(session, services, row, known, now, who)
        except RowRefusedError as refusal:
            imported.refused.append(refusal.fault)
            continue
        _count(imported, change)
        imported.notes += change.notes
        if change.because:
            replanning[change.because].add(change.person_id)
    session.flush()
    changed: set[str] = set()
    for because, people in replanning.items():
        planned = replan(session, services, people, now, because)
        imported.cancelled += planned.cancelled
        changed |= people
    imported.planned += count_upcoming(session, services, changed, now, now + PLANNED_WITHIN)
