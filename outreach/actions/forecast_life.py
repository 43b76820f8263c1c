"""Lives one person's future through, with the placing that the planner uses: what they would get, and when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from outreach.actions.courses import Course, courses_of, lay_out_courses
from outreach.actions.own_words import Name
from outreach.actions.plan import way_for
from outreach.actions.waits import Place, Wait, WaitingPerson
from outreach.rules.cadence import Schedule
from outreach.rules.contact import Route
from outreach.rules.fortunes import News
from outreach.rules.pathway import review_on
from outreach.rules.placing import Placement
from outreach.services import Services
from outreach.vocabulary import Instead


@dataclass(frozen=True, slots=True)
class Coming:
    """One step that will reach somebody: as a message on a channel, as a letter, or as a call by staff."""

    at: datetime
    schedule: str
    step: str
    template: str
    route: Route
    language: str
    invites_call: bool


@dataclass(slots=True)
class Future:
    """One person in one possible future. The person given is left as it is."""

    services: Services
    schedules: Mapping[str, Schedule]
    translated: Collection[Name]
    person: WaitingPerson
    coming: list[Coming] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.person = _copy(self.person)

    def live(self, news: Sequence[News], now: datetime, until: datetime) -> list[Coming]:
        """Everything that reaches this person between the two moments (UTC), if this is the news."""
        at = now
        for each in sorted(news, key=lambda each: each.at):
            at = self._pass(at, each.at)
            self._learn(each)
        self._pass(at, until)
        return self.coming

    def _pass(self, at: datetime, until: datetime) -> datetime:
        """Time passes without news; where an attendance stays unknown, its appointment stops counting meanwhile."""
        calendar = self.services.calendar
        while at < until:
            today = calendar.day_of(at)
            reviews = [day for wait in self.person.waits if (day := review_on(wait.visits, today))]
            ends = min((calendar.at(day, calendar.opens) for day in reviews if day > today), default=until)
            self._place(at, min(ends, until))
            at = min(ends, until)
        return at

    def _place(self, now: datetime, until: datetime) -> None:
        person, calendar = self.person, self.services.calendar
        courses = courses_of(person, dict(self.schedules), calendar, now)
        placed = lay_out_courses(
            person, courses, now=now, until=until, calendar=calendar, gap_days=self.services.gap_days
        )
        for course, placement in placed:
            if (placement.at or placement.occurrence.slot) < until:
                self._record(course, placement)

    def _record(self, course: Course, placement: Placement) -> None:
        occurrence, at = placement.occurrence, placement.at
        course.place.recorded.add((occurrence.step.key, occurrence.key))
        if at is None:
            return
        way = way_for(self.services, self.person, course, placement, self.translated)
        if way.channel is None and way.instead is None:
            return
        step = occurrence.step
        if way.instead is not Instead.CALL:
            self.person.contacts.append((at, step.purpose))
        if way.channel:
            self.person.introduced_at = self.person.introduced_at or at
        self.coming.append(
            Coming(
                at,
                course.schedule.key,
                step.key,
                occurrence.template,
                way,
                self.person.row.language,
                step.invites_call,
            )
        )

    def _learn(self, news: News) -> None:
        """The list says something new: schedules end and begin as the planner would have it."""
        wait = next(each for each in self.person.waits if each.id == news.wait)
        wait.dates, wait.visits, wait.stage = news.dates, list(news.visits), news.stage
        wanted = {key: each for key, each in self.schedules.items() if each.stage is wait.stage}
        for place in wait.places.values():
            if place.schedule not in wanted:
                place.ended_at = place.ended_at or news.at
        for key in wanted:
            former = wait.places.get(key)
            if former is None or former.ended_at is not None:
                recorded = former.recorded if former else set()
                name = f"{wait.id}-{key}"
                wait.places[key] = Place(name, key, news.at, None, None, None, recorded)


def _copy(person: WaitingPerson) -> WaitingPerson:
    """What is planned and has not left is placed again, as the planner does when it learns something."""
    waits = [_copy_of_wait(wait) for wait in person.waits]
    unsent = {(each.enrolment_id, each.step, each.occurrence) for each in person.unsent if each.enrolment_id}
    for wait in waits:
        for place in wait.places.values():
            place.recorded = {
                (step, key) for step, key in place.recorded if (place.id, step, key) not in unsent
            }
    planned = [(each.planned_for, each.purpose) for each in person.unsent if each.enrolment_id]
    contacts = list(person.contacts)
    for each in planned:
        contacts.remove(each)
    return replace(person, waits=waits, contacts=contacts, reached=[], _reachability={})


def _copy_of_wait(wait: Wait) -> Wait:
    places = {key: replace(place, recorded=set(place.recorded)) for key, place in wait.places.items()}
    return replace(wait, visits=list(wait.visits), places=places)
