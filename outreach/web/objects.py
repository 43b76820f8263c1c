"""Whether somebody may see this very task or person: roles open routes, this looks at the one behind them."""

from datetime import datetime

from flask import abort
from sqlalchemy import ColumnElement, Select, String, and_, cast, false, or_, select, true
from sqlalchemy.orm import Session

from outreach.errors import NotFoundError
from outreach.models import Acquaintance, Event, Message, Person, Referral, Reply, StaffMember, Task
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


def people_open_to(
    session: Session, member: StaffMember, calendar: Calendar, at: datetime
) -> ColumnElement[bool]:
    """The condition on `Person` for those this member may see: anybody hands-on sees all, a peer worker only those
    behind tasks they may see.

    Whoever reads replies today also sees the people whose replies nobody has read yet. Nobody sees a person whom they
    know in private life, and an analyst sees nobody.
    """
    if member.role is Role.ANALYST:
        return false()
    known = select(Acquaintance.person_id).where(Acquaintance.staff_id == member.id)
    stranger = Person.id.not_in(known)
    if member.role is not Role.PEER_WORKER:
        return stranger
    behind_tasks = open_to(member, select(Task)).with_only_columns(Task.person_id)
    theirs: ColumnElement[bool] = Person.id.in_(behind_tasks.where(Task.person_id.is_not(None)))
    duty = duty_on(session, calendar.day_of(at))
    if duty is not None and duty.reader_id == member.id:
        unread = select(Reply.person_id).where(Reply.person_id.is_not(None), Reply.read_at.is_(None))
        theirs = or_(theirs, Person.id.in_(unread))
    return and_(stranger, theirs)


def may_see_person(
    session: Session, member: StaffMember, person_id: str, calendar: Calendar, at: datetime
) -> bool:
    """This member may see this person."""
    allowed = people_open_to(session, member, calendar, at)
    return session.scalar(select(Person.id).where(Person.id == person_id, allowed)) is not None


def replies_open_to(
    session: Session, member: StaffMember, calendar: Calendar, at: datetime
) -> ColumnElement[bool]:
    """The condition on `Reply` for those this member may read: of people they may see, or nobody's yet.

    A peer worker reads those of their people and tasks; whoever reads today, everything that nobody has read. A reply
    that may be from somebody whom the member knows in private life stays closed to them.
    """
    if member.role is Role.ANALYST:
        return false()
    known = known_to(session, member)
    strangers = and_(
        or_(Reply.person_id.is_(None), Reply.person_id.not_in(known)),
        *(~cast(Reply.candidates, String).contains(each) for each in known),
    )
    if member.role is not Role.PEER_WORKER:
        return strangers
    tasks = open_to(member, select(Task))
    theirs: ColumnElement[bool] = or_(
        Reply.person_id.in_(tasks.with_only_columns(Task.person_id).where(Task.person_id.is_not(None))),
        Reply.id.in_(tasks.with_only_columns(Task.reply_id).where(Task.reply_id.is_not(None))),
    )
    duty = duty_on(session, calendar.day_of(at))
    if duty is not None and duty.reader_id == member.id:
        theirs = or_(theirs, Reply.read_at.is_(None))
    return and_(strangers, theirs)


def known_to(session: Session, member: StaffMember) -> list[str]:
    """The ids of the people whom this member knows in private life, in order."""
    query = select(Acquaintance.person_id).where(Acquaintance.staff_id == member.id)
    return list(session.scalars(query.order_by(Acquaintance.person_id)))


def messages_open_to(session: Session, member: StaffMember) -> ColumnElement[bool]:
    """The condition on `Message` for those that go to nobody whom this member knows in private life."""
    known = known_to(session, member)
    return or_(Message.person_id.is_(None), Message.person_id.not_in(known)) if known else true()


def events_open_to(session: Session, member: StaffMember) -> ColumnElement[bool]:
    """The condition on `Event` for those about nobody whom this member knows, nor about anything of theirs."""
    known = known_to(session, member)
    if not known:
        return true()
    theirs = [select(row.id).where(row.person_id.in_(known)) for row in (Referral, Task, Reply, Message)]
    return and_(Event.subject_id.not_in(known), *(Event.subject_id.not_in(ids) for ids in theirs))


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


def reply_or_404(session: Session, reply_id: str) -> Reply:
    """The reply, if there is one and whoever is signed in may read it."""
    reply = session.get(Reply, reply_id) if is_id(reply_id) else None
    if reply is None:
        raise NotFoundError("There is no such reply. It may have been removed.")
    allowed = replies_open_to(session, me(), services().calendar, now())
    if session.scalar(select(Reply.id).where(Reply.id == reply_id, allowed)) is None:
        abort(403)
    return reply
