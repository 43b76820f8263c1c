"""After a restore: finds out from the provider what had been sent since the backup, so that nothing goes twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.actions.address_faults import address_of
from outreach.actions.catch_up import catch_up
from outreach.actions.circumstances import circumstances
from outreach.actions.claimed import Claimed
from outreach.actions.compose import compose
from outreach.actions.notice_restore import WHO, settle_here
from outreach.actions.pause import resume_sending
from outreach.actions.send import case_of
from outreach.actions.sweep import LIST_LAG
from outreach.actions.take_receipt import take_receipt
from outreach.actions.waits import load_people
from outreach.errors import RefusedError
from outreach.models import Attempt, Message, Pause, Place
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.message import IS_URGENT, sealed_body
from outreach.models.person import lock_people
from outreach.models.place import unsettled_place
from outreach.models.waitlist import list_taken_in_at
from outreach.ports import Listed, Verdict
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, Channel, MessageState

CANNOT_TELL = (
    "nobody can tell whether it went out before the database was restored: ask or ring, do not send again"
)


@dataclass(slots=True)
class Reconciled:
    """What came of it: replies taken in; messages that had been sent, that nobody can tell about, that still go."""

    replies: int = 0
    adopted: int = 0
    unconfirmed: int = 0
    to_go: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that waits here and may have been sent since the backup."""

    message_id: str
    channel: Channel
    address: str


def may_reconcile(session: Session, now: datetime, *, without_list: bool) -> Place:
    """The restore to be settled; RefusedError says what must come first.

    Deaths, closings and new dates since the backup are in no provider's list: the waiting list brings them.
    """
    place = unsettled_place(session)
    if place is None:
        raise RefusedError("nothing to reconcile: this database was not restored, as far as anybody can tell")
    if now < place.found_at + LIST_LAG:
        raise RefusedError(
            "the provider's list may not show yet what was sent last: wait five minutes, and try again"
        )
    newest = list_taken_in_at(session)
    if not without_list and (newest is None or newest < place.found_at):
        raise RefusedError(
            "take in the newest waiting list first (`outreach waitlist import FILE`): deaths and dates since the "
            "backup are in it. If no list was taken in since the backup, add --no-new-list"
        )
    return place


async def reconcile(services: Services, place: Place, now: datetime, *, who: str) -> Reconciled:
    """Settle every message that was due before the restore was found, then lift the pause.

    Everything due must be planned before. UnreachableError when the provider cannot be asked: what is settled so far
    stays settled, the pause stays, and the next try goes on.
    """
    done = Reconciled(replies=await catch_up(services, place.since))
    doubts = _doubts(services, place)
    texts = [each for each in doubts if each.channel is Channel.SMS]
    await services.texts.open()
    try:
        for address in dict.fromkeys(each.address for each in texts):
            listed = await services.texts.listed(address, place.since)
            _settle(services, [each for each in texts if each.address == address], listed, now, done)
    finally:
        await services.texts.close()
    if not services.emails.is_simulated:  # a mail server keeps no list
        emails = [each.message_id for each in doubts if each.channel is Channel.EMAIL]
        done.unconfirmed += _give_to_staff(services, emails)
    done.to_go = len(doubts) - done.adopted - done.unconfirmed
    _lift(services, now, who, done)
    return done


def _doubts(services: Services, place: Place) -> list[Doubt]:
    """What waits, was due before the restore was found, and is ours to start; answers and alerts rather go twice."""
    query = select(Message).where(
        Message.state.in_(CANCELLABLE),
        or_(Message.due_at <= place.found_at, Message.planned_for <= place.found_at),
        ~IS_URGENT,
        Message.channel.is_not(None),
    )
    with services.read() as session:
        rows = list(session.scalars(query.order_by(Message.id)))
        return [
            Doubt(row.id, row.channel or Channel.SMS, address_of(session, services, row) or "")
            for row in rows
        ]


