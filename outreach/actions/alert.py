"""Alerts about urgent tasks until somebody acknowledges them: ids only, never a name or a word of the reply."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.tell_staff import can_be_told, tell
from outreach.models import StaffMember, Task
from outreach.models.event import note
from outreach.models.staff import duty_on, staff_with
from outreach.rules.duty import FIRST_ALERTS, Hears, alert_after, first_alert_at, who_hears
from outreach.services import Services
from outreach.vocabulary import Channel, Role, TaskState

log = structlog.get_logger()


def send_alerts(services: Services, now: datetime) -> int:
    """Queue the alerts that are due; returns for how many tasks. The sender hands them over at any hour."""
    due = select(Task.id).where(Task.state != TaskState.CLOSED, Task.next_alert_at <= now)
    with services.read() as session:
        if session.scalar(due.limit(1)) is None:
            return 0
    with services.begin() as session:
        query = select(Task).where(Task.state != TaskState.CLOSED, Task.next_alert_at <= now)
        tasks = list(session.scalars(query.order_by(Task.opened_at, Task.id).with_for_update()))
        for task in tasks:
            _alert(session, services, task, now)
    return len(tasks)


def _alert(session: Session, services: Services, task: Task, now: datetime) -> None:
    told = _to_be_told(session, services, task, now)
    for staff in told:
        _queue(session, services, task, staff, now)
    if not told:
        log.error("nobody can be alerted: no clinician or lead has a mobile or an email", task=task.id)
    task.alerts += 1
    # Counted from the moment the task was due; after an outage the missed ones are not sent all at once.
    following = max(alert_after(task.due_at, task.alerts), now + FIRST_ALERTS[1])
    on_call = services.config.duty.out_of_hours == "on_call"
    task.next_alert_at = first_alert_at(following, services.calendar, on_call=on_call)
    note(session, now, "outreach", "alerted", task, alerts=task.alerts, told=len(told))


def _to_be_told(session: Session, services: Services, task: Task, now: datetime) -> list[StaffMember]:
    """Those whose turn it is; where none of them can be told, every clinician and lead who can, else any admin."""
    turn = [staff for hears in who_hears(task.alerts) for staff in _people(session, services, hears, now)]
    for staff in (
        turn,
        staff_with(session, Role.CLINICIAN, Role.PEER_LEAD),
        staff_with(session, Role.ADMIN),
    ):
        reachable = {each.id: each for each in staff if can_be_told(each)}
        if reachable:
            return list(reachable.values())
    return []


def _people(session: Session, services: Services, hears: Hears, now: datetime) -> list[StaffMember]:
    """Who holds this duty today; without a rota everybody in the role."""
    duty = duty_on(session, services.calendar.day_of(now))
    named = {Hears.CLINICIAN: duty.clinician_id, Hears.DEPUTY: duty.deputy_id} if duty else {}
    staff_id = named.get(hears)
    if staff_id:
        return [session.get_one(StaffMember, staff_id)]
    return staff_with(session, Role.PEER_LEAD if hears is Hears.LEAD else Role.CLINICIAN)


def _queue(session: Session, services: Services, task: Task, staff: StaffMember, now: datetime) -> None:
    """One text and one email to one member of staff."""
    base = services.config.service.public_url
    what = "needs you now. Our answer did not arrive: telephone" if task.telephone_now_at else "needs you now"
    text = f"{services.config.service.text_name}: urgent task {task.id} {what}. {base}/tasks/{task.id}"
    tell(
        session,
        services,
        staff,
        now,
        step="alert",
        occurrence=f"{task.id}:{task.alerts}",
        subject="An urgent task needs you now",
        text=text,
        channels=(Channel.SMS, Channel.EMAIL),
    )
