"""Takes over what senders of this machine left when they were killed: what surely never left is planned again."""

from collections.abc import Collection
from datetime import datetime

import structlog
from sqlalchemy import or_, select, update

from outreach.actions.claim import give_back
from outreach.actions.notice_restore import notice_restore
from outreach.actions.take_receipt import take_receipt
from outreach.journal import Left
from outreach.models import Message
from outreach.models.message import in_state
from outreach.ports import Receipt
from outreach.services import Services
from outreach.vocabulary import MessageState, ReceiptStatus

log = structlog.get_logger()


def take_over(services: Services, now: datetime) -> int:
    """Read the journals of dead senders; how many messages are planned again.

    What the provider said it has is recorded. What it may have stays as it is: the sweep asks it, and that is never
    sent again. Where the database has been restored since, nothing can be concluded.
    """
    given_back = 0

    def conclude(left: Left) -> None:
        nonlocal given_back
        if left.place != notice_restore(services, now):
            return  # the database was put back meanwhile, and may lack what went after that
        for token, attempts in _unsettled(services, frozenset(left.claims)).items():
            for attempt in attempts & left.accepted.keys():
                take_receipt(services, Receipt(left.accepted[attempt], ReceiptStatus.ACCEPTED), now, attempt)
            given_back += give_back(services, token, left.doubtful | left.accepted.keys(), now)
            _end_claim(services, token)

    services.journals.take_over(conclude)
    if given_back:
        log.warning("a sender died; what it had not handed over is planned again", messages=given_back)
    return given_back


def _unsettled(services: Services, claims: Collection[str]) -> dict[str, set[str]]:
    """Those of these claims of which something is still as the sender left it, with the attempts that it began."""
    left = or_(in_state(MessageState.CLAIMED), in_state(MessageState.SENDING))
    query = select(Message.claim_token, Message.state, Message.attempt_id).where(left)
    found: dict[str, set[str]] = {}
    with services.read() as session:
        for token, state, attempt in session.execute(query):
            if token and token in claims:
                begun = {attempt} if attempt and state is MessageState.SENDING else set()
                found.setdefault(token, set()).update(begun)
    return found


def _end_claim(services: Services, token: str) -> None:
    """What the provider may have is nobody's any more, so that no copy of a journal can ever give it back."""
    with services.begin() as session:
        session.execute(
            update(Message)
            .where(in_state(MessageState.SENDING), Message.claim_token == token)
            .values(claim_token=None, claimed_until=None)
        )
