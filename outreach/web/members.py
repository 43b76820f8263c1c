"""The team: who works here, when they work, when they are away, and how they sign in."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.accounts import invite
from outreach.actions.member_changes import Particulars, change_member, take_leave_of
from outreach.actions.staff import WEEKDAYS, NewMember, add_leave, add_member, member_records, set_hours
from outreach.errors import ContactError, NotFoundError, OutreachError, RefusedError
from outreach.models import Account, Leave, StaffMember, WorkingHours
from outreach.models.base import is_id
from outreach.rules.hours import read_spans, spans_in_words
from outreach.vocabulary import Role
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.permissions import may_open

pages = Blueprint("staff", __name__, url_prefix="/staff")

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pages.get("/")
def members() -> str:
    """Everybody who works here."""
    with services().read() as session:
        records = member_records(session)
        away = _away(session)
        able = set(session.scalars(select(Account.staff_id).where(Account.enrolled_at.is_not(None))))
    return render_template(
        "staff/members.html",
        records=records,
        away=away,
        able=able,
        may_change=may_open("staff.add", me().role),
    )


def _away(session: Session) -> dict[str, list[str]]:
    """The leave that is under way or to come, in words, by member."""
    calendar, found = services().calendar, dict[str, list[str]]()
    today = calendar.day_of(now())
    for row in session.scalars(select(Leave).where(Leave.last >= today).order_by(Leave.first)):
        to = f" to {calendar.day_name(row.last)}" if row.last > row.first else ""
        found.setdefault(row.staff_id, []).append(f"{calendar.day_name(row.first)}{to}")
    return found


@pages.get("/add")
def ask_add() -> str:
    """The form for somebody new."""
    return render_template("staff/member_add.html", form=None)


@pages.post("/add")
def add() -> str | Answer:
    """Take somebody in, and show the link with which they set up their sign-in, this once."""
    form, house = Form(request.form), services()
    name = form.text("name", "Enter the name everyone here knows them by", most=120)
    to = _particulars(form)
    if form.is_good and to:
        new = NewMember(name, to.role, to.email, to.mobile, to.languages, to.backgrounds)
        try:
            with house.begin() as session:
                member = add_member(session, new, now(), who=me().name)
                link = invite(session, house, member, now(), who=me().name)
        except (RefusedError, ContactError) as fault:
            form.refuse(_field(fault), str(fault))
        else:
            return _link_page(member, link)
    return make_response(render_template("staff/member_add.html", form=form), 422)


def _particulars(form: Form) -> Particulars | None:
    role = form.one_of("role", Role, "Choose what they do here")
    texts = {name: form.text(name, most=200) for name in ("email", "mobile", "languages", "backgrounds")}
    if role is None:
        return None
    lists = [texts[name].split(",") for name in ("languages", "backgrounds")]
    return Particulars(role, texts["email"], texts["mobile"], *lists)


def _field(fault: OutreachError) -> str:
    """Beside which field this belongs."""
    if not isinstance(fault, ContactError):
        return "name"
    return "email" if "email" in str(fault) or "@" in str(fault) else "mobile"


def _link_page(member: StaffMember, link: str) -> str:
    hours = services().config.sign_in.link_hours
    return render_template("staff/member_link.html", member=member, link=link, hours=hours)


@pages.get("/<member_id>")
def member(member_id: str) -> str:
    """One member, with all that can be changed."""
    return _page(member_id)


def _page(member_id: str, form: Form | None = None, part: str = "") -> str:
    """The page of one member; `form` belongs to the part of it that was sent."""
    with services().read() as session:
        row = _called(session, member_id)
        hours = session.scalars(select(WorkingHours).where(WorkingHours.staff_id == member_id)).all()
        account = session.scalar(select(Account).where(Account.staff_id == member_id))
        away = _away(session).get(member_id, [])
    week = [
        (
            WEEKDAYS[day],
            DAY_NAMES[day],
            spans_in_words(sorted((each.starts, each.ends) for each in hours if each.weekday == day)),
        )
        for day in range(7)
    ]
    return render_template(
        "staff/member.html", member=row, week=week, away=away, account=account, form=form, part=part
    )


def _called(session: Session, member_id: str) -> StaffMember:
    row = session.get(StaffMember, member_id) if is_id(member_id) else None
    if row is None or row.left_at is not None:
        raise NotFoundError("Nobody who works here has this address. They may have left.")
    return row


@pages.post("/<member_id>")
def change(member_id: str) -> str | Answer:
    """Write their particulars."""
    form = Form(request.form)
    to = _particulars(form)
    if form.is_good and to:
        try:
            with services().begin() as session:
                change_member(session, _called(session, member_id), to, in_session(session), now())
        except (RefusedError, ContactError) as fault:
            form.refuse(_field(fault).replace("name", "role"), str(fault))
    return _done(member_id, form, "particulars", "The details are saved.")


@pages.post("/<member_id>/hours")
def hours(member_id: str) -> str | Answer:
    """Write the hours of the whole week."""
    form, week = Form(request.form), {}
    for number, day in enumerate(WEEKDAYS):
        try:
            week[number] = read_spans(form.text(day, most=100))
        except RefusedError as fault:
            form.refuse(day, str(fault))
    if form.is_good:
        try:
            with services().begin() as session:
                set_hours(session, _called(session, member_id), week, now(), who=me().name)
        except RefusedError as fault:
            form.refuse(WEEKDAYS[0], str(fault))
    return _done(member_id, form, "hours", "The hours are saved.")


@pages.post("/<member_id>/leave")
def leave(member_id: str) -> str | Answer:
    """Record days away, and say which days on duty they leave open."""
    form = Form(request.form)
    first = form.day("first", "Enter the first day away")
    last = form.day("last") or first
    said = "The leave is recorded."
    if form.is_good and first and last:
        try:
            with services().begin() as session:
                open_days = add_leave(session, _called(session, member_id), first, last, now(), who=me().name)
            if open_days:
                names = ", ".join(services().calendar.day_name(day) for day in open_days)
                said = f"The leave is recorded. Now find somebody else to be on duty on {names}."
        except RefusedError as fault:
            form.refuse("last", str(fault))
    return _done(member_id, form, "leave", said)


def _done(member_id: str, form: Form, part: str, said: str) -> str | Answer:
    if not form.is_good:
        return make_response(_page(member_id, form, part), 422)
    flash(said)
    return redirect(url_for("staff.member", member_id=member_id))


@pages.post("/<member_id>/link")
def link(member_id: str) -> str:
    """A new link: their password, phone and sessions stop working at once."""
    house = services()
    with house.begin() as session:
        row = _called(session, member_id)
        made = invite(session, house, row, now(), who=me().name)
    return _link_page(row, made)


@pages.post("/<member_id>/left")
def left(member_id: str) -> Answer:
    """They have left: signed out everywhere, their tasks back with everyone."""
    house = services()
    with house.begin() as session:
        days = take_leave_of(session, house, _called(session, member_id), in_session(session), now())
    names = ", ".join(house.calendar.day_name(day) for day in days)
    flash(
        "They are off the staff and signed out everywhere, and their tasks are back with everyone."
        + (f" Now find somebody else to be on duty on {names}." if names else "")
    )
    return redirect(url_for("staff.members"))
