"""Takes in replies that never reached us, because our hook or the way to it was down while they came."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from outreach.actions.take_reply import act_on_pending, store
from outreach.models import Reply
from outreach.models.heartbeat import last_run
from outreach.ports import Heard
from outreach.services import Services

log = structlog.get_logger()

JOB = "catch up on replies"

OVERLAP = timedelta(hours=1)
"""A reply may come onto the provider's list this much later than it came in."""

HOOK_HAS = timedelta(minutes=2)
"""For so long a reply is left to the hook, whose answer goes back in its own response."""


async def catch_up(services: Services, since: datetime | None = None) -> int:
    """Ask the provider what came in since then or since we last asked; take in what is new to us, and say how many.

    Each is stored once, by the provider's id, at the time when it came in; what follows from it follows now, and its
    answer is sent as a message of its own. UnreachableError when the provider cannot be asked: the next run asks for
    as long a time.
    """
    now = services.now()
    await services.texts.open()
    try:
        heard = await services.texts.heard(since or _since(services, now))
    finally:
        await services.texts.close()
    missed = _unknown(services, [each for each in heard if each.at <= now - HOOK_HAS])
    for each in missed:
        store(services, each.inbound, each.at)
    if missed:
        act_on_pending(services, now)
        log.warning("replies had not reached us; they have been taken in", replies=len(missed))
    return len(missed)


def _since(services: Services, now: datetime) -> datetime:
    with services.read() as session:
        return (last_run(session, JOB) or now) - OVERLAP


def _unknown(services: Services, heard: list[Heard]) -> list[Heard]:
    ids = [each.inbound.provider_id for each in heard]
    with services.read() as session:
        known = set(session.scalars(select(Reply.provider_id).where(Reply.provider_id.in_(ids))))
    return [each for each in heard if each.inbound.provider_id not in known]
