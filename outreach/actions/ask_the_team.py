"""What protects whoever does the work: talking it through with the lead, and never working with people they know."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.hand_off import MAY_ACKNOWLEDGE, transfer
from outreach.actions.tell_staff import tell
from outreach.models import Acquaintance, Event, Person, StaffMember, Task
from outreach.models.base import new_id, put_if_missing
from outreach.models.event import note
from outreach.models.staff import staff_with
from outreach.services import Services
from outreach.vocabulary import Channel, Role, TaskKind, TaskState

HANDS_ON = (Role.PEER_WORKER, Role.PEER_LEAD, Role.CLINICIAN, Role.ADMIN)
WANTS_TO_TALK = "asked to talk it through"
HAS_TALKED = "talked it through"


def talk_it_through(
    session: Session, services: Services, task: Task, staff: StaffMember, now: datetime
) -> None:
    """Tell the lead that this member would like to talk about a task; once, until they have talked."""
    if wants_to_talk(session, [task.id]):
        return
    note(session, now, staff.name, WANTS_TO_TALK, task)
    address = f"{services.config.service.public_url}/tasks/{task.id}"
    text = f"{services.config.service.text_name}: a colleague would like to talk a task through with you. {address}"
    for lead in staff_with(session, Role.PEER_LEAD):
        tell(
            session,
            services,
            lead,
            now,
            step="talk-it-through",
            occurrence=f"{task.id}:{now.isoformat()}:{lead.id}",
            subject="A colleague would like to talk a task through",
            text=text,
            channels=(Channel.SMS, Channel.EMAIL),
        )


def have_talked(session: Session, task: Task, staff: StaffMember, now: datetime) -> None:
    """The conversation took place."""
    if wants_to_talk(session, [task.id]):
        note(session, now, staff.name, HAS_TALKED, task)


def wants_to_talk(session: Session, task_ids: list[str]) -> dict[str, Event]:
    """For which of these tasks somebody still waits to talk it through: the event that says who, and since when."""
    query = select(Event).where(
        Event.subject == Task.__tablename__,
        Event.subject_id.in_(task_ids),
        Event.verb.in_((WANTS_TO_TALK, HAS_TALKED)),
    )
    last = {event.subject_id: event for event in session.scalars(query.order_by(Event.id))}
    return {task_id: event for task_id, event in last.items() if event.verb == WANTS_TO_TALK}


def know_person(
    session: Session, services: Services, person_id: str, staff: StaffMember, now: datetime
) -> int:
    """This member knows the person in private life: the record is hidden from them, and what they had goes back.

    Returns how many tasks went back to everyone.
    """
    known = Acquaintance(id=new_id(), staff_id=staff.id, person_id=person_id, at=now)
    put_if_missing(session, known)
    mine = select(Task).where(
        Task.person_id == person_id, Task.assignee_id == staff.id, Task.state != TaskState.CLOSED
    )
    tasks = list(session.scalars(mine.order_by(Task.id)))
    for task in tasks:
        transfer(session, services, task, staff, to=None, now=now)
    note(session, now, staff.name, "knows in private life", session.get_one(Person, person_id))
    return len(tasks)


def takers(session: Session, task: Task) -> list[StaffMember]:
    """Who may take this task over: whoever works with people and does not know the person, by name."""
    roles = MAY_ACKNOWLEDGE if task.kind is TaskKind.URGENT else HANDS_ON
    known = set(
        session.scalars(select(Acquaintance.staff_id).where(Acquaintance.person_id == task.person_id))
    )
    return [each for each in staff_with(session, *roles) if each.id not in known]
