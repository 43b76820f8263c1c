"""Peer workers with their hours, leave and open calls, as the capacity rules see them."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Leave, Task, WorkingHours
from outreach.models.staff import staff_with
from outreach.rules.capacity import Peer
from outreach.vocabulary import Role, TaskKind, TaskState


def peers(session: Session, now: datetime) -> list[Peer]:
    """Everyone who can hold a call, by name; empty while no peer worker with hours is on record."""
    members = staff_with(session, Role.PEER_WORKER)
    ids = [member.id for member in members]
    hours: dict[str, dict[int, list[tuple[time, time]]]] = defaultdict(lambda: defaultdict(list))
    for row in session.scalars(select(WorkingHours).where(WorkingHours.staff_id.in_(ids))):
        hours[row.staff_id][row.weekday].append((row.starts, row.ends))
    away = _away(session, ids, now.date())
    open_calls = _open_calls(session)
    return [
        Peer(
            id=member.id,
            hours=hours[member.id],
            away=frozenset(away[member.id]),
            languages=frozenset(member.languages),
            backgrounds=frozenset(member.backgrounds),
            open_calls=open_calls.get(member.id, 0),
        )
        for member in members
        if hours[member.id]
    ]


def _away(session: Session, ids: list[str], today: date) -> dict[str, set[date]]:
    away: dict[str, set[date]] = defaultdict(set)
    for row in session.scalars(select(Leave).where(Leave.staff_id.in_(ids), Leave.last >= today)):
        days = (row.last - max(row.first, today)).days
        away[row.staff_id] |= {max(row.first, today) + timedelta(days=offset) for offset in range(days + 1)}
    return away


def _open_calls(session: Session) -> dict[str, int]:
    query = (
        select(Task.assignee_id, func.count())
        .where(Task.kind == TaskKind.CALLBACK, Task.state != TaskState.CLOSED, Task.assignee_id.is_not(None))
        .group_by(Task.assignee_id)
    )
    return {assignee: count for assignee, count in session.execute(query) if assignee}
