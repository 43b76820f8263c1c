"""Records a death in one press: everything is withdrawn at once; only two people together can undo it."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.actions.plan import replan
from outreach.errors import RefusedError
from outreach.models import Message, Person, Task
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, MessageState, TaskKind, TaskState

BECAUSE = "the person has died"
RECORDED = "recorded a death"


def record_death(
    session: Session, services: Services, person: Person, now: datetime, *, who: str, on: date | None = None
) -> None:
    """Nothing more is sent to this person; what waits in the queue is withdrawn in the same transaction."""
    lock_people(session, [person.id])
    if person.deceased_on is None:
        person.deceased_on = on or services.calendar.day_of(now)
        note(session, now, who, RECORDED, person)
        session.flush()
        replan(session, services, [person.id], now, because=BECAUSE)
        withdraw(session, person, now, who=who)


def withdraw(session: Session, person: Person, now: datetime, *, who: str) -> None:
    """What no schedule plans, such as a text that a member of staff wrote; and the calls that would ring a family."""
    session.execute(
        update(Message)
        .where(Message.person_id == person.id, Message.state.in_(CANCELLABLE))
        .values(
            state=MessageState.CANCELLED,
            reason=f"cancelled: {BECAUSE}",
            claim_token=None,
            claimed_until=None,
        )
    )
    open_tasks = select(Task).where(Task.person_id == person.id, Task.state != TaskState.CLOSED)
    for task in session.scalars(open_tasks.order_by(Task.id).with_for_update()):
        if task.kind not in (TaskKind.URGENT, TaskKind.AFTER_DEATH):  # a clinician, or the lead, closes these
            task.state, task.outcome = TaskState.CLOSED, BECAUSE
            task.closed_at, task.closed_by = now, who
            note(session, now, who, "closed", task)


def undo_death(
    session: Session, services: Services, person: Person, now: datetime, *, who: str, with_: str, why: str
) -> None:
    """Take a mistaken death back; needs a second member of staff and a reason."""
    if who == with_:
        raise RefusedError("a recorded death is undone by two people together; ask a second member of staff")
    if not why.strip():
        raise RefusedError("say why the recorded death was a mistake")
    lock_people(session, [person.id])
    if person.deceased_on is None:
        raise RefusedError("no death is recorded for this person; nothing was changed")
    person.deceased_on = None
    note(session, now, who, "undid a recorded death", person, second=with_, why=why)
    session.flush()
    replan(session, services, [person.id], now, because="a death recorded by mistake was undone")
