"""What staff do with a task: claim it, try it, pass it on, close it; two people pressing at once get one winner."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.hold import release_of_task
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.tasks import NewTask, raise_task
from outreach.actions.write_to import write_to
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Person, StaffMember, Task, TaskTry
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Role, TaskKind, TaskState, TryResult, Urgency

TRIES = 3
"""Attempts on this many different days, then a kind text and "could not reach"."""

UNANSWERED = (TryResult.NO_ANSWER, TryResult.VOICEMAIL)
"""Tries that rang in vain; a wrong number is no try to reach this person."""

SPOKE = (TryResult.REACHED, TryResult.CALL_LATER)
"""Tries in which the person was there, so that counting begins anew."""

MAY_CLOSE_URGENT = (Role.CLINICIAN,)
MAY_ACKNOWLEDGE = (*MAY_CLOSE_URGENT, Role.PEER_LEAD)

NOT_FOR_YOU = "an urgent task is for clinicians; tell the duty clinician what you know"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended; `quiet_until` keeps check-ins away for a while after it."""

    words: str
    quiet_until: date | None = None


def task_called(session: Session, task_id: str) -> Task:
    """The task with this id; NotFoundError otherwise."""
    task = session.get(Task, task_id) if len(task_id) == 36 else None
    if task is None:
        raise NotFoundError("no task has this id; `outreach tasks` lists them")
    return task


def claim(session: Session, task: Task, staff: StaffMember, now: datetime) -> None:
    """Take a task. One conditional write decides who gets it; everyone else is told who was first."""
    _must_suit(task, staff)
    taken = session.execute(
        update(Task)
        .where(
            Task.id == task.id,
            Task.state != TaskState.CLOSED,
            or_(Task.assignee_id.is_(None), Task.assignee_id == staff.id),
        )
        .values(assignee_id=staff.id, claimed_at=now, state=TaskState.CLAIMED)
        .returning(Task.id)
    ).first()
    session.refresh(task)
    if taken is None:
        raise RefusedError(_why_not(session, task))
    note(session, now, staff.name, "claimed", task)


def _must_suit(task: Task, staff: StaffMember) -> None:
    """Peer workers see urgent tasks, and are never left alone with one."""
    if task.kind is TaskKind.URGENT and staff.role not in MAY_ACKNOWLEDGE:
        raise RefusedError(NOT_FOR_YOU)


def _why_not(session: Session, task: Task) -> str:
    if task.state is TaskState.CLOSED:
        return "this task is closed already; nothing was changed"
    holder = session.get(StaffMember, task.assignee_id) if task.assignee_id else None
    return f"{holder.name if holder else 'somebody else'} has this task already; nothing was changed"


def acknowledge(session: Session, task: Task, staff: StaffMember, now: datetime) -> None:
    """Say "I have seen this and am on it": the alerts stop. The first step of closing an urgent task."""
    if staff.role not in MAY_ACKNOWLEDGE:
        raise RefusedError(
            "an urgent task is acknowledged by a clinician or the lead; tell the duty clinician"
        )
    _must_be_open(session, task)
    if task.acknowledged_at is None:
        task.acknowledged_at, task.acknowledged_by, task.next_alert_at = now, staff.name, None
        note(session, now, staff.name, "acknowledged", task)


def record_try(
    session: Session,
    services: Services,
    task: Task,
    staff: StaffMember,
    *,
    now: datetime,
    result: TryResult,
    words: str = "",
) -> None:
    """One try to reach the person. Three on different days without success make it "could not reach"."""
    _must_be_open(session, task)
    if result is TryResult.VOICEMAIL and not _voicemail_is_safe(session, task):
        raise RefusedError("no voicemail may be left for this person: nobody has recorded that it is safe")
    try_id = new_id()
    sealed = services.keyring.seal(words, f"task_try|note|{try_id}") if words else None
    session.add(TaskTry(id=try_id, task_id=task.id, at=now, who=staff.name, result=result, note=sealed))
    note(session, now, staff.name, "tried", task, result=result.value)
    if result is TryResult.WRONG_NUMBER:
        _number_is_wrong(session, services, task, staff, now)
    if result in UNANSWERED and task.kind is TaskKind.CALLBACK:
        _end_after_enough_tries(session, services, task, staff, now)


def days_tried(session: Session, services: Services, task: Task) -> int:
    """On how many different local days somebody rang in vain, since the person was last reached."""
    tries = session.execute(
        select(TaskTry.at, TaskTry.result).where(TaskTry.task_id == task.id).order_by(TaskTry.at, TaskTry.id)
    )
    days: set[date] = set()
    for at, result in tries:
        if result in UNANSWERED:
            days.add(services.calendar.day_of(at))
        elif result in SPOKE:
            days.clear()
    return len(days)


