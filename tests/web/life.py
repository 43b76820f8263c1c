"""Some life for the staff site: people who wait and write, so that pages have something to show."""

from sqlalchemy import select

from outreach.actions.pause import pause_sending
from outreach.actions.take_reply import store, take_reply
from outreach.models import Task
from outreach.models.base import new_id
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import Channel, Role, TaskKind
from tests import cast
from tests.web.site import Site

CRISIS = "i cant do this any more i want to die"
CALL = "Could somebody ring me please?"


def writes(services: Services, words: str, sender: str = cast.AMINA.mobile) -> str:
    """A text comes in and is acted on; returns the reply's id."""
    inbound = InboundMessage(f"SM{new_id()}", Channel.SMS, sender, "+447700900999", words)
    take_reply(services, inbound, services.now())
    return store(services, inbound, services.now())


def task_of(services: Services, kind: TaskKind) -> Task:
    """The only task of this kind."""
    with services.read() as session:
        return session.scalars(select(Task).where(Task.kind == kind)).one()


def lively(site: Site) -> Site:
    """Amina asked for a call and Ben may be in danger; the whole team works here, and check-ins are paused."""
    services = site.services
    cast.amina(services)
    with services.begin() as session:
        for role in Role:
            site.member(session, role)
        ben = cast.person(session, services, cast.another(cast.BEN, mobile="+447700900002"))
        cast.referral(session, services, ben, services.calendar.day_of(services.now()), local_id="R-2")
        pause_sending(
            session,
            services.now(),
            who="Lee Lead",
            why="the words are being changed",
            schedule="waiting-for-therapy",
        )
    writes(services, CALL)
    writes(services, CRISIS, sender="+447700900002")
    return site