def _settle(
    services: Services, doubts: list[Doubt], listed: Iterable[Listed], now: datetime, done: Reconciled
) -> None:
    """Compare what waits for one number with what the provider has sent there and we do not know."""
    unknown = _unknown(services, listed)
    if not unknown:
        return
    left = [each.message_id for each in doubts]
    for each in unknown:
        same = [
            message_id for message_id in left if _words(services, message_id, each.at) == _folded(each.body)
        ]
        if len(same) == 1:
            _adopt(services, same[0], each, now)
            left.remove(same[0])
            done.adopted += 1
    if len(doubts) - len(left) < len(unknown):
        # something went there that is none of these as they would read now
        done.unconfirmed += _give_to_staff(services, left)


def _unknown(services: Services, listed: Iterable[Listed]) -> list[Listed]:
    ids = [each.receipt.provider_id for each in listed]
    with services.read() as session:
        known = set(session.scalars(select(Message.provider_id).where(Message.provider_id.in_(ids))))
        known |= set(session.scalars(select(Attempt.provider_id).where(Attempt.provider_id.in_(ids))))
    return [each for each in listed if each.receipt.provider_id not in known]


def _words(services: Services, message_id: str, at: datetime) -> str:
    """The words that this message would have had at that moment; blank when it has none."""
    with services.read() as session:
        row = session.get_one(Message, message_id)
        message = Claimed._make(getattr(row, name) for name in Claimed._fields)
        people = load_people(session, services.keyring, [message.person_id] if message.person_id else [])
        around = circumstances(session, services, at, {message.template})
        case = case_of(services, around, people.get(message.person_id or ""), message)
        composed = compose(services, around, case)
    return _folded(composed.words.text) if composed else ""


def _folded(words: str) -> str:
    """Blanks are not always kept."""
    return " ".join(words.split())


def _adopt(services: Services, message_id: str, listed: Listed, now: datetime) -> None:
    """The provider has this one: it was sent then, in these words."""
    attempt_id = new_id()
    with services.begin() as session:
        message = _locked(session, message_id)
        message.state, message.reason, message.held_by = MessageState.SENDING, "", None
        message.claim_token = message.claimed_until = None
        message.attempts, message.attempt_id = message.attempts + 1, attempt_id
        message.sending_at = message.sent_at = message.valid_until = listed.at
        message.body = sealed_body(services.keyring, message.id, "", listed.body)
        session.add(
            Attempt(
                id=attempt_id,
                message_id=message.id,
                number=message.attempts,
                started_at=listed.at,
                body_digest=services.keyring.digest(listed.body),
                finished_at=now,
                verdict=Verdict.ACCEPTED.value,
                provider_id=listed.receipt.provider_id,
                reason="found on the provider's list after the database was restored",
            )
        )
    take_receipt(services, listed.receipt, now, attempt_id)


def _give_to_staff(services: Services, message_ids: list[str]) -> int:
    for message_id in message_ids:
        with services.begin() as session:
            message = _locked(session, message_id)
            message.state, message.reason, message.held_by = MessageState.UNCONFIRMED, CANNOT_TELL, None
            message.claim_token = message.claimed_until = None
    return len(message_ids)


def _locked(session: Session, message_id: str) -> Message:
    message = session.get_one(Message, message_id)
    lock_people(session, [message.person_id] if message.person_id else [])
    session.refresh(message, with_for_update=True)
    return message


def _lift(services: Services, now: datetime, who: str, done: Reconciled) -> None:
    """This is the database from now on; a pause that staff made stays."""
    with services.begin() as session:
        for place in session.scalars(select(Place).where(Place.settled_at.is_(None))):
            place.settled_at, place.settled_by = now, who
            note(session, now, who, "reconciled", place, adopted=done.adopted, unconfirmed=done.unconfirmed)
    settle_here(services, now, who)
    with services.begin() as session:
        ours = select(Pause).where(Pause.who == WHO, Pause.schedule.is_(None), Pause.resumed_at.is_(None))
        for pause in session.scalars(ours):
            resume_sending(session, pause, now, who=who, why="reconciled with the provider")
