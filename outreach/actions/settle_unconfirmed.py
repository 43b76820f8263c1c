"""What staff found out about a message that the provider never answered for."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.errors import RefusedError
from outreach.models import Message
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.vocabulary import MessageState


def settle_unconfirmed(session: Session, message: Message, now: datetime, *, who: str, arrived: bool) -> None:
    """Write down whether the person has it. Nothing is sent again. RefusedError when news has come meanwhile."""
    lock_people(session, [message.person_id] if message.person_id else [])
    session.refresh(message, with_for_update=True)
    if message.state is not MessageState.UNCONFIRMED:
        raise RefusedError(f"news of this message has come meanwhile: it is {message.state.value}")
    message.state = MessageState.DELIVERED if arrived else MessageState.UNDELIVERED
    message.reason = f"{who} found out: {'the person has it' if arrived else 'it did not arrive'}"
    note(session, now, who, "settled", message, arrived=arrived)
