"""The directory of activities and co-run groups: what is there, and what peer workers add, change and end."""

from datetime import datetime, time, timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from outreach.actions.directory import Entry, add_activity, change_activity, retire_activity
from outreach.actions.group_sessions import NewSession, set_session
from outreach.errors import RefusedError
from outreach.models import Activity, GroupSession
from outreach.models.activity import activity_called
from outreach.vocabulary import Access, ActivityKind
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.permissions import may_open

pages = Blueprint("activities", __name__, url_prefix="/activities")

REVIEWED_FOR = timedelta(days=180)
MOST = 500


@pages.get("/")
def activities() -> str:
    """Everything that messages may name, and what nobody has looked at for too long."""
    today = services().calendar.day_of(now())
    with services().read() as session:
        query = select(Activity).where(Activity.retired_at.is_(None)).order_by(Activity.name, Activity.id)
        found = list(session.scalars(query.limit(MOST)))
    return render_template(
        "staff/activities.html",
        fresh=[each for each in found if each.review_on >= today],
        stale=[each for each in found if each.review_on < today],
        may_change=may_open("activities.add", me().role),
    )


@pages.get("/new")
def ask_add() -> str:
    """A blank entry."""
    return _entry_page(Form(), None)


def _entry_page(form: Form, row: Activity | None) -> str:
    today = services().calendar.day_of(now())
    with services().read() as session:
        query = select(GroupSession).where(GroupSession.activity_id == (row.id if row else ""))
        sessions = (
            list(session.scalars(query.order_by(GroupSession.starts_at.desc()).limit(20))) if row else []
        )
    return render_template(
        "staff/activity.html",
        form=form,
        row=row,
        sessions=sessions,
        kinds=[(each.value, each.value.replace("_", " ").capitalize()) for each in ActivityKind],
        access=[(each.value, each.value.replace("_", " ").capitalize()) for each in Access],
        review_on=today + REVIEWED_FOR,
        may_change=may_open("activities.change", me().role),
    )


@pages.post("/new")
def add() -> str | Answer:
    """Take an activity in."""
    form, house = Form(request.form), services()
    entry = _entry(form)
    if entry:
        try:
            with house.begin() as session:
                today = house.calendar.day_of(now())
                row = add_activity(session, entry, in_session(session), now=now(), today=today)
                session.flush()
                found = row.id
        except RefusedError as fault:
            form.refuse("name", str(fault))
    if not form.is_good:
        return make_response(_entry_page(form, None), 422)
    flash("It is in the directory. Messages may name it until its review date.")
    return redirect(url_for("activities.activity", activity_id=found))


def _entry(form: Form) -> Entry | None:
    """What was typed; None, and the faults in the form, where it cannot be taken."""
    kind = form.one_of("kind", ActivityKind, "Choose what it is about")
    review_on = form.day("review_on", "Enter a review date")
    access = [Access(each) for each in form.values("access") if each in set(Access)]
    name = form.text("name", "Give the activity a name", most=80)
    texts = {each: form.text(each, most=most) for each, most in TEXTS.items()}
    if not (form.is_good and kind and review_on):
        return None
    return Entry(
        name,
        kind,
        review_on,
        is_group=form.yes("is_group"),
        access=access,
        districts=_parts(form, "districts"),
        languages=_parts(form, "languages"),
        **texts,
    )


TEXTS = {"about": 1000, "when": 80, "place": 120, "cost": 40, "contact": 80}
"""The longest of each, in characters."""


def _parts(form: Form, name: str) -> list[str]:
    return [each.strip() for each in form.text(name, most=200).split(",") if each.strip()]


@pages.get("/<activity_id>")
def activity(activity_id: str) -> str:
    """One entry, with the sessions of a co-run group."""
    with services().read() as session:
        row = activity_called(session, activity_id)
    return _entry_page(Form(), row)


@pages.post("/<activity_id>")
def change(activity_id: str) -> str | Answer:
    """Change what an entry says; whoever does has looked at it."""
    form, house = Form(request.form), services()
    entry = _entry(form)
    with house.begin() as session:
        row = activity_called(session, activity_id)
        if entry:
            try:
                today = house.calendar.day_of(now())
                change_activity(session, row, entry, in_session(session), now=now(), today=today)
            except RefusedError as fault:
                form.refuse("name", str(fault))
    if not form.is_good:
        return make_response(_entry_page(form, row), 422)
    flash("Changed. Messages may name it until its review date.")
    return redirect(url_for("activities.activities"))


@pages.post("/<activity_id>/over")
def retire(activity_id: str) -> Answer:
    """The activity is over."""
    with services().begin() as session:
        retire_activity(session, activity_called(session, activity_id), in_session(session), now())
    flash("It is in no message any more.")
    return redirect(url_for("activities.activities"))


@pages.post("/<activity_id>/sessions")
def set_one(activity_id: str) -> str | Answer:
    """Set a session of a co-run group."""
    form = Form(request.form)
    span = _span(form)
    places = form.text("places", "Enter how many places there are", most=3)
    if not places.isdecimal():
        form.refuse("places", "Enter a whole number, such as 12")
    where = form.text("where", "Say where it is", most=120)
    with services().begin() as session:
        row = activity_called(session, activity_id)
        if form.is_good and span:
            try:
                new = NewSession(*span, where, int(places))
                set_session(session, row, new, in_session(session), now())
            except RefusedError as fault:
                form.refuse("day", str(fault))
    if not form.is_good:
        return make_response(_entry_page(form, row), 422)
    flash("The session is set. Nobody is invited yet.")
    return redirect(url_for("activities.activity", activity_id=activity_id))


def _span(form: Form) -> tuple[datetime, datetime] | None:
    """From when until when, in UTC."""
    day = form.day("day", "Enter the day")
    walls = []
    for name in ("from", "until"):
        try:
            walls.append(time.fromisoformat(form.text(name, "Enter a time such as 14:00", most=5)))
        except ValueError:
            form.refuse(name, "Enter a time such as 14:00")
    if day is None or len(walls) < 2:
        return None
    calendar = services().calendar
    return calendar.at(day, walls[0]), calendar.at(day, walls[1])
