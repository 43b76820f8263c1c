"""The way out that every email carries: one click of a mail program acts, a person's visit shows choices."""

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy.orm import Session

from outreach.actions.opt_out import Stop, opt_out
from outreach.models import Person
from outreach.vocabulary import Cause, Channel, Purpose
from outreach.web.here import services

pages = Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe")

CHOICES: dict[str, tuple[Channel | None, Purpose | None]] = {
    "emails": (Channel.EMAIL, None),
    "check_ins": (None, Purpose.CHECK_IN),
    "surveys": (None, Purpose.SURVEY),
    "everything": (None, None),
}


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
    channel, purpose = CHOICES.get(choice, CHOICES["emails"])
    with house.begin() as session:
        _opt_out(session, person_id, channel, purpose)
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response(status=200)
    return Response(render_template("unsubscribe.html", done=choice, service=house.config.service))


def _opt_out(session: Session, person_id: str, channel: Channel | None, purpose: Purpose | None) -> None:
    house = services()
    email = session.get_one(Person, person_id).opened(house.keyring).email
    # The address is bound as well, unless the wish is about more than emails or about one kind of message.
    token = house.keyring.blind("email", email) if email and channel is Channel.EMAIL else None
    stop = Stop(Cause.EMAIL_LINK, person_id=person_id, address_token=token, channel=channel, purpose=purpose)
    opt_out(session, stop, house.now(), who="the person")


def _person_id(token: str) -> str:
    person_id = services().keyring.verified("unsubscribe", token)
    if person_id is None:
        abort(404)
    return person_id
