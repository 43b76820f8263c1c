"""Is the service alive: for load balancers, monitors and people."""

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from outreach.models import Message, Reply, Task
from outreach.models.waitlist import list_taken_in_at
from outreach.vocabulary import TaskState
from outreach.web.here import services

pages = Blueprint("health", __name__)


@pages.get("/health/live")
def live() -> Response:
    """The process answers."""
    return Response("alive\n", mimetype="text/plain")


@pages.get("/health/ready")
def ready() -> Response:
    """The database answers too."""
    with services().read() as session:
        session.execute(select(1))
    return Response("ready\n", mimetype="text/plain")


@pages.get("/metrics")
def metrics() -> Response:
    """Counts for a monitor; numbers only."""
    registry = CollectorRegistry()
    messages = Gauge("outreach_messages", "Messages by state", ["state"], registry=registry)
    unread = Gauge("outreach_replies_unread", "Replies no person has read", registry=registry)
    tasks = Gauge("outreach_tasks_open", "Open tasks by urgency", ["urgency"], registry=registry)
    age = Gauge("outreach_list_age_seconds", "Time since the last waiting list", registry=registry)
    with services().read() as session:
        for state, number in session.execute(select(Message.state, func.count()).group_by(Message.state)):
            messages.labels(state.value).set(number)
        unread.set(session.scalar(select(func.count()).where(Reply.read_at.is_(None))) or 0)
        open_tasks = select(Task.urgency, func.count()).where(Task.state != TaskState.CLOSED)
        for urgency, number in session.execute(open_tasks.group_by(Task.urgency)):
            tasks.labels(urgency.value).set(number)
        newest = list_taken_in_at(session)
    if newest:
        age.set((services().now() - newest).total_seconds())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")
