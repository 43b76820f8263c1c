"""A person's enrolments under way, and when each of their messages would go."""

from dataclasses import dataclass
from datetime import datetime, time

from outreach.actions.waits import Place, Wait, WaitingPerson
from outreach.rules.cadence import (
    Anchor,
    Occurrence,
    Schedule,
    Standing,
    is_recorded,
    next_occurrence,
    occurrences,
)
from outreach.rules.calendar import Calendar
from outreach.rules.pathway import anchors_of, review_on
from outreach.rules.placing import Placement, lay_out


@dataclass(frozen=True, slots=True)
class Course:
    """One enrolment under way, with all that decides its dates."""

    wait: Wait
    place: Place
    schedule: Schedule
    anchors: tuple[Anchor, ...]
    standing: Standing

    def coming(self, calendar: Calendar, until: datetime, appointments_until: datetime) -> list[Occurrence]:
        """What is not on record yet and due by `until`, or by then about an appointment."""
        due = occurrences(
            self.schedule,
            self.anchors,
            self.standing,
            calendar,
            until,
            appointments_until=appointments_until,
        )
        return [each for each in due if not is_recorded(each.step, each.key, self.place.recorded)]

    def following(self, calendar: Calendar) -> Occurrence | None:
        """The earliest occurrence that is not on record."""
        return next_occurrence(self.schedule, self.anchors, self.standing, self.place.recorded, calendar)

    def next_due_at(self, following: Occurrence | None, calendar: Calendar, now: datetime) -> datetime | None:
        """When planning must look again: for what follows, or the day a missing attendance code is given up on."""
        review = review_on(self.wait.visits, calendar.day_of(now))
        moments = [
            following.slot if following else None,
            calendar.at(review, calendar.opens) if review else None,
        ]
        return min((moment for moment in moments if moment), default=None)

    def counts_from(self, step_key: str, anchor_row: str) -> bool:
        """This step still exists and its anchor still stands."""
        step = next((step for step in self.schedule.steps if step.key == step_key), None)
        if step is None or self._is_over(step.until):
            return False
        return any(anchor.kind is step.anchor and anchor.row == anchor_row for anchor in self.anchors)

    def _is_over(self, until: object) -> bool:
        return until is not None and any(anchor.kind is until for anchor in self.anchors)


def courses_of(
    person: WaitingPerson, schedules: dict[str, Schedule], calendar: Calendar, now: datetime
) -> list[Course]:
    """The person's enrolments that have not ended."""
    return [
        _course(
            person, wait, place, schedules[place.schedule].allotted_to(person.id), calendar=calendar, now=now
        )
        for wait in person.waits
        for place in wait.places.values()
        if place.ended_at is None and place.schedule in schedules
    ]


def _course(
    person: WaitingPerson, wait: Wait, place: Place, schedule: Schedule, *, calendar: Calendar, now: datetime
) -> Course:
    started = place.started_at
    if schedule.begins_on:
        started = max(started, calendar.at(schedule.begins_on, time.min))
    return Course(
        wait,
        place,
        schedule,
        tuple(anchors_of(wait.dates, wait.visits, calendar.day_of(now))),
        Standing(started, place.first_contact_on, person.introduced_at is not None),
    )


def lay_out_courses(
    person: WaitingPerson,
    courses: list[Course],
    *,
    now: datetime,
    until: datetime,
    calendar: Calendar,
    gap_days: int,
) -> list[tuple[Course, Placement]]:
    """Everything that would go to this person until then, each with its moment or the reason why not.

    The part of the day in which they like to hear from us counts like closed hours do.
    Looks for appointments as far as the first contact at least: everything else has to wait for it, and may then
    have to yield to them. What is due after `until` comes last in line, so that it can be left out.
    """
    calendar, appointments_until = person.calendar(calendar), until
    first_contacts = [day for course in courses if (day := course.standing.first_contact_on)]
    if first_contacts and person.introduced_at is None:
        appointments_until = max(until, calendar.at(max(first_contacts), calendar.closes))
    coming = [
        (course, each) for course in courses for each in course.coming(calendar, until, appointments_until)
    ]
    owner = {id(each): course for course, each in coming}
    placements = lay_out(
        [each for _, each in coming],
        now=now,
        calendar=calendar,
        gap_days=gap_days,
        contacts=person.contacts,
        introduced=person.introduced_at is not None,
    )
    return [(owner[id(placement.occurrence)], placement) for placement in placements]
