"""Brings people's messages into line with the facts: enrols, cancels what no longer holds, records what is due."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.courses import Course, courses_of, lay_out_courses
from outreach.actions.duty import duties
from outreach.actions.first_contacts import FirstContacts
from outreach.actions.own_words import Name, own_words
from outreach.actions.plan_book import PlanBook, Planned
from outreach.actions.tasks import NewTask, raise_task
from outreach.actions.waits import Unsent, Wait, WaitingPerson, load_people
from outreach.database import TROUBLE
from outreach.models import Enrolment, Referral
from outreach.models.person import lock_people
from outreach.models.template import translations
from outreach.rules.cadence import Schedule
from outreach.rules.contact import Route, route
from outreach.rules.placing import Placement
from outreach.services import Services
from outreach.vocabulary import MessageState, TaskKind, Urgency

log = structlog.get_logger()

ASIDE = timedelta(hours=1)

LOOK_AHEAD = timedelta(days=14)
"""Far enough to see an appointment message that a check-in has to yield to."""

NOBODY: Mapping[str, WaitingPerson] = MappingProxyType({})

BATCH = 100
"""People planned in one transaction: short enough never to starve a webhook."""


def plan_due(services: Services, now: datetime, batch: int = BATCH) -> Planned:
    """Plan for the next people with something due, in one transaction; nobody left gives `people` 0."""
    if not _anything_due(services, now):
        return Planned()
    ids: list[str] = []
    services.let_others_first()
    try:
        with services.begin() as session:
            ids = _people_due(session, now, batch)
            return replan(session, services, ids, now)
    except TROUBLE:
        raise
    except Exception:  # noqa: BLE001 - one person's record must not keep the others; told for each below
        return _plan_one_by_one(services, ids, now)


def _people_due(session: Session, now: datetime, most: int) -> list[str]:
    due = (
        select(Referral.person_id)
        .join(Enrolment, Enrolment.referral_id == Referral.id)
        .where(Enrolment.ended_at.is_(None), Enrolment.next_due_at <= now)
        .order_by(Enrolment.next_due_at)
        .limit(most)
    )
    return list(session.scalars(due))


def _plan_one_by_one(services: Services, person_ids: Iterable[str], now: datetime) -> Planned:
    planned = Planned()
    for person_id in person_ids:
        try:
            with services.begin() as session:
                planned += replan(session, services, [person_id], now)
        except TROUBLE:
            raise
        except Exception as fault:  # noqa: BLE001 - set aside, and staff are told
            kind = type(fault).__name__
            log.error("nothing can be planned for a person", person=person_id, error=kind)  # noqa: TRY400
            _set_aside(services, person_id, kind, now)
            planned += Planned(people=1)
    return planned


def _set_aside(services: Services, person_id: str, kind: str, now: datetime) -> None:
    """Staff check the record; planning tries again after an hour."""
    with services.begin() as session:
        lock_people(session, [person_id])
        referrals = select(Referral.id).where(Referral.person_id == person_id)
        session.execute(
            update(Enrolment)
            .where(Enrolment.referral_id.in_(referrals), Enrolment.next_due_at <= now)
            .values(next_due_at=now + ASIDE)
        )
        task = NewTask(
            kind=TaskKind.RECORD_CHECK,
            urgency=Urgency.SOON,
            cause=f"planning:{person_id}",
            reason=f"nothing can be planned for this person ({kind}): check the record, then tell whoever runs this",
            due_at=duties(session, services.calendar, now).in_two_days,
            person_id=person_id,
        )
        raise_task(session, services.keyring, task, now)


def _anything_due(services: Services, now: datetime) -> bool:
    """One probe of the due index, without a write lock."""
    with services.read() as session:
        query = select(Enrolment.id).where(Enrolment.ended_at.is_(None), Enrolment.next_due_at <= now)
        return session.scalar(query.limit(1)) is not None


def replan(
    session: Session, services: Services, person_ids: Iterable[str], now: datetime, because: str = ""
) -> Planned:
    """Enrol, cancel and plan for these people inside the caller's transaction.

    `because` says which fact changed; then what was planned but has not left is planned afresh. Only what is due
    now is put on record.
    """
    return replan_each(session, services, dict.fromkeys(person_ids, because), now)


def replan_each(
    session: Session,
    services: Services,
    reasons: Mapping[str, str],
    now: datetime,
    *,
    horizon: timedelta = LOOK_AHEAD,
    newcomers: Mapping[str, WaitingPerson] = NOBODY,
    first_contacts: FirstContacts | None = None,
) -> Planned:
    """The same for people who each have a reason of their own, by person id.

    `newcomers` came onto record in this very transaction, and whoever has them in hand spares the loading.
    `Planned.upcoming` counts what these people will get within the horizon.
    """
    schedules = in_force(session)
    book = PlanBook(
        session, services, now, first_contacts or FirstContacts(services, now), translations(session)
    )
    known = lock_people(session, reasons.keys() - newcomers.keys())
    people = {**load_people(session, services.keyring, known), **newcomers}
    for person in people.values():
        for wait in person.waits:
            _enrol(book, schedules, person, wait)
        courses = courses_of(person, schedules, services.calendar, now)
        _cancel(book, person, courses, reasons[person.id])
        _record_due(book, services, person, courses, now + horizon)
    return book.write(people=len(people))


def _enrol(book: PlanBook, schedules: dict[str, Schedule], person: WaitingPerson, wait: Wait) -> None:
    """Start the schedules of the referral's stage and end every other; nobody who died or asked is on any."""
    stopped = person.row.deceased_on is not None or person.row.do_not_contact_since is not None
    wanted = [] if stopped else [each for each in schedules.values() if each.stage is wait.stage]
    for schedule in wanted:
        place = wait.places.get(schedule.key)
        if place is None or place.ended_at is not None:
            book.enrol(person, wait, schedule)
    for place in wait.places.values():
        if place.ended_at is None and place.schedule not in {schedule.key for schedule in wanted}:
            book.end(place, "no more messages may go" if stopped else f"moved on to {wait.stage.value}")


