"""What no message can carry: a letter to print or a call to make for each step, so that nobody is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from outreach.actions.claimed import Claimed
from outreach.actions.duty import Duties, duties
from outreach.actions.tasks import NewTask, raise_task, raise_tasks
from outreach.actions.waits import WaitingPerson
from outreach.models import Letter
from outreach.models.base import new_id
from outreach.models.bulk import insert_rows
from outreach.rules.cadence import Anchor, Step
from outreach.rules.contact import Route
from outreach.rules.letters import Post, arrives_on, by_post
from outreach.services import Services
from outreach.vocabulary import Instead, TaskKind, Urgency


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A step that is on record as a message which may not go; `way.instead` says what is done for the person.

    `at` (UTC) is when it would have gone: other messages and letters keep their distance to it.
    """

    message_id: str
    person: WaitingPerson
    referral_id: str | None
    step: Step
    anchor: Anchor
    way: Route
    at: datetime

    @property
    def worthless_on(self) -> date | None:
        """The day on which its words are worth nothing any more."""
        return self.anchor.on if self.step.is_before_anchor else None


def open_other_ways(session: Session, services: Services, steps: Sequence[Unsendable], now: datetime) -> None:
    """A letter or a call task for each of these, in the transaction that puts the messages on record."""
    if not steps:
        return
    letters: list[dict[str, Any]] = []
    calls: list[NewTask] = []
    on_duty = duties(session, services.calendar, now)
    for each in steps:
        post = _post(services, each)
        if post.instead is Instead.LETTER:
            letters.append(_letter(each))
        else:
            calls.append(_call(each, post, on_duty))
    insert_rows(session, Letter, letters)
    raise_tasks(session, services.keyring, calls, now)


def _post(services: Services, each: Unsendable) -> Post:
    written_on = services.calendar.day_of(each.at)
    return by_post(
        each.way.instead or Instead.CALL,
        has_address=bool(each.person.details.address),
        worthless_on=each.worthless_on,
        comes_on=arrives_on(written_on, services.config.letters.days_to_arrive),
    )


def _letter(each: Unsendable) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": each.person.id,
        "message_id": each.message_id,
        "wanted_at": each.at,
        "worthless_on": each.worthless_on,
    }


def _call(each: Unsendable, post: Post, on_duty: Duties) -> NewTask:
    """Due within two working days, and on the working day before its words are worth nothing."""
    calendar = on_duty.calendar
    due_at = max(on_duty.in_two_days, calendar.closes_at(each.at))
    if each.worthless_on:
        eve = calendar.working_day_before(each.worthless_on)
        due_at = max(on_duty.now, min(due_at, calendar.at(eve, calendar.closes)))
    why = "; ".join(filter(None, (each.way.reason, post.because)))
    return NewTask(
        kind=TaskKind.CALL,
        urgency=Urgency.ROUTINE,
        cause=f"message:{each.message_id}:call",
        reason=f"tell them what “{each.step.key.replace('-', ' ')}” says: {why}",
        due_at=due_at,
        person_id=each.person.id,
        referral_id=each.referral_id,
        message_id=each.message_id,
        wished_language=each.person.row.language if each.person.row.interpreter else None,
    )


def call_about(session: Session, services: Services, message: Claimed, why: str, now: datetime) -> None:
    """A call task for a message on no schedule that can reach its person no more by the way it was written for."""
    new = NewTask(
        kind=TaskKind.CALL,
        urgency=Urgency.ROUTINE,
        cause=f"message:{message.id}:call",
        reason=f"tell them what “{message.step.replace('-', ' ')}” says: {why}",
        due_at=duties(session, services.calendar, now).in_two_days,
        person_id=message.person_id,
        referral_id=message.referral_id,
        message_id=message.id,
    )
    raise_task(session, services.keyring, new, now)
