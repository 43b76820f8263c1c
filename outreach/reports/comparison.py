"""A comparison by lot: who was drawn into what, who got it all the same, and what came of it, as allotted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.models import Appointment, Comparison, Enrolment, Message, Referral
from outreach.reports.document import Section, Table
from outreach.reports.rows import rows_of
from outreach.reports.shares import of_team, rate_in_words, two_compared
from outreach.rules.calendar import Calendar
from outreach.rules.lots import Lot
from outreach.rules.rates import Definition, Share, pooled_risk, total
from outreach.rules.spans import Span, day_in_words
from outreach.vocabulary import LEFT_US, AppointmentKind, Attendance, Stage

KINDS = {
    Stage.AWAITING_ASSESSMENT: (AppointmentKind.ASSESSMENT,),
    Stage.AWAITING_TREATMENT: (AppointmentKind.TREATMENT,),
}
"""What a schedule of this stage can change; for any other, both are looked at."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison with everybody in it (by person id), and what came of it.

    `crossed` got what their arm was not to have yet, or not at all. `visits`: (person, day, attendance).
    """

    lot: Lot
    schedule: str
    who: str
    why: str
    began_on: date
    ended_on: date | None
    people: frozenset[str]
    crossed: frozenset[str]
    visits: Sequence[tuple[str, date, Attendance]]


def compared_in(session: Session, span: Span, calendar: Calendar, today: date) -> list[Compared]:
    """Every comparison that was under way on some day of the span, the oldest first."""
    rows = session.scalars(select(Comparison).order_by(Comparison.begun_at))
    found = (_compared(session, row, calendar, today) for row in rows)
    return [
        each
        for each in found
        if each.began_on <= span.last and (each.ended_on is None or each.ended_on >= span.first)
    ]


def _compared(session: Session, row: Comparison, calendar: Calendar, today: date) -> Compared:
    people = frozenset(
        session.scalars(
            select(Referral.person_id)
            .join(Enrolment, Enrolment.referral_id == Referral.id)
            .where(
                Enrolment.schedule == row.schedule,
                Enrolment.ended_at.is_(None) | (Enrolment.ended_at > row.begun_at),
                Enrolment.started_at <= row.ended_at if row.ended_at else Enrolment.started_at.is_not(None),
            )
        )
    )
    began_on = calendar.day_of(row.begun_at)
    ended_on = calendar.day_of(row.ended_at) if row.ended_at else None
    stepped = _stepped_crossed if row.starts_on else _wording_crossed
    return Compared(
        row.lot,
        row.schedule,
        row.who,
        row.why,
        began_on,
        ended_on,
        people,
        frozenset(stepped(session, row, calendar)) & people,
        [visit for visit in _visits(session, row, began_on, ended_on or today) if visit[0] in people],
    )


def _stepped_crossed(session: Session, row: Comparison, calendar: Calendar) -> Iterator[str]:
    """Those to whom a check-in, support or survey of this schedule went before their cohort began."""
    steps = [step.key for step in in_force(session)[row.schedule].steps if step.purpose.is_spaced]
    query = (
        select(Message.person_id, func.min(Message.sending_at))
        .where(
            Message.schedule == row.schedule,
            Message.step.in_(steps),
            Message.sending_at.is_not(None),
            Message.state.in_(LEFT_US),
        )
        .group_by(Message.person_id)
    )
    for person_id, at in rows_of(session, query):
        begins = row.lot.begins_on(row.lot.arm_of(person_id))
        was_open = row.ended_at is None or at < row.ended_at
        if begins and was_open and calendar.day_of(at) < begins:
            yield person_id


def _wording_crossed(session: Session, row: Comparison, _calendar: Calendar) -> Iterator[str]:
    """Those who got the wording of the other arm while the comparison was under way."""
    until = row.ended_at or datetime.max.replace(tzinfo=row.begun_at.tzinfo)
    query = select(Message.person_id, Message.template).where(
        Message.schedule == row.schedule,
        Message.step == row.step,
        Message.sending_at >= row.begun_at,
        Message.sending_at < until,
        Message.state.in_(LEFT_US),
    )
    for person_id, template in rows_of(session, query.distinct()):
        if (template == row.template) != (row.lot.arm_of(person_id) == 1):
            yield person_id


def _visits(
    session: Session, row: Comparison, began_on: date, last: date
) -> Iterable[tuple[str, date, Attendance]]:
    """Appointments that the schedule can change, with a code that says what came of them."""
    stage = in_force(session)[row.schedule].stage
    query = (
        select(Referral.person_id, Appointment.on_date, Appointment.attendance)
        .join(Referral, Referral.id == Appointment.referral_id)
        .where(
            Appointment.kind.in_(KINDS.get(stage, tuple(AppointmentKind))),
            Appointment.attendance.is_not(None),
            Appointment.on_date.between(row.starts_on or began_on, last),
        )
    )
    return rows_of(session, query)


def comparison_section(found: Sequence[Compared], definition: Definition) -> list[Section]:
    """One section where there is something to tell, else none: comparisons are off unless somebody turned one on."""
    if not found:
        return []
    section = Section("comparison", "A comparison by lot")
    for number, each in enumerate(found, start=1):
        _add(section, each, definition, f"comparison-{number}")
    return [section]


def _add(section: Section, each: Compared, definition: Definition, key: str) -> None:
    lot, strata = each.lot, _strata(each, definition)
    without, with_it = total(pair[0] for pair in strata), total(pair[1] for pair in strata)
    names = ("Not begun yet", "Begun") if lot.starts_on else ("The usual wording", "The other wording")
    risk = pooled_risk((pair[1], pair[0]) for pair in strata)
    section.summary.append(
        f"{_what(each)} {each.who} turned it on, {day_in_words(each.began_on)}: {each.why.rstrip('.')}."
    )
    crossed = Share(len(each.crossed), len(each.people))
    got = "before their cohort began" if lot.starts_on else "in the wording of the other group"
    section.summary.append(
        f"Of {crossed.of:,} people, {rate_in_words(crossed)} got messages {got}. They count where the lot put them."
    )
    if risk:
        sure = "may be" if risk.interval.low <= 1 <= risk.interval.high else "is rarely"
        section.summary.append(
            f"Missed appointments as allotted: {rate_in_words(without)} of {without.of:,} {names[0].lower()}, "
            f"{rate_in_words(with_it)} of {with_it.of:,} {names[1].lower()}. A difference like this {sure} chance."
        )
    section.parts.append(_drawn(each, key))
    ratio = "Relative risk within the same weeks" if lot.starts_on else "Relative risk"
    section.parts.append(
        two_compared(
            f"{key}-missed",
            "Missed appointments, as allotted",
            "By lot",
            "Missed",
            first=(names[0], without),
            second=(names[1], with_it),
            ratio=(ratio, risk),
        )
    )


def _what(each: Compared) -> str:
    lot = each.lot
    if lot.starts_on:
        return (
            f"{lot.arms} cohorts begin “{each.schedule}” {lot.weeks_between} weeks apart, "
            f"the first on {day_in_words(lot.starts_on)} (seed {lot.seed})."
        )
    return f"Two wordings of “{lot.step}” in “{each.schedule}”, half and half by lot (seed {lot.seed})."


def _strata(each: Compared, definition: Definition) -> list[tuple[Share, Share]]:
    """Missed appointments without and with what is compared, whomever it reached; one pair for each stretch of weeks.

    With a stepped start only people in the same weeks are compared: a month in which everybody misses more would
    otherwise look like a difference. When all have begun there is nobody left to compare with.
    """
    lot = each.lot
    counts: dict[int, tuple[Counter[Attendance], Counter[Attendance]]] = {}
    for person_id, day, attendance in each.visits:
        arm = lot.arm_of(person_id)
        begins = lot.begins_on(arm)
        stretch = sum(day >= begun for other in range(lot.arms) if (begun := lot.begins_on(other)))
        if begins is None or stretch < lot.arms:
            sides = counts.setdefault(stretch, (Counter(), Counter()))
            sides[begins <= day if begins else arm][attendance] += 1
    return [
        (definition.missed_of(without), definition.missed_of(with_it)) for without, with_it in counts.values()
    ]


def _drawn(each: Compared, key: str) -> Table:
    """How many were drawn into each arm, and how many of them crossed over."""
    lot = each.lot
    drawn = Counter(lot.arm_of(person_id) for person_id in each.people)
    crossed = Counter(lot.arm_of(person_id) for person_id in each.crossed)
    rows = [(_arm_name(lot, arm), Share(crossed[arm], drawn[arm])) for arm in range(lot.arms)]
    return of_team(f"{key}-arms", "Who was drawn into what, and crossed over", "By lot", "Crossed over", rows)


def _arm_name(lot: Lot, arm: int) -> str:
    begins = lot.begins_on(arm)
    if begins:
        return f"Cohort {arm + 1}, from {day_in_words(begins)}"
    return f"{lot.template}" if arm else "The usual wording"
