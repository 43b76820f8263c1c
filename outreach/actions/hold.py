"""Keeps check-ins, support and surveys from somebody for a while, and lets them go on again."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Hold
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.person import lock_people


def hold(
    session: Session,
    person_id: str,
    now: datetime,
    *,
    who: str,
    why: str,
    task_id: str | None = None,
    ends_at: datetime | None = None,
    with_appointments: bool = False,
) -> Hold:
    """Hold this person's messages, once for each task; appointment messages only when a clinician says so."""
    lock_people(session, [person_id])
    standing = session.scalar(
        select(Hold).where(
            Hold.person_id == person_id,
            Hold.released_at.is_(None),
            Hold.task_id.is_not_distinct_from(task_id),
        )
    )
    if standing is not None and standing.why == why:
        return standing
    row = Hold(
        id=new_id(),
        person_id=person_id,
        task_id=task_id,
        with_appointments=with_appointments,
        opened_at=now,
        who=who,
        why=why,
        ends_at=ends_at,
    )
    session.add(row)
    note(session, now, who, "held", row, why=why)
    return row


def release(session: Session, row: Hold, now: datetime, *, who: str, quiet_until: date | None = None) -> None:
    """Let the messages go on at once, or after a quiet time that the person needs."""
    lock_people(session, [row.person_id])
    row.released_at, row.released_by, row.quiet_until = now, who, quiet_until
    note(session, now, who, "released", row, quiet_until=quiet_until.isoformat() if quiet_until else None)


def release_of_task(
    session: Session, task_id: str, now: datetime, *, who: str, quiet_until: date | None = None
) -> int:
    """Closing a task is the release of what it held."""
    rows = list(session.scalars(select(Hold).where(Hold.task_id == task_id, Hold.released_at.is_(None))))
    for row in rows:
        release(session, row, now, who=who, quiet_until=quiet_until)
    return len(rows)
