"""A death is recorded in one press after a page that asks once; a second member of staff can undo it."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.record_death import RECORDED, record_death, undo_death
from outreach.errors import RefusedError
from outreach.models import Event, Person
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import person_or_404
from outreach.web.trail import saw

pages = Blueprint("deaths", __name__, url_prefix="/people/<person_id>/death")


@pages.get("/")
def ask(person_id: str) -> str:
    """What recording it means; or who recorded it, and how a mistake is put right."""
    return _page(person_id, None)


def _page(person_id: str, form: Form | None) -> str:
    house = services()
    with house.read() as session:
        person = person_or_404(session, person_id)
        name, recorder = person.opened(house.keyring).called, _recorder(session, person)
    saw(person)
    return render_template(
        "staff/death.html",
        form=form,
        person=person,
        name=name,
        recorder=recorder,
        is_mine=recorder == me().name,
    )


def _recorder(session: Session, person: Person) -> str:
    """Who recorded it; the waiting list where nobody here did."""
    query = select(Event.who).where(
        Event.subject == "person", Event.subject_id == person.id, Event.verb == RECORDED
    )
    return session.scalar(query.order_by(Event.id.desc()).limit(1)) or "the waiting list"


@pages.post("/")
def record(person_id: str) -> Answer:
    """One press: everything that waits for them is withdrawn at once."""
    form = Form(request.form)
    on = form.day("on")
    if on and on > services().calendar.day_of(now()):
        form.refuse("on", "Enter a day that is not in the future, or leave it empty")
    if not form.is_good:
        return make_response(_page(person_id, form), 422)
    with services().begin() as session:
        person = person_or_404(session, person_id)
        record_death(session, services(), person, now(), who=me().name, on=on)
    flash("Recorded. Nothing more is sent to them. We are sorry.")
    return redirect(url_for("tasks.tasks"))


@pages.post("/undo")
def undo(person_id: str) -> Answer:
    """A second member of staff takes a mistaken record back."""
    form = Form(request.form)
    why = form.text("why", "Say why it was a mistake", most=500)
    if form.is_good:
        try:
            with services().begin() as session:
                person = person_or_404(session, person_id)
                recorder = _recorder(session, person)
                undo_death(session, services(), person, now(), who=me().name, with_=recorder, why=why)
        except RefusedError as fault:
            form.refuse("why", str(fault))
    if not form.is_good:
        return make_response(_page(person_id, form), 422)
    flash("Taken back. They are planned for again.")
    return redirect(url_for("people.person", person_id=person_id))
