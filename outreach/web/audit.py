"""The audit trail: who did and saw what, newest first. It is only ever added to.

Of people whom the reader knows in private life nothing is shown; their colleagues see it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import Select, select

from outreach.models import Event, StaffMember
from outreach.models.base import is_id
from outreach.web.forms import Form
from outreach.web.here import me, services
from outreach.web.objects import events_open_to
from outreach.web.paging import page_of

pages = Blueprint("audit", __name__, url_prefix="/audit")

PLACES = {"person": "/people/", "task": "/tasks/"}
"""Where the subject of an event can be looked at."""

OTHERS = ("outreach", "a command")
"""Who acts besides members of staff: the program itself, and whoever may run commands on its machine."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event as people read it."""

    at: datetime
    who: str
    verb: str
    subject: str
    href: str
    facts: str


@pages.get("/")
def audit() -> str:
    """Everything, or what one member did, on one day, or about one row."""
    form = Form(request.args)
    with services().read() as session:
        names = dict(
            session.execute(select(StaffMember.id, StaffMember.name).order_by(StaffMember.name)).all()
        )
        wanted = _wanted(form, names).where(events_open_to(session, me()))
        page = page_of(session, wanted, Event.id, form.value("after"))
        lines = [_line(event) for event in page.rows]
    kept = {name: form.value(name) for name in ("who", "day", "about") if form.value(name)}
    choices = [("", "Everybody"), *names.items(), *((other, other) for other in OTHERS)]
    return render_template(
        "staff/audit.html", form=form, lines=lines, after=page.after, choices=choices, kept=kept
    )


def _wanted(form: Form, names: Mapping[str, str]) -> Select[Event]:
    query = select(Event)
    who, about = form.value("who"), form.value("about")
    if who:
        query = query.where(Event.who == names.get(who, who))
    day = form.day("day")
    if day:
        calendar = services().calendar
        begins = calendar.at(day, datetime.min.time())
        query = query.where(Event.at >= begins, Event.at < begins + timedelta(days=1))
    if is_id(about):
        query = query.where(Event.subject_id == about)
    return query


def _line(event: Event) -> Line:
    place = PLACES.get(event.subject, "")
    return Line(
        event.at,
        event.who,
        event.verb,
        event.subject.replace("_", " "),
        f"{place}{event.subject_id}" if place and is_id(event.subject_id) else "",
        "; ".join(
            f"{name.replace('_', ' ')}: {_words(value)}" for name, value in event.facts.items() if value
        ),
    )


def _words(value: object) -> str:
    """A fact in words; long lists of ids are counted."""
    if isinstance(value, list):
        few = all(isinstance(each, str) and not is_id(each) for each in value)
        return ", ".join(map(str, value)) if few else f"{len(value)} of them"
    return str(value)
