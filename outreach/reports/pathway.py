"""The pathway as it stands: who is on each schedule, which step comes next, and what waits or stands still."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.models import Enrolment, Message, Pause
from outreach.rules.cadence import Schedule, Step
from outreach.vocabulary import MessageState, Stage

WAITING = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.HELD)


@dataclass(frozen=True, slots=True)
class StepStanding:
    """One step: for how many people it comes next, and how many of its messages are due or held now."""

    step: Step
    next_for: int
    due: int
    held: int
    pause: Pause | None


@dataclass(frozen=True, slots=True)
class ScheduleStanding:
    """One applied schedule, how many people are on it, and its steps in order."""

    key: str
    schedule: Schedule
    people: int
    steps: tuple[StepStanding, ...]
    pause: Pause | None


def pathway(session: Session) -> list[ScheduleStanding]:
    """Every schedule in force, in the order in which people come to them; a handful of counting queries."""
    by_step = select(Enrolment.schedule, Enrolment.next_step, func.count()).where(
        Enrolment.ended_at.is_(None)
    )
    coming = _counted(session, by_step.group_by(Enrolment.schedule, Enrolment.next_step))
    unsent = select(Message.schedule, Message.step, Message.state, func.count()).where(
        Message.state.in_(WAITING)
    )
    waiting = _counted(session, unsent.group_by(Message.schedule, Message.step, Message.state))
    open_pauses = session.scalars(select(Pause).where(Pause.resumed_at.is_(None)))
    pauses = {(pause.schedule, pause.step): pause for pause in open_pauses}
    stages = list(Stage)
    schedules = sorted(in_force(session).items(), key=lambda pair: stages.index(pair[1].stage))
    return [_standing(key, schedule, coming, waiting, pauses) for key, schedule in schedules]


def _counted(session: Session, query: Select[*tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """Counts by the columns before the last, which is the number."""
    return Counter({tuple(row[:-1]): row[-1] for row in session.execute(query)})


def _standing(
    key: str,
    schedule: Schedule,
    coming: Counter[tuple[Any, ...]],
    waiting: Counter[tuple[Any, ...]],
    pauses: dict[tuple[str | None, str | None], Pause],
) -> ScheduleStanding:
    steps = tuple(
        StepStanding(
            step,
            coming[key, step.key],
            waiting[key, step.key, MessageState.PLANNED] + waiting[key, step.key, MessageState.CLAIMED],
            waiting[key, step.key, MessageState.HELD],
            pauses.get((key, step.key)),
        )
        for step in schedule.steps
    )
    people = sum(number for (name, _), number in coming.items() if name == key)
    return ScheduleStanding(key, schedule, people, steps, pauses.get((key, None)))
