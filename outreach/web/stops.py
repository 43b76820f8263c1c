"""Opt-outs of one person, undone with a reason by whoever has spoken with them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.opt_out import WANTED, undo
from outreach.errors import NotFoundError
from outreach.models import OptOut
from outreach.models.person import lock_people
from outreach.vocabulary import Cause
from outreach.web.conversation_shown import standing_stops, what_stops
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import person_or_404

pages = Blueprint("stops", __name__, url_prefix="/people/<person_id>/stops")

Answer = str | Redirect | tuple[str, int]

GOES_ON = {
    Cause.CARRIER: "Their phone company blocks our texts as well. "
    "They must text START to our number themselves, or no text arrives.",
    Cause.WRONG_NUMBER: "Somebody told us that this number or address is not theirs. "
    "Undo it only when you have made sure that it is.",
    Cause.DEAD_ADDRESS: "Nothing arrived there before. "
    "Undo it only when you know that the number or address works.",
}


@pages.get("/<stop_id>")
def ask_undo(person_id: str, stop_id: str) -> str:
    """What it means to undo this one."""
    return _page(person_id, stop_id, None)


@pages.post("/<stop_id>")
def take_up(person_id: str, stop_id: str) -> Answer:
    """Let messages go again."""
    form = Form(request.form)
    why = form.text("why", "Say why, such as how they told you", most=300)
    if not form.is_good:
        return _page(person_id, stop_id, form), 422
    with services().begin() as session:
        lock_people(session, [person_id])
        row = _stop(session, person_id, stop_id)
        undo(session, row, now(), who=me().name, why=why)
    flash("Messages may go again. What was called off before stays so.")
    return redirect(url_for("conversation.show", person_id=person_id, _anchor="stops"))


def _stop(session: Session, person_id: str, stop_id: str) -> OptOut:
    """The opt-out, if it is this person's or binds an address of theirs."""
    person = person_or_404(session, person_id)
    details = person.opened(services().keyring)
    standing = standing_stops(session, services(), person_id, details)
    found = next((each for each in standing if each.id == stop_id), None)
    if found is None:
        raise NotFoundError("There is no such opt-out, or it has been undone already.")
    return found


def _page(person_id: str, stop_id: str, form: Form | None) -> str:
    with services().read() as session:
        row = _stop(session, person_id, stop_id)
        name = person_or_404(session, person_id).opened(services().keyring).called
    return render_template(
        "staff/stop_undo.html",
        form=form,
        row=row,
        person_id=person_id,
        name=name,
        what=what_stops(row),
        wanted=WANTED[row.cause],
        goes_on=GOES_ON.get(row.cause, ""),
    )
