"""Records what came back from hand-overs, in bulk, without ever undoing what a receipt already said."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from outreach.actions.address_faults import take_address_fault
from outreach.actions.begun import Handover
from outreach.actions.pause import pause_sending
from outreach.actions.telephone_now import telephone_now
from outreach.models import Attempt, Message, Person
from outreach.models.lists import among, table_of, write_many
from outreach.models.person import lock_people
from outreach.ports import Outcome, Verdict
from outreach.rules.delivery import MOST_ATTEMPTS, wait_before
from outreach.services import Services
from outreach.vocabulary import MessageState


@dataclass(frozen=True, slots=True)
class Result:
    """One hand-over and what came of it."""

    handover: Handover
    outcome: Outcome


NOT_HANDED_OVER = Outcome(Verdict.NOT_PROCESSED, reason="not handed over: the process was held up too long")


_attempt_row, _message, _person = Attempt.__table__.c, Message.__table__.c, Person.__table__.c
ATTEMPT = update(table_of(Attempt)).where(_attempt_row.id == bindparam("attempt"))
WAITS_FOR_AN_ANSWER = (MessageState.SENDING, MessageState.UNCONFIRMED)

ACCEPTED = (
    update(table_of(Message))
    .where(_message.id == bindparam("message"), _message.attempt_id == bindparam("attempt"))
    .values(
        provider_id=bindparam("provider"),
        sent_at=bindparam("now"),
        state=case(
            (or_(*(_message.state == each for each in WAITS_FOR_AN_ANSWER)), MessageState.SENT),
            else_=_message.state,
        ),
    )
)
"""Many at once; an IN list would keep it from being executed so."""

INTRODUCED = (
    update(table_of(Person))
    .where(among(_person.id), _person.introduced_at.is_(None))
    .values(introduced_at=bindparam("now"))
)


def record(services: Services, results: Sequence[Result], now: datetime) -> None:
    """Write these results in one transaction; halting answers also pause all sending."""
    with services.begin() as session:
        lock_people(session, [result.handover.person_id for result in results if result.handover.person_id])
        write_many(session, ATTEMPT, [_attempt(result, now) for result in results])
        _record_accepted(session, [each for each in results if each.outcome.verdict is Verdict.ACCEPTED], now)
        for result in results:
            if result.outcome.verdict in (Verdict.NOT_PROCESSED, Verdict.REFUSED):
                _record_not_sent(session, services, result, now)
        halting = next((result.outcome for result in results if result.outcome.halt), None)
        if halting:
            pause_sending(
                session, now, who="the sender", why=f"the provider refuses our account: {halting.reason}"
            )


def _attempt(result: Result, now: datetime) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "attempt": result.handover.attempt_id,
        "finished_at": now,
        "verdict": outcome.verdict.value,
        "code": outcome.code,
        "reason": outcome.reason,
        "provider_id": outcome.provider_id,
    }


def _record_accepted(session: Session, accepted: Sequence[Result], now: datetime) -> None:
    """The provider has these; a receipt may have come first and said more, which stands."""
    if not accepted:
        return
    write_many(
        session,
        ACCEPTED,
        [
            {
                "message": result.handover.message_id,
                "attempt": result.handover.attempt_id,
                "provider": result.outcome.provider_id,
                "now": now,
            }
            for result in accepted
        ],
    )
    people = {each.handover.person_id for each in accepted if each.handover.introduces}
    session.execute(INTRODUCED, {"now": now, "ids": sorted(filter(None, people))})


def _record_not_sent(session: Session, services: Services, result: Result, now: datetime) -> None:
    """The provider never processed this: it is planned again later, or has failed."""
    query = select(Message).where(
        Message.id == result.handover.message_id,
        Message.attempt_id == result.handover.attempt_id,
        Message.state.in_(WAITS_FOR_AN_ANSWER),
    )
    message = session.scalar(query.with_for_update())
    if message is None:
        return
    outcome = result.outcome
    if outcome.address_fault:
        take_address_fault(session, services, message, outcome.address_fault, now)
    if outcome.verdict is Verdict.REFUSED:
        message.state = MessageState.FAILED
        message.reason = _in_words(outcome)
    elif result.outcome is NOT_HANDED_OVER:
        message.state, message.claim_token, message.claimed_until = MessageState.PLANNED, None, None
    elif message.attempts >= MOST_ATTEMPTS and not outcome.not_now:
        message.state = MessageState.FAILED
        message.reason = f"given up after {message.attempts} attempts: {_in_words(outcome)}"
    else:
        _plan_again(services, message, outcome, now)
    telephone_now(session, services, message, now)


def _plan_again(services: Services, message: Message, outcome: Outcome, now: datetime) -> None:
    attempt = 1 if outcome.not_now else message.attempts
    wait = wait_before(attempt, random.random(), outcome.retry_after)  # noqa: S311 - jitter, no secret
    again = now + wait
    message.state = MessageState.PLANNED
    message.reason = f"will be tried again: {_in_words(outcome)}"
    message.planned_for = again if message.purpose.is_at_any_hour else services.calendar.next_slot(again)
    message.claim_token = message.claimed_until = None


def _in_words(outcome: Outcome) -> str:
    return f"{outcome.reason} (code {outcome.code})" if outcome.code else outcome.reason
