"""Lets held messages go on when what held them has ended, or ends them when their time has passed."""

from datetime import datetime

from sqlalchemy import select, update

from outreach.actions.circumstances import Circumstances, circumstances
from outreach.actions.waits import holds_of
from outreach.models import Message
from outreach.models.base import AnyRow
from outreach.models.message import in_state
from outreach.models.person import lock_people
from outreach.rules.guard import HoldFact
from outreach.services import Services
from outreach.vocabulary import MessageState

BATCH = 400

COLUMNS = (
    Message.id,
    Message.person_id,
    Message.schedule,
    Message.step,
    Message.template,
    Message.held_by,
    Message.late_after,
    Message.reason,
)


def release_held(services: Services, now: datetime) -> int:
    """Plan again what nothing holds any more; returns how many. The guard then decides about each anew."""
    with services.read() as session:
        rows = session.execute(
            select(*COLUMNS).where(in_state(MessageState.HELD), Message.planned_for <= now)
        ).all()
        if not rows:
            return 0
        around = circumstances(session, services, now)
        holds = holds_of(session, [row.person_id for row in rows if row.held_by == "hold" and row.person_id])
    late = [row for row in rows if row.late_after and row.late_after < now]
    free = [
        row
        for row in rows
        if not (row.late_after and row.late_after < now) and not _is_held(services, around, holds, row)
    ]
    for start in range(0, max(len(late), len(free)), BATCH):
        _write(services, late[start : start + BATCH], free[start : start + BATCH])
    return len(free)


def _is_held(
    services: Services, around: Circumstances, holds: dict[str, list[HoldFact]], row: AnyRow
) -> bool:
    match row.held_by:
        case "pause":
            return any(pause.covers(row.schedule, row.step) for pause in around.pauses)
        case "stale_list":
            return around.list_is_stale
        case "hold":
            return any(hold.is_felt(around.now, services.calendar) for hold in holds.get(row.person_id, []))
        case "staff":
            return True  # until whoever held it, or somebody else, lets it go
        case "template":
            return not any(key == row.template for key, _, _ in around.versions)
    return False


def _write(services: Services, late: list[AnyRow], free: list[AnyRow]) -> None:
    with services.begin() as session:
        lock_people(session, [row.person_id for row in (*late, *free) if row.person_id])
        for row in late:
            session.execute(
                update(Message)
                .where(Message.id == row.id, in_state(MessageState.HELD))
                .values(
                    state=MessageState.EXPIRED, reason=f"too late: {row.reason} until its time had passed"
                )
            )
        session.execute(
            update(Message)
            .where(Message.id.in_([row.id for row in free]), in_state(MessageState.HELD))
            .values(state=MessageState.PLANNED, held_by=None)
        )
