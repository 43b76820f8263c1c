"""Takes over what senders of this machine left when they were killed: what surely never left is planned again."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import or_, select, update

from outreach.actions.claim import give_back
from outreach.actions.notice_restore import known_place
from outreach.journal import Left
from outreach.models import Message
from outreach.models.message import in_state
from outreach.services import Services
from outreach.vocabulary import MessageState

log = structlog.get_logger()


def take_over(services: Services, now: datetime) -> int:
    """Read the journals of dead senders; how many messages are planned again.

    What they may have handed over stays as it is: the sweep asks the provider about it, and it is never sent again.
    Where the database has been restored since, nothing can be concluded.
    """
    given_back = 0

    def conclude(left: Left) -> None:
        nonlocal given_back
        if left.place != known_place(services, now):
            return  # the database was put back meanwhile, and may lack what went after that
        for token in _unsettled(services, left.claims):
            given_back += give_back(services, token, left.handed_over, now)
            _end_claim(services, token)

    services.journals.take_over(conclude)
    if given_back:
        log.warning("a sender died; what it had not handed over is planned again", messages=given_back)
    return given_back


def _unsettled(services: Services, claims: Sequence[str]) -> list[str]:
    """Those of these claims of which something is still as the sender left it."""
    with services.read() as session:
        query = select(Message.claim_token).where(
            or_(in_state(MessageState.CLAIMED), in_state(MessageState.SENDING))
        )
        alive = set(session.scalars(query))
    return [token for token in claims if token in alive]


def _end_claim(services: Services, token: str) -> None:
    """What may have been handed over is nobody's any more, so that no copy of a journal can ever give it back."""
    with services.begin() as session:
        session.execute(
            update(Message)
            .where(in_state(MessageState.SENDING), Message.claim_token == token)
            .values(claim_token=None, claimed_until=None)
        )
