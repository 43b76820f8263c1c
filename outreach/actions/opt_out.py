"""Records that somebody wants no more, or wants it again; it never touches their place on the waiting list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from outreach.models import Message, OptOut
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.vocabulary import CANCELLABLE, Cause, Channel, MessageState, Purpose

WANTED = {
    Cause.REPLY: "asked for it in a reply",
    Cause.CARRIER: "stopped it at the carrier",
    Cause.EMAIL_LINK: "used the link in an email",
    Cause.EMAIL_PROVIDER: "stopped it at the email provider",
    Cause.STAFF: "asked a member of staff",
    Cause.OWN_PAGE: "chose it on their own page",
    Cause.WRONG_NUMBER: "the number belongs to somebody else",
    Cause.DEAD_ADDRESS: "the address cannot be reached",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """What is to stop, for whom: a person, an address (by its blind token), or both. None means every one."""

    cause: Cause
    person_id: str | None = None
    address_token: bytes | None = None
    channel: Channel | None = None
    purpose: Purpose | None = None


def opt_out(
    session: Session, stop: Stop, now: datetime, *, who: str, why: str = "", concerning: Sequence[str] = ()
) -> OptOut:
    """Record it once, and cancel what has not left, for the person and everyone else `concerning` this address."""
    people = lock_people(session, [*concerning, *([stop.person_id] if stop.person_id else [])])
    row = standing(session, stop)
    if row is None:
        row = OptOut(
            person_id=stop.person_id,
            address_token=stop.address_token,
            channel=stop.channel,
            purpose=stop.purpose,
            cause=stop.cause,
            at=now,
            who=who,
            why=why or WANTED[stop.cause],
        )
        session.add(row)
        note(
            session, now, who, "opted out", row, channel=stop.channel, purpose=stop.purpose, cause=stop.cause
        )
    _cancel_unsent(session, stop, people)
    return row


def standing(session: Session, stop: Stop) -> OptOut | None:
    """The same wish or fault, already on record."""
    return session.scalar(
        select(OptOut).where(
            OptOut.undone_at.is_(None),
            OptOut.cause == stop.cause,
            OptOut.person_id.is_not_distinct_from(stop.person_id),
            OptOut.address_token.is_not_distinct_from(stop.address_token),
            OptOut.channel.is_not_distinct_from(stop.channel),
            OptOut.purpose.is_not_distinct_from(stop.purpose),
        )
    )


def _cancel_unsent(session: Session, stop: Stop, people: Sequence[str]) -> None:
    """Nothing that was asked to stop waits in the queue; answers to people who write are not in question."""
    covered: list[ColumnElement[bool]] = [
        Message.person_id.in_(people),
        Message.state.in_(CANCELLABLE),
        Message.purpose.not_in([each for each in Purpose if each.is_at_any_hour]),
    ]
    if stop.channel:
        covered.append(Message.channel == stop.channel)
    if stop.purpose:
        covered.append(Message.purpose == stop.purpose)
    session.execute(
        update(Message)
        .where(*covered)
        .values(
            state=MessageState.CANCELLED,
            reason=f"cancelled: the person {WANTED[stop.cause]}"
            if not stop.cause.is_about_the_address
            else f"cancelled: {WANTED[stop.cause]}",
            claim_token=None,
            claimed_until=None,
        )
    )


def opt_in(
    session: Session,
    now: datetime,
    *,
    person_id: str | None,
    address_token: bytes | None,
    who: str,
    why: str,
    channel: Channel | None = None,
    until: datetime | None = None,
) -> int:
    """Undo what this person or address stopped on this channel; returns how many wishes that was.

    What was stopped after `until`, when they asked for it, stays: a START may reach us late. Somebody who had
    stopped everything and starts one channel again has still stopped the other one.
    """
    lock_people(session, [person_id] if person_id else [])
    whose = [OptOut.address_token == address_token] if address_token else []
    whose += [OptOut.person_id == person_id] if person_id else []
    wishes = [each for each in Cause if not each.is_about_the_address]
    query = select(OptOut).where(OptOut.undone_at.is_(None), OptOut.cause.in_(wishes), or_(*whose))
    if until:
        query = query.where(OptOut.at <= until)
    if channel:
        query = query.where(or_(OptOut.channel == channel, OptOut.channel.is_(None)))
    rows = list(session.scalars(query))
    for row in rows:
        undo(session, row, now, who=who, why=why)
        if channel and row.channel is None:
            session.add_all(_kept(row, other) for other in Channel if other is not channel)
    return len(rows)


def undo(session: Session, row: OptOut, now: datetime, *, who: str, why: str) -> None:
    """Take one wish back, with who and why; the row stays, as it was felt until now."""
    row.undone_at, row.undone_by, row.undone_why = now, who, why
    note(session, now, who, "opted in", row, channel=row.channel, purpose=row.purpose)


def _kept(row: OptOut, channel: Channel) -> OptOut:
    """The part of a wish about every channel that was not taken back."""
    return OptOut(
        person_id=row.person_id,
        address_token=row.address_token,
        channel=channel,
        purpose=row.purpose,
        cause=row.cause,
        at=row.at,
        who=row.who,
        why=row.why,
    )
