"""Turns a comparison on and off: never by withholding, by a lot that can be drawn again, with a reason and a name."""

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.plan import BATCH, replan
from outreach.errors import RefusedError
from outreach.models import Comparison, Enrolment, Referral, TemplateVersion
from outreach.models.base import new_id
from outreach.models.comparison import open_comparison
from outreach.models.event import note
from outreach.rules.lots import Lot
from outreach.services import Services

LARGEST_SEED = 2**31


@dataclass(frozen=True, slots=True)
class Arm:
    """One cohort or wording: its number from 1, the day on which it begins, how many people it has now."""

    number: int
    begins_on: date | None
    people: int


def new_seed() -> int:
    """A seed that nobody chose."""
    return secrets.randbelow(LARGEST_SEED)


def stepped_start(cohorts: int, weeks_between: int, starts_on: date, seed: int, today: date) -> Lot:
    """Cohorts that begin one after another. RefusedError where somebody would wait too long, or for a past day."""
    if starts_on <= today:
        raise RefusedError(
            "the first cohort begins after today, so that everybody is drawn before anybody begins"
        )
    return Lot(seed, cohorts, starts_on, weeks_between)


def two_wordings(session: Session, schedule: str, step: str, template: str, seed: int) -> Lot:
    """The step's own template against another one, half and half. RefusedError for what does not exist."""
    steps = (
        {each.key: each for each in in_force(session)[schedule].steps}
        if schedule in in_force(session)
        else {}
    )
    if step not in steps:
        raise RefusedError(f"{schedule} has no step {step!r}; it has: {', '.join(steps) or 'none'}")
    if steps[step].templates == (template,):
        raise RefusedError("both wordings would be the same template; name another one")
    if session.scalar(select(TemplateVersion.id).where(TemplateVersion.key == template).limit(1)) is None:
        raise RefusedError(f"there is no template {template}; write it first, and have it approved")
    return Lot(seed, 2, step=step, template=template)


def arms_of(session: Session, schedule: str, lot: Lot) -> list[Arm]:
    """Who would be in which arm, of those on the schedule now: counts, shown before anything is turned on."""
    counts = Counter(lot.arm_of(person_id) for person_id in people_on(session, schedule))
    return [Arm(arm + 1, lot.begins_on(arm), counts[arm]) for arm in range(lot.arms)]


def people_on(session: Session, schedule: str) -> list[str]:
    """The ids of everybody with an enrolment on this schedule that has not ended."""
    query = (
        select(Referral.person_id)
        .join(Enrolment, Enrolment.referral_id == Referral.id)
        .where(Enrolment.schedule == schedule, Enrolment.ended_at.is_(None))
        .order_by(Referral.person_id)
    )
    return list(session.scalars(query.distinct()))


def begin_comparison(
    services: Services, schedule: str, lot: Lot, now: datetime, *, who: str, why: str
) -> Comparison:
    """Turn it on, and plan afresh what has not left. RefusedError while another one is under way."""
    if not why.strip():
        raise RefusedError("a comparison needs a reason: people will ask why they waited")
    with services.begin() as session:
        if schedule not in in_force(session):
            raise RefusedError(
                f"no schedule is called {schedule!r}; in force: {', '.join(in_force(session))}"
            )
        if other := open_comparison(session):
            raise RefusedError(
                f"a comparison on {other.schedule} is under way; end it first, two would blur each other"
            )
        row = Comparison(
            id=new_id(),
            schedule=schedule,
            seed=lot.seed,
            arms=lot.arms,
            starts_on=lot.starts_on,
            weeks_between=lot.weeks_between,
            step=lot.step,
            template=lot.template,
            begun_at=now,
            who=who,
            why=why,
        )
        session.add(row)
        note(session, now, who, "began a comparison", row, schedule=schedule, seed=lot.seed)
    _plan_afresh(services, schedule, now, "a comparison begins")
    return row


def end_comparison(services: Services, now: datetime, *, who: str, why: str) -> Comparison:
    """Turn it off: whoever still waited begins now."""
    with services.begin() as session:
        row = open_comparison(session)
        if row is None:
            raise RefusedError("no comparison is under way")
        row.ended_at, row.ended_by, row.ended_why = now, who, why
        note(session, now, who, "ended a comparison", row)
    _plan_afresh(services, row.schedule, now, "a comparison ended")
    return row


def _plan_afresh(services: Services, schedule: str, now: datetime, because: str) -> None:
    """A batch at a time, so that nothing else has to wait for the database."""
    with services.read() as session:
        people = people_on(session, schedule)
    for first in range(0, len(people), BATCH):
        with services.begin() as session:
            replan(session, services, people[first : first + BATCH], now, because=because)
