"""The way out that every email carries: one click of a mail program acts, a person's visit shows choices."""

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.keep_in_touch import agree_another_way
from outreach.actions.opt_out import Stop, opt_out, standing, undo
from outreach.models import OptOut, Person
from outreach.models.person import lock_people
from outreach.vocabulary import Cause, Channel, Purpose
from outreach.web.here import services

pages = Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe")

CHOICES: dict[str, tuple[Channel | None, Purpose | None]] = {
    "emails": (Channel.EMAIL, None),
    "texts": (Channel.SMS, None),
    "check_ins": (None, Purpose.CHECK_IN),
    "surveys": (None, Purpose.SURVEY),
    "everything": (None, None),
}


AGAIN = "again"
"""The choice that takes back what was stopped here."""


@pages.get("/<token>")
def choices(token: str) -> str:
    """What can be stopped; looking changes nothing."""
    _person_id(token)
    return render_template("unsubscribe.html", done=None, service=services().config.service)


@pages.post("/<token>")
def stop(token: str) -> Response:
    """Stop emails (a mail program's one click), or what the person chose on the page."""
    house = services()
    person_id = _person_id(token)
    choice = request.form.get("choice", "emails")
    with house.begin() as session:
        if choice == AGAIN:
            _start_again(session, person_id)
        else:
            _opt_out(session, person_id, *CHOICES.get(choice, CHOICES["emails"]))
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response(status=200)
    return Response(render_template("unsubscribe.html", done=choice, service=house.config.service))


def _opt_out(session: Session, person_id: str, channel: Channel | None, purpose: Purpose | None) -> None:
    house = services()
    email = session.get_one(Person, person_id).opened(house.keyring).email
    # The address is bound as well, unless the wish is about more than emails or about one kind of message.
    token = house.keyring.blind("email", email) if email and channel is Channel.EMAIL else None
    stop = Stop(Cause.EMAIL_LINK, person_id=person_id, address_token=token, channel=channel, purpose=purpose)
    known = standing(session, stop)
    row = opt_out(session, stop, house.now(), who="the person")
    if purpose is None and known is None:
        agree_another_way(session, house, person_id, row, house.now())


def _start_again(session: Session, person_id: str) -> None:
    """Undo what was stopped by this very link, and nothing that was stopped in another way."""
    now = services().now()
    lock_people(session, [person_id])
    query = select(OptOut).where(
        OptOut.person_id == person_id, OptOut.cause == Cause.EMAIL_LINK, OptOut.undone_at.is_(None)
    )
    for row in session.scalars(query):
        undo(session, row, now, who="the person", why="used the link in an email again")


def _person_id(token: str) -> str:
    person_id = services().keyring.verified("unsubscribe", token)
    if person_id is None:
        abort(404)
    return person_id