def _end_after_enough_tries(
    session: Session, services: Services, task: Task, staff: StaffMember, now: datetime
) -> None:
    """A kind text instead of a fourth call. Only a call that was asked for ends so; other work waits for a person."""
    if days_tried(session, services, task) < TRIES:
        return
    write_to(session, services, task, "answers/could-not-reach", now)
    close(session, task, staff, now, Outcome("could not reach"))


def _voicemail_is_safe(session: Session, task: Task) -> bool:
    person = session.get(Person, task.person_id) if task.person_id else None
    return person is not None and person.safe_to_voicemail is True


def _number_is_wrong(
    session: Session, services: Services, task: Task, staff: StaffMember, now: datetime
) -> None:
    """The number rings somebody else: it is never used again, and staff find the right one."""
    person = session.get(Person, task.person_id) if task.person_id else None
    mobile = person.opened(services.keyring).mobile if person else ""
    if not person or not mobile:
        return
    stop = Stop(
        Cause.WRONG_NUMBER, address_token=services.keyring.blind("mobile", mobile), channel=Channel.SMS
    )
    opt_out(session, stop, now, who=staff.name, concerning=[person.id])
    new = NewTask(
        kind=TaskKind.WRONG_NUMBER,
        urgency=Urgency.SOON,
        cause=f"task:{task.id}:wrong_number",
        reason="the number belongs to somebody else: find the right one",
        due_at=duties(session, services.calendar, now).in_two_days,
        person_id=person.id,
        referral_id=task.referral_id,
    )
    raise_task(session, services.keyring, new, now)


def close(session: Session, task: Task, staff: StaffMember, now: datetime, outcome: Outcome) -> None:
    """End a task with its outcome, and let go of what it held; an urgent one in two steps, by a clinician."""
    _must_be_open(session, task)
    if not outcome.words.strip():
        raise RefusedError("say how it ended, in a few words")
    if task.kind is TaskKind.URGENT:
        if staff.role not in MAY_CLOSE_URGENT:
            raise RefusedError(
                "only a clinician closes an urgent task; tell the duty clinician what you know"
            )
        if task.acknowledged_at is None:
            raise RefusedError("acknowledge it first, then close it with an outcome")
    task.state, task.outcome = TaskState.CLOSED, outcome.words
    task.closed_at, task.closed_by, task.next_alert_at = now, staff.name, None
    note(session, now, staff.name, "closed", task)
    release_of_task(session, task.id, now, who=staff.name, quiet_until=outcome.quiet_until)
    if task.kind is TaskKind.CALLBACK and task.person_id:
        _end_the_same_wish(session, task, now, outcome)


def _end_the_same_wish(session: Session, task: Task, now: datetime, outcome: Outcome) -> None:
    """Somebody who asked twice to talk has been talked to: one call answers every request made before it."""
    same = select(Task).where(
        Task.person_id == task.person_id,
        Task.kind == TaskKind.CALLBACK,
        Task.state != TaskState.CLOSED,
        Task.id != task.id,
    )
    for other in session.scalars(same.order_by(Task.id).with_for_update()):
        other.state, other.outcome = TaskState.CLOSED, outcome.words
        other.closed_at, other.closed_by = now, task.closed_by
        note(session, now, task.closed_by or "", "closed", other, together_with=task.id)
        release_of_task(session, other.id, now, who=task.closed_by or "", quiet_until=outcome.quiet_until)


def transfer(
    session: Session,
    services: Services,
    task: Task,
    staff: StaffMember,
    *,
    to: StaffMember | None,
    now: datetime,
    words: str = "",
) -> None:
    """Pass a task on with a note, or hand it back to everyone (to=None), which needs no reason."""
    _must_be_open(session, task)
    if to is not None:
        _must_suit(task, to)
        if not words.strip():
            raise RefusedError("write a short note for whoever takes it over")
    task.assignee_id = to.id if to else None
    task.claimed_at = now if to else None
    task.state = TaskState.CLAIMED if to else TaskState.OPEN
    task.rested_at, task.rests_until, task.until_answer = None, None, False  # whoever it comes to sees it now
    if to is None and task.kind is TaskKind.URGENT:  # nobody is on it any more: the alerts begin again
        task.acknowledged_at, task.acknowledged_by, task.next_alert_at = None, None, now
    if words:
        task.handover_note = services.keyring.seal(words, f"task|handover_note|{task.id}")
    note(session, now, staff.name, "transferred" if to else "handed back", task, to=to.name if to else None)


def _must_be_open(session: Session, task: Task) -> None:
    """Also when somebody else is closing it at this very moment. The person's lock comes first, as everywhere."""
    lock_people(session, [task.person_id] if task.person_id else [])
    session.refresh(task, with_for_update=True)
    if task.state is TaskState.CLOSED:
        raise RefusedError("this task is closed already; nothing was changed")
