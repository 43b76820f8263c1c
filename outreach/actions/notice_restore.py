"""Notices that the database was restored from a backup, and pauses all sending until somebody has reconciled it."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.pause import pause_sending
from outreach.models import Attempt, Message, Place
from outreach.models.base import is_id, new_id
from outreach.models.event import note
from outreach.models.message import IS_URGENT
from outreach.models.place import ONE_FILE, name_of_place, newest_place
from outreach.services import Services

log = structlog.get_logger()

WHO = "the program"

OVERLAP = timedelta(hours=1)
"""Asked for before the last attempt that the backup knows: clocks differ."""

A_YEAR = timedelta(days=365)
"""Asked for where the backup knows of no attempt at all."""


def notice_restore(services: Services, now: datetime) -> str:
    """Look before each claim whether this is still the database that sent; a restored one is paused at once.

    Costs two look-ups when all is well. A new database is settled where it stands. Returns the newest place's id.
    """
    with services.read() as session:
        newest, name = newest_place(session), name_of_place(session)
        why = _why_restored(session, services, newest, name)
    if newest is None and not why:
        return settle_here(services, now, "the first start")
    if newest is None or (why and newest.settled_at is not None):
        with services.begin() as session:
            newest = take_as_restored(session, now, who=WHO, why=why)
        log.error("the database was restored: all sending is paused until `outreach reconcile`", why=why)
    return newest.id


def _why_restored(session: Session, services: Services, newest: Place | None, name: str) -> str:
    """In words; blank when this is the database that we know."""
    if newest is not None and newest.name != name:
        return "it stands on another server or was made anew"
    mark = services.sent_mark.read()
    if mark is None:
        gone = newest is not None and name == ONE_FILE and services.sent_mark.can_be_kept
        return "the file beside the keyring that knows what was sent is gone" if gone else ""
    was_settled = newest is not None and mark <= newest.id
    if was_settled or (is_id(mark) and session.get(Attempt, mark) is not None):
        return ""
    return "the newest message that was sent is not in it"


def take_as_restored(session: Session, now: datetime, *, who: str, why: str) -> Place:
    """Put a restore on record, and pause all sending."""
    place = Place(id=new_id(), name=name_of_place(session), found_at=now, why=why, since=_since(session, now))
    session.add(place)
    session.flush()
    note(session, now, who, "found restored", place)
    why_paused = f"the database was restored from a backup ({why}); `outreach reconcile` ends this"
    pause_sending(session, now, who=WHO, why=why_paused)  # so that reconciling ends it, and no pause of staff
    return place


def _since(session: Session, now: datetime) -> datetime:
    """A little before the last attempt that this database knows; answers and alerts may be newer than the restore."""
    query = (
        select(Attempt.started_at)
        .join(Message, Message.id == Attempt.message_id)
        .where(~IS_URGENT)
        .order_by(Attempt.started_at.desc())
        .limit(1)
    )
    last = session.scalar(query)
    return min(last, now) - OVERLAP if last else now - A_YEAR


def settle_here(services: Services, now: datetime, who: str) -> str:
    """This is the database: from here on another one is noticed. Returns the place's id."""
    with services.begin() as session:
        place = settled_place(session, now, who)
    services.sent_mark.write(place.id)
    return place.id


def settled_place(session: Session, now: datetime, who: str) -> Place:
    """Put on record that the database of this session is the one that sends."""
    place = Place(
        id=new_id(),
        name=name_of_place(session),
        found_at=now,
        why=who,
        since=now,
        settled_at=now,
        settled_by=who,
    )
    session.add(place)
    return place
