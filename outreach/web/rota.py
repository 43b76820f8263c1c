"""The rota: who reads replies on each working day, and which clinician, with which deputy, is there for a crisis."""

from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.staff import OnDuty, fill_rota, rota
from outreach.errors import RefusedError
from outreach.models.staff import StaffMember, staff_with
from outreach.vocabulary import Role
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.permissions import may_open

pages = Blueprint("rota", __name__, url_prefix="/staff/rota")

SHOWN_DAYS = 28
READERS = (Role.PEER_WORKER, Role.PEER_LEAD, Role.CLINICIAN, Role.ADMIN)
WEEKS = ("0", "1", "2", "4", "8", "12", "26")


@pages.get("/")
def show() -> str:
    """The next four weeks."""
    return _page(None)


def _page(form: Form | None) -> str:
    house = services()
    with house.read() as session:
        today = house.calendar.day_of(now())
        days = rota(session, house.calendar, today, SHOWN_DAYS)
        readers, clinicians = _choices(session, *READERS), _choices(session, Role.CLINICIAN)
    return render_template(
        "staff/rota.html",
        form=form,
        days=[(day, house.calendar.day_name(day), names) for day, names in days],
        today=today,
        readers=readers,
        clinicians=clinicians,
        may_change=may_open("rota.fill", me().role),
    )


def _choices(session: Session, *roles: Role) -> list[tuple[str, str]]:
    return [("", "Choose"), *((member.id, member.name) for member in staff_with(session, *roles))]


@pages.post("/")
def fill() -> str | Answer:
    """Say who is on duty on a day, or on every working day of some weeks."""
    form, house = Form(request.form), services()
    first = form.day("first", "Enter the first day")
    weeks = int(form.choice("weeks", WEEKS, "Choose for how long") or 0)
    try:
        with house.begin() as session:
            on_duty = _on_duty(session, form)
            if form.is_good and first and on_duty:
                _must_be_ahead(first)
                filled = fill_rota(session, house.calendar, first, on_duty, now(), who=me().name, weeks=weeks)
    except RefusedError as fault:
        form.refuse("first", str(fault))
    if not form.is_good:
        return make_response(_page(form), 422)
    left_out = ", ".join(f"{house.calendar.day_name(day)} ({name} is away)" for day, name in filled.left_out)
    days = f"{len(filled.days)} {'day' if len(filled.days) == 1 else 'days'}"
    flash(f"The rota is filled for {days}." + (f" Left out: {left_out}." if left_out else ""))
    return redirect(url_for("rota.show"))


def _must_be_ahead(first: date) -> None:
    if first < services().calendar.day_of(now()):
        raise RefusedError("this day is past; choose today or a later one")


def _on_duty(session: Session, form: Form) -> OnDuty | None:
    readers = {member.id: member for member in staff_with(session, *READERS)}
    clinicians = {member.id: member for member in staff_with(session, Role.CLINICIAN)}
    reader = form.choice("reader", readers, "Choose who reads replies")
    clinician = form.choice("clinician", clinicians, "Choose the duty clinician")
    deputy = form.choice("deputy", {"", *clinicians}, "Choose a deputy, or none")
    if not (reader and clinician):
        return None
    return OnDuty(readers[reader], clinicians[clinician], _perhaps(clinicians, deputy))


def _perhaps(known: dict[str, StaffMember], member_id: str) -> StaffMember | None:
    return known.get(member_id)