def _cancel(book: PlanBook, person: WaitingPerson, courses: list[Course], because: str) -> None:
    """Cancel unsent messages whose date is gone; with a changed fact also those that may now fall elsewhere."""
    by_place = {course.place.id: course for course in courses}
    kept = []
    for message in person.unsent:
        course = by_place.get(message.enrolment_id or "")
        if message.enrolment_id is None:
            kept.append(message)
        elif course is None or not course.counts_from(message.step, message.anchor_row):
            book.cancel(message, because or "its date no longer stands")
        elif because and _may_move(message):
            book.forget(message, course.place, f"planned afresh: {because}")
        else:
            kept.append(message)
    person.unsent = kept


def _may_move(message: Unsent) -> bool:
    return message.state is MessageState.PLANNED and message.purpose.is_spaced and not message.is_fixed


def _record_due(
    book: PlanBook,
    services: Services,
    person: WaitingPerson,
    courses: list[Course],
    until: datetime,
) -> None:
    """Write down what is due now, with its moment or the reason why not, and when to look again."""
    now = book.now
    placed = lay_out_courses(
        person,
        courses,
        now=now,
        until=until,
        calendar=services.calendar,
        gap_days=services.gap_days,
    )
    for course, placement in placed:
        is_due, is_coming = (
            placement.occurrence.slot <= now,
            placement.at is not None and placement.at <= until,
        )
        if not is_due and not is_coming:
            continue
        way = way_for(services, person, course, placement, book.translated)
        book.upcoming += is_coming and way.channel is not None
        if is_due:
            _record(book, person, course, placement, way)
    for course in courses:
        calendar = person.calendar(services.calendar)
        following = course.following(calendar)
        book.look_again(
            course.place,
            course.next_due_at(following, calendar, now),
            following.step.key if following else None,
        )


def way_for(
    services: Services,
    person: WaitingPerson,
    course: Course,
    placement: Placement,
    translated: Collection[Name],
) -> Route:
    """How it would reach the person on its day; `translated` names the templates that may go in other languages."""
    occurrence = placement.occurrence
    day = services.calendar.day_of(placement.at or occurrence.slot)
    own = own_words(person.row, occurrence.template, translated)
    not_asked = services.config.contact.not_asked
    return route(person.reachability(course.wait), occurrence.step.purpose, not_asked, day, own)


def _record(book: PlanBook, person: WaitingPerson, course: Course, placement: Placement, way: Route) -> None:
    if placement.at is None:
        book.message(person, course, placement, MessageState.EXPIRED, reason=placement.reason)
    elif way.channel is None:
        book.unsendable(person, course, placement, way)
    else:
        reason, channel = placement.reason, way.channel
        book.message(person, course, placement, MessageState.PLANNED, reason=reason, channel=channel)
