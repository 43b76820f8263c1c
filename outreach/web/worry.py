"""I'm worried about this person: one press on a reply or on somebody's record, as on the page of a task."""

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.worry import worried
from outreach.models import Person, Reply
from outreach.web.here import in_session, now, services
from outreach.web.objects import person_or_404, reply_or_404
from outreach.web.tasks import alarmed

pages = Blueprint("worry", __name__)


@pages.post("/replies/<reply_id>/worried")
def about_reply(reply_id: str) -> Answer:
    """Software saw nothing in these words, and a person did."""
    with services().begin() as session:
        urgent_id = _raised(session, reply_or_404(session, reply_id))
    return alarmed(urgent_id)


@pages.post("/people/<person_id>/worried")
def about_person(person_id: str) -> Answer:
    """Whatever the reason."""
    with services().begin() as session:
        urgent_id = _raised(session, person_or_404(session, person_id))
    return alarmed(urgent_id)


def _raised(session: Session, about: Reply | Person) -> str:
    return worried(session, services(), about, in_session(session), now()).id
