"""Lets held messages go on when what held them has ended, or ends them when their time has passed."""

from datetime import datetime

from sqlalchemy import select, update

from outreach.actions.circumstances import Circumstances, circumstances
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Message
from outreach.models.base import AnyRow
from outreach.models.person import lock_people
from outreach.services import Services
from outreach.vocabulary import MessageState

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
    held = (Message.state == MessageState.HELD, Message.planned_for <= now)
    with services.read() as session:
        rows = session.execute(select(*COLUMNS).where(*held)).all()
        if not rows:
            return 0
        around = circumstances(session, services, now)
        people = load_people(
            session, services.keyring, [row.person_id for row in rows if row.held_by == "hold"]
        )
    late = [row for row in rows if row.late_after and row.late_after < now]
    free = [row for row in rows if row not in late and not _still_held(services, around, people, row)]
    if late or free:
        _write(services, late, free)
    return len(free)


def _still_held(
    services: Services, around: Circumstances, people: dict[str, WaitingPerson], row: AnyRow
) -> bool:
    match row.held_by:
        case "pause":
            return any(pause.covers(row.schedule, row.step) for pause in around.pauses)
        case "stale_list":
            return around.list_is_stale
        case "hold":
            person = people.get(row.person_id or "")
            return person is not None and any(
                hold.is_felt(around.now, services.calendar) for hold in person.holds
            )
        case "template":
            return not any(key == row.template for key, _, _ in around.versions)
    return False


def _write(services: Services, late: list[AnyRow], free: list[AnyRow]) -> None:
    with services.begin() as session:
        lock_people(session, [row.person_id for row in (*late, *free) if row.person_id])
        for row in late:
            session.execute(
                update(Message)
                .where(Message.id == row.id, Message.state == MessageState.HELD)
                .values(
                    state=MessageState.EXPIRED, reason=f"too late: {row.reason} until its time had passed"
                )
            )
        session.execute(
            update(Message)
            .where(Message.id.in_([row.id for row in free]), Message.state == MessageState.HELD)
            .values(state=MessageState.PLANNED, held_by=None)
        )
