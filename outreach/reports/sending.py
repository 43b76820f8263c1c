"""How sending stands: messages by state with their reasons, and how the providers answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Attempt, Message, Pause, ReceiptRow
from outreach.vocabulary import Channel, MessageState

LATELY = timedelta(days=1)

REASONS_COUNTED = 2000
"""Reasons are counted over this many of the newest messages of a state: a page never reads years."""


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """How one channel's provider has answered in the last 24 hours; `answers` counts attempts by verdict."""

    channel: Channel
    answers: dict[str, int]
    last_accepted_at: datetime | None
    last_receipt_at: datetime | None
    newest_trouble: str

    @property
    def attempts(self) -> int:
        """How many hand-overs were tried."""
        return sum(self.answers.values())


def count_by_state(session: Session) -> dict[MessageState, int]:
    """How many messages are in each state, every state named."""
    counts = dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())
    return {state: counts.get(state, 0) for state in MessageState}


def reasons_for(session: Session, state: MessageState) -> list[tuple[str, int]]:
    """Why the newest messages are in this state, the most frequent reason first."""
    newest = (
        select(Message.reason)
        .where(Message.state == state)
        .order_by(Message.id.desc())
        .limit(REASONS_COUNTED)
    )
    counts = Counter(reason for reason in session.scalars(newest) if reason)
    return counts.most_common()


def providers_health(session: Session, now: datetime) -> list[ProviderHealth]:
    """One line for texts and one for emails."""
    return [_health(session, channel, now) for channel in Channel]


def _health(session: Session, channel: Channel, now: datetime) -> ProviderHealth:
    lately = (
        select(Attempt.verdict, Attempt.reason, Attempt.finished_at)
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.started_at > now - LATELY, Message.channel == channel)
        .order_by(Attempt.started_at)
    )
    rows = session.execute(lately).all()
    accepted = [row.finished_at for row in rows if row.verdict == "accepted"]
    troubles = [row.reason for row in rows if row.verdict != "accepted" and row.reason]
    newest_receipt = (
        select(ReceiptRow.received_at)
        .join(Message, Message.id == ReceiptRow.message_id)
        .where(Message.channel == channel)
        .order_by(ReceiptRow.id.desc())
        .limit(1)
    )
    return ProviderHealth(
        channel,
        dict(Counter(row.verdict or "no answer yet" for row in rows)),
        accepted[-1] if accepted else None,
        session.scalar(newest_receipt),
        troubles[-1] if troubles else "",
    )


def open_pauses(session: Session) -> Sequence[Pause]:
    """Everything that stands still, the newest first."""
    return session.scalars(select(Pause).where(Pause.resumed_at.is_(None)).order_by(Pause.at.desc())).all()
