"""Records a death in one press: everything is withdrawn at once; only two people together can undo it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from outreach.actions.plan import replan
from outreach.errors import RefusedError
from outreach.models import Person
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.services import Services


def record_death(
    session: Session, services: Services, person: Person, now: datetime, *, who: str, on: date | None = None
) -> None:
    """Nothing more is sent to this person; what waits in the queue is withdrawn in the same transaction."""
    lock_people(session, [person.id])
    if person.deceased_on is None:
        person.deceased_on = on or services.calendar.day_of(now)
        note(session, now, who, "recorded a death", person)
        session.flush()
        replan(session, services, [person.id], now, because="the person has died")


def undo_death(
    session: Session, services: Services, person: Person, now: datetime, *, who: str, with_: str, why: str
) -> None:
    """Take a mistaken death back; needs a second member of staff and a reason."""
    if who == with_:
        raise RefusedError("a recorded death is undone by two people together; ask a second member of staff")
    if not why.strip():
        raise RefusedError("say why the recorded death was a mistake")
    lock_people(session, [person.id])
    person.deceased_on = None
    note(session, now, who, "undid a recorded death", person, second=with_, why=why)
    session.flush()
    replan(session, services, [person.id], now, because="a death recorded by mistake was undone")
