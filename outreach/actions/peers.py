"""Peer workers with their hours, leave and open calls, as the capacity rules see them."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from outreach.models import Leave, StaffMember, Task, WorkingHours
from outreach.models.lists import among, plain
from outreach.rules.capacity import Peer
from outreach.vocabulary import Role, TaskKind, TaskState

# Written down once: the sender asks for every batch whether a call can be held.
_member, _hours = StaffMember.__table__.c, WorkingHours.__table__.c
_leave, _task = Leave.__table__.c, Task.__table__.c
MEMBERS = (
    select(_member.id, _member.languages, _member.backgrounds)
    .where(_member.role == Role.PEER_WORKER, _member.left_at.is_(None))
    .order_by(_member.name)
)
HOURS = select(_hours.staff_id, _hours.weekday, _hours.starts, _hours.ends).where(among(_hours.staff_id))
LEAVE = select(_leave.staff_id, _leave.first, _leave.last).where(
    among(_leave.staff_id), _leave.last >= bindparam("today")
)
OPEN_CALLS = (
    select(_task.assignee_id, func.count())
    .where(_task.kind == TaskKind.CALLBACK, _task.state != TaskState.CLOSED, among(_task.assignee_id))
    .group_by(_task.assignee_id)
)


def peers(session: Session, now: datetime) -> list[Peer]:
    """Everyone who can hold a call, by name; empty while no peer worker with hours is on record."""
    members = plain(session, MEMBERS).all()
    ids = [member_id for member_id, *_ in members]
    if not ids:
        return []
    hours: dict[str, dict[int, list[tuple[time, time]]]] = defaultdict(lambda: defaultdict(list))
    for staff_id, weekday, starts, ends in plain(session, HOURS, {"ids": ids}):
        hours[staff_id][weekday].append((starts, ends))
    away = _away(session, ids, now.date())
    open_calls = dict(plain(session, OPEN_CALLS, {"ids": ids}).all())
    return [
        Peer(
            id=member_id,
            hours=hours[member_id],
            away=frozenset(away[member_id]),
            languages=frozenset(languages),
            backgrounds=frozenset(backgrounds),
            open_calls=open_calls.get(member_id, 0),
        )
        for member_id, languages, backgrounds in members
        if hours[member_id]
    ]


def _away(session: Session, ids: list[str], today: date) -> dict[str, set[date]]:
    away: dict[str, set[date]] = defaultdict(set)
    for staff_id, first, last in plain(session, LEAVE, {"ids": ids, "today": today}):
        begins = max(first, today)
        away[staff_id] |= {begins + timedelta(days=offset) for offset in range((last - begins).days + 1)}
    return away
