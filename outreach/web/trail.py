"""What staff see and do goes into the audit trail, under the name of whoever is signed in."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from outreach.models.base import Base
from outreach.models.event import note
from outreach.web.here import in_session, me, now, services

SAW = "saw"


def did(session: Session, verb: str, about: Base, **facts: object) -> None:
    """Note inside a page's own transaction what it changed, where the action that it calls does not do so itself."""
    note(session, now(), me().name, verb, about, **facts)


def saw(about: Base, **facts: object) -> None:
    """Note that whoever is signed in was shown this row: a person, or anything with a person's words."""
    with services().begin() as session:
        note(session, now(), me().name, SAW, about, **facts)


def saw_list(people: Sequence[str]) -> None:
    """Note that whoever is signed in was shown a list with the names of these people, by their ids."""
    if people:
        with services().begin() as session:
            note(session, now(), me().name, "saw a list of people", in_session(session), people=list(people))


def saw_replies(replies: Sequence[str]) -> None:
    """Note that whoever is signed in was shown what people wrote, by the ids of the replies."""
    if replies:
        with services().begin() as session:
            note(session, now(), me().name, "saw replies", in_session(session), replies=list(replies))
