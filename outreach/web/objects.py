"""Whether somebody may see this very task or person: roles open routes, this looks at the one behind them."""

from datetime import datetime

from flask import abort
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from outreach.errors import NotFoundError
from outreach.models import Acquaintance, Person, Referral, Reply, StaffMember, Task
from outreach.models.base import is_id
from outreach.models.staff import duty_on
from outreach.rules.calendar import Calendar
from outreach.vocabulary import Role, TaskState
from outreach.web.here import me, now, services


def open_to(member: StaffMember, query: Select[Task]) -> Select[Task]:
    """Only those tasks of a query that this member may see: a peer worker's own, and those nobody has taken."""
    known = select(Acquaintance.person_id).where(Acquaintance.staff_id == member.id)
    query = query.where(or_(Task.person_id.is_(None), Task.person_id.not_in(known)))
    if member.role is Role.PEER_WORKER:
        unclaimed = Task.assignee_id.is_(None) & (Task.state != TaskState.CLOSED)
        query = query.where(or_(Task.assignee_id == member.id, unclaimed))
    return query


def may_see_task(session: Session, member: StaffMember, task_id: str) -> bool:
    """This member may see this task."""
    return session.scalar(open_to(member, select(Task).where(Task.id == task_id))) is not None


def may_see_person(
    session: Session, member: StaffMember, person_id: str, calendar: Calendar, at: datetime
) -> bool:
    """This member may see this person: anybody hands-on, but a peer worker only those behind tasks they may see.

    Whoever reads replies today also sees the people whose replies nobody has read yet. Nobody sees a person whom they
    know in private life.
    """
    if member.role is Role.ANALYST or knows(session, member, person_id):
        return False
    if member.role is not Role.PEER_WORKER:
        return True
    if session.scalar(open_to(member, select(Task).where(Task.person_id == person_id)).limit(1)) is not None:
        return True
    duty = duty_on(session, calendar.day_of(at))
    if duty is None or duty.reader_id != member.id:
        return False
    unread = select(Reply.id).where(Reply.person_id == person_id, Reply.read_at.is_(None)).limit(1)
    return session.scalar(unread) is not None


def knows(session: Session, member: StaffMember, person_id: str) -> bool:
    """The member has said that they know this person in private life."""
    said = Acquaintance.staff_id == member.id, Acquaintance.person_id == person_id
    return session.scalar(select(Acquaintance.id).where(*said)) is not None


def task_or_404(session: Session, task_id: str) -> Task:
    """The task, if there is one and whoever is signed in may see it; else the page that is not open to them."""
    task = session.get(Task, task_id) if is_id(task_id) else None
    if task is None:
        raise NotFoundError("There is no such task. It may have been removed.")
    if not may_see_task(session, me(), task_id):
        abort(403)
    return task


def person_or_404(session: Session, person_id: str) -> Person:
    """The person, if there is one and whoever is signed in may see them."""
    person = session.get(Person, person_id) if is_id(person_id) else None
    if person is None:
        raise NotFoundError("There is no such person. The record may have been removed.")
    if not may_see_person(session, me(), person_id, services().calendar, now()):
        abort(403)
    return person


def referral_or_404(session: Session, referral_id: str) -> Referral:
    """The referral with this id of ours, if whoever is signed in may see its person."""
    referral = session.get(Referral, referral_id) if is_id(referral_id) else None
    if referral is None:
        raise NotFoundError("There is no such referral. It may have been removed.")
    person_or_404(session, referral.person_id)
    return referral
