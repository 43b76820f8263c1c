"""Alerts about urgent tasks until somebody acknowledges them: ids only, never a name or a word of the reply."""

from datetime import datetime
from html import escape

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Message, StaffMember, Task
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.message import sealed_address, sealed_body
from outreach.models.staff import duty_on, staff_with
from outreach.rules.duty import FIRST_ALERTS, Hears, alert_after, who_hears
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, Role, TaskState


def send_alerts(services: Services, now: datetime) -> int:
    """Queue the alerts that are due; returns for how many tasks. The sender hands them over at any hour."""
    due = select(Task.id).where(Task.state != TaskState.CLOSED, Task.next_alert_at <= now)
    with services.read() as session:
        if session.scalar(due.limit(1)) is None:
            return 0
    with services.begin() as session:
        query = select(Task).where(Task.id.in_(due)).order_by(Task.opened_at).with_for_update()
        tasks = list(session.scalars(query))
        for task in tasks:
            _alert(session, services, task, now)
    return len(tasks)


def _alert(session: Session, services: Services, task: Task, now: datetime) -> None:
    for hears in who_hears(task.alerts):
        for staff in _people(session, services, hears, now):
            _queue(session, services, task, staff, now)
    task.alerts += 1
    # Counted from the moment the task was due; after an outage the missed ones are not sent all at once.
    task.next_alert_at = max(alert_after(task.due_at, task.alerts), now + FIRST_ALERTS[1])
    note(session, now, "outreach", "alerted", task, alerts=task.alerts)


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
    text = f"{services.config.service.text_name}: urgent task {task.id} needs you now. {base}/tasks/{task.id}"
    for channel, address in ((Channel.SMS, staff.mobile), (Channel.EMAIL, staff.email)):
        if not address:
            continue
        message_id = new_id()
        session.add(
            Message(
                id=message_id,
                step="alert",
                occurrence=f"{task.id}:{task.alerts}",
                purpose=Purpose.ALERT,
                template="",
                channel=channel,
                language="en",
                state=MessageState.PLANNED,
                due_at=now,
                planned_for=now,
                created_at=now,
                segments=count(text).segments if channel is Channel.SMS else None,
                body=sealed_body(
                    services.keyring,
                    message_id,
                    "An urgent task needs you now",
                    text,
                    f"<p>{escape(text)}</p>",
                ),
                address=sealed_address(services.keyring, message_id, address),
            )
        )
