"""Of STOP and START the one written later counts, in whatever order the two reach us or are acted on."""

from collections.abc import Set as AbstractSet

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from outreach.models import Reply
from outreach.sealing import Keyring
from outreach.vocabulary import Channel, Reading

OPPOSITE = {Reading.OPT_IN: Reading.OPT_OUT, Reading.OPT_OUT: Reading.OPT_IN}


def overtaken(
    session: Session, keyring: Keyring, reply: Reply, readings: AbstractSet[Reading]
) -> frozenset[Reading]:
    """The wishes in this reply whose opposite came from the same address later, and has been acted on."""
    if not readings & OPPOSITE.keys():
        return frozenset()
    kind = "email" if reply.channel is Channel.EMAIL else "mobile"
    came_later = or_(
        Reply.received_at > reply.received_at,
        and_(Reply.received_at == reply.received_at, Reply.id > reply.id),
    )
    query = select(Reply.readings).where(
        Reply.sender_token.in_(keyring.blinds(kind, reply.opened_sender(keyring))),
        Reply.acted_at.is_not(None),
        came_later,
    )
    said_later = {word for words in session.scalars(query) for word in words}
    return frozenset(each for each in readings & OPPOSITE.keys() if OPPOSITE[each] in said_later)
