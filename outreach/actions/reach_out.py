"""Sets part of the peer workers' week aside for people whom messages do not reach, or who do not write."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from outreach.actions.peers import peers
from outreach.actions.tasks import NewTask, raise_tasks
from outreach.models import Letter, Message, OptOut, Person, Referral, Reply, Task, TaskTry
from outreach.models.base import Instant
from outreach.rules.reaching import Alone, Why, calls_set_aside, longest_alone
from outreach.rules.weeks import monday_of
from outreach.services import Services
from outreach.vocabulary import Cause, MessageState, Stage, TaskKind, TaskState, TryResult, Urgency

SETTLES_IN = timedelta(days=21)
"""Somebody new on the list is not unreached before this."""

RUNG_LATELY = timedelta(weeks=12)
"""Nobody is rung again within this, whether the call reached them or not."""

ARRIVED = (MessageState.SENT, MessageState.DELIVERED)

WISHES = [each for each in Cause if not each.is_about_the_address]


def reach_out(services: Services, now: datetime) -> int:
    """Raise this week's tasks while hours are set aside for them; harmless to repeat. Returns how many."""
    with services.begin() as session:
        room = _room(session, services, now)
        if room <= 0:
            return 0
        chosen = longest_alone(_alone(session, services, now), room)
        raise_tasks(session, services.keyring, [_task(services, each, now) for each in chosen], now)
        return len(chosen)


def _room(session: Session, services: Services, now: datetime) -> int:
    """Calls set aside for the rest of the week, less those to make that were raised before."""
    calendar = services.calendar
    monday = monday_of(calendar.day_of(now))
    team, share = peers(session, now), services.config.reach_out.share_of_hours
    to_make = select(func.count()).where(Task.kind == TaskKind.REACH_OUT, Task.state != TaskState.CLOSED)
    return calls_set_aside(team, monday, now, share, calendar) - (session.scalar(to_make) or 0)


def _task(services: Services, alone: Alone, now: datetime) -> NewTask:
    calendar = services.calendar
    monday = monday_of(calendar.day_of(now))
    return NewTask(
        kind=TaskKind.REACH_OUT,
        urgency=Urgency.ROUTINE,
        cause=f"reach_out:{alone.person_id}:{monday.isoformat()}",
        reason=alone.reason(calendar),
        due_at=calendar.at(calendar.working_day_before(monday + timedelta(days=7)), calendar.closes),
        person_id=alone.person_id,
        referral_id=alone.referral_id,
        wished_language=alone.language,
    )


def _alone(session: Session, services: Services, now: datetime) -> Iterator[Alone]:
    """Everybody without company; one statement a reason."""
    settled = now - SETTLES_IN
    silent = now - timedelta(weeks=services.config.reach_out.silent_weeks)
    wrote = select(func.max(Reply.received_at)).where(Reply.person_id == Person.id).scalar_subquery()
    came, last = Referral.created_at, func.coalesce(wrote, Person.introduced_at, type_=Instant())
    for why, since, which, until in (
        (Why.UNREACHED, came, ~_heard(), settled),
        (Why.INTERPRETER, came, Person.interpreter.is_(True), settled),
        (Why.SILENT, last, _heard(), silent),
    ):
        for row in session.execute(_waiting(now, since, which)):
            person_id, referral_id, moment, language, interpreter = row
            if moment is not None and moment <= until:
                yield Alone(person_id, referral_id, why, moment, language if interpreter else None)


def _heard() -> ColumnElement[bool]:
    """A message arrived, a letter was posted, or somebody spoke with them."""
    message = exists().where(Message.person_id == Person.id, Message.state.in_(ARRIVED))
    letter = exists().where(
        Letter.person_id == Person.id, Letter.posted_at.is_not(None), Letter.undone_at.is_(None)
    )
    call = exists().where(
        Task.person_id == Person.id, TaskTry.task_id == Task.id, TaskTry.result == TryResult.REACHED
    )
    return or_(message, letter, call)


def _waiting(now: datetime, since: Any, which: ColumnElement[bool]) -> Select[Any]:
    """People on the list who may be rung, on whom nobody is at work, and whom nobody rang lately."""
    at_work = exists().where(Task.person_id == Person.id, Task.state != TaskState.CLOSED)
    rung = (
        exists()
        .where(
            Task.person_id == Person.id, Task.kind.in_((TaskKind.REACH_OUT, TaskKind.CALL, TaskKind.CALLBACK))
        )
        .where(Task.opened_at > now - RUNG_LATELY)
    )
    wants_nothing = exists().where(
        OptOut.person_id == Person.id,
        OptOut.undone_at.is_(None),
        OptOut.channel.is_(None),
        OptOut.purpose.is_(None),
        OptOut.cause.in_(WISHES),
    )
    return (
        select(Person.id, Referral.id, since, Person.language, Person.interpreter)
        .join(Referral, Referral.person_id == Person.id)
        .where(
            Referral.stage.not_in((Stage.CLOSED, Stage.IN_TREATMENT)),
            Person.deceased_on.is_(None),
            Person.do_not_contact_since.is_(None),
            which,
            ~at_work,
            ~rung,
            ~wants_nothing,
        )
        .order_by(Referral.referred_on, Referral.id)
    )
