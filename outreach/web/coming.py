"""Staff decide about one message that is still to come: skip it, move it, hold it, or let it go again."""

from datetime import time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.decide_coming import By, Occasion, hold_back, let_go, move, put_on_record, skip
from outreach.errors import NotFoundError, OutreachError
from outreach.models import Message
from outreach.web.conversation import message_of
from outreach.web.forms import Form
from outreach.web.here import in_session, now, services
from outreach.web.objects import person_or_404, referral_or_404

pages = Blueprint("coming", __name__, url_prefix="/people/<person_id>/coming")

Answer = str | Redirect | tuple[str, int]

NAMED = ("message", "referral", "schedule", "step", "occurrence", "held")
DONE = {
    "skip": "It will not be sent. The ones after it are.",
    "move": "It was moved.",
    "hold": "It waits until somebody lets it go.",
    "let_go": "It goes on.",
}


@pages.get("/")
def ask(person_id: str) -> str:
    """What may be done about this one."""
    return _page(person_id, Form(request.args))


@pages.post("/")
def decide(person_id: str) -> Answer:
    """Do it, with a reason."""
    form = Form(request.form)
    choice = form.choice("do", DONE, "Choose what should happen to it")
    why = form.text("why", "Say why, in a few words", most=300)
    day = form.day("day", "Say to which day") if choice == "move" else None
    wall = _time(form) if choice == "move" else None
    if not form.is_good:
        return _page(person_id, form), 422
    house = services()
    try:
        with house.begin() as session:
            by = By(in_session(session), now(), why)
            message = _message(session, person_id, form)
            if choice == "skip":
                skip(session, message, by)
            elif choice == "hold":
                hold_back(session, message, by)
            elif choice == "let_go":
                let_go(session, house, message, by)
            elif day and wall:
                move(session, house, message, house.calendar.at(day, wall), by)
    except NotFoundError:
        raise
    except OutreachError as fault:
        form.refuse("day" if choice == "move" else "", str(fault))
        return _page(person_id, form), 422
    flash(DONE[choice])
    return redirect(url_for("conversation.show", person_id=person_id, _anchor="next"))


def _time(form: Form) -> time | None:
    try:
        return time.fromisoformat(form.value("time").strip()).replace(tzinfo=None)
    except ValueError:
        form.refuse("time", "Say at what time, such as 10:30")
        return None


def _message(session: Session, person_id: str, form: Form) -> Message:
    """The one in question: on record, or written down now so that it can be decided about."""
    if form.value("message"):
        return message_of(session, person_id, form.value("message"))
    referral = referral_or_404(session, form.value("referral"))
    if referral.person_id != person_id:
        raise NotFoundError("There is no such message.")
    occasion = Occasion(form.value("schedule"), form.value("step"), form.value("occurrence"))
    return put_on_record(session, services(), referral, occasion, now())


def _page(person_id: str, form: Form) -> str:
    house = services()
    with house.read() as session:
        person = person_or_404(session, person_id)
        step = form.value("step")
        if form.value("message"):
            step = message_of(session, person_id, form.value("message")).step
    is_held = bool(form.value("held"))
    choices = [
        ("skip", "Skip it", "It is never sent. Those after it are"),
        ("move", "Move it to another day or time", "Say when below"),
        ("hold", "Hold it", "Until somebody lets it go, or its time has passed"),
    ]
    return render_template(
        "staff/coming.html",
        form=form,
        person_id=person.id,
        name=person.opened(house.keyring).called,
        title=step.replace("-", " ").capitalize() or "A message",
        choices=[("let_go", "Let it go", "At its time, or at the next one"), *choices[:2]]
        if is_held
        else choices,
        named=[(name, form.value(name)) for name in NAMED],
        opens=house.calendar.time_name(house.calendar.opens),
        closes=house.calendar.time_name(house.calendar.closes),
    )
