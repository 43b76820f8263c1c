"""The forecast: the coming 18 months by the planner's own rules, held against months that are lived through."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.forecast import Forecast, forecast
from outreach.actions.forecast_life import Future
from outreach.actions.forecast_runs import ask_forecast, make_forecasts
from outreach.actions.plan import replan
from outreach.actions.waits import WaitingPerson, load_people
from outreach.engines.jobs import tick
from outreach.models import Appointment, Enrolment, Message, Person, Referral
from outreach.models.base import new_id
from outreach.models.forecast import newest_run
from outreach.rules.fortunes import Chances, News, fortune
from outreach.rules.pathway import Dates
from outreach.rules.weeks import monday_of
from outreach.services import Services
from outreach.vocabulary import LEFT_US, AppointmentKind, MessageState, PreferredChannel, Role
from tests import cast
from tests.house import clock_of

WEEKS = 78
CHANCES = Chances(
    booking={AppointmentKind.ASSESSMENT: 0.08, AppointmentKind.TREATMENT: 0.04},
    missing=0.2,
    lead_days={AppointmentKind.ASSESSMENT: 35, AppointmentKind.TREATMENT: 49},
    accepting=0.15,
    ending=0.03,
    leaving=0.003,
)
Weekly = Counter[tuple[date, str]]


def everybody(services: Services, count: int) -> None:
    """People at every stage, on every channel, some long on the list and some new."""
    chance = random.Random(7)
    with services.begin() as session:
        for number in range(count):
            details = cast.another(
                mobile=f"+447700900{number:03}", email=f"p{number}@example.org", address="1 Test Row"
            )
            preferred = chance.choice((None, PreferredChannel.SMS, PreferredChannel.EMAIL))
            row = cast.person(session, services, details, preferred_channel=preferred)
            referred = services.now().date() - timedelta(days=chance.randint(1, 400))
            accepted = referred + timedelta(days=90) if chance.random() < 0.4 else None
            if accepted and accepted > services.now().date():
                accepted = None
            cast.referral(session, services, row, referred, local_id=f"R-{number}", accepted_on=accepted)


def people(services: Services) -> dict[str, WaitingPerson]:
    with services.read() as session:
        return load_people(session, services.keyring, list(session.scalars(select(Person.id))))


def forecast_of(
    services: Services, whom: Mapping[str, WaitingPerson], news: Mapping[str, list[News]], until: datetime
) -> Weekly:
    """Messages by week and channel."""
    with services.read() as session:
        schedules = in_force(session)
    counts: Weekly = Counter()
    for person_id, person in whom.items():
        future = Future(services, schedules, frozenset(), person)
        for each in future.live(news.get(person_id, []), services.now(), until):
            if each.route.channel:
                week = monday_of(services.calendar.day_of(each.at))
                counts[week, each.route.channel.value] += 1
    return counts


def fortunes(
    services: Services, whom: Mapping[str, WaitingPerson], until: datetime, seed: int
) -> dict[str, list[News]]:
    chance, now = random.Random(seed), services.now()
    return {
        person.id: [
            each
            for wait in person.waits
            for each in fortune(
                News(now, wait.id, wait.dates, tuple(wait.visits)), CHANCES, services.calendar, until, chance
            )
        ]
        for person in whom.values()
    }


def with_a_past(services: Services, count: int) -> None:
    """People referred over the last two years, to whom what usually happens has happened so far."""
    chance, now = random.Random(5), services.now()
    with services.begin() as session:
        for number in range(count):
            details = cast.another(mobile=f"+447700900{number:03}", email=f"p{number}@example.org")
            preferred = chance.choice((PreferredChannel.SMS, PreferredChannel.EMAIL))
            row = cast.person(session, services, details, preferred_channel=preferred, introduced_at=now)
            began = now - timedelta(days=chance.randint(3, 700))
            referral = cast.referral(
                session, services, row, began.date(), local_id=f"R-{number}", plans=False
            )
            start = News(began, referral.id, Dates(began.date()), ())
            booked: dict[str, datetime] = {}
            news = start
            for news in fortune(start, CHANCES, services.calendar, now, chance):
                booked |= {visit.row: news.at for visit in news.visits if visit.row not in booked}
            _write_down(session, referral, news, booked)
    with services.begin() as session:
        cast.replan_all(session, services)


def held_of(told: Forecast, happened: Weekly) -> float:
    """The part of all weeks, texts and emails apart, in which what happened is within the range."""
    held = [
        expected.holds(happened[week.monday, channel])
        for week in told.weeks
        for expected, channel in ((week.texts, "sms"), (week.emails, "email"))
    ]
    return sum(held) / len(held)


def _write_down(session: Session, referral: Referral, news: News, booked: Mapping[str, datetime]) -> None:
    referral.stage, referral.closed_on = news.stage, news.dates.closed_on
    referral.accepted_on, referral.therapy_ended_on = news.dates.accepted_on, news.dates.therapy_ended_on
    session.add_all(
        Appointment(
            id=new_id(),
            referral_id=referral.id,
            kind=visit.kind,
            on_date=visit.on,
            at_time=visit.at,
            attendance=visit.attendance,
            created_at=booked[visit.row],
        )
        for visit in news.visits
    )


@dataclass
class Lived:
    """The same months lived through by the real planner and sender, with the news as lists bring them."""

    services: Services
    news: Mapping[str, list[News]]
    rows: dict[tuple[str, str], str] = field(default_factory=dict)

    def until(self, end: datetime) -> Weekly:
        """Live to the end; what was sent by week and channel."""
        begins = self.services.now()
        agenda = sorted(
            ((each.at, whose, each) for whose, found in self.news.items() for each in found),
            key=lambda each: each[:2],
        )
        while True:
            now = self.services.now()
            due = self._next_due()
            news_at = agenda[0][0] if agenda else end
            at = min(max(due, now + timedelta(minutes=1)) if due else end, news_at)
            if at >= end:
                break
            clock_of(self.services).set(max(at, now))
            while agenda and agenda[0][0] <= self.services.now():
                _, whose, each = agenda.pop(0)
                self._learn(whose, each)
            tick(self.services)
        return self._counts(begins)

    def _next_due(self) -> datetime | None:
        with self.services.read() as session:
            found = [
                session.scalar(select(func.min(Enrolment.next_due_at)).where(Enrolment.ended_at.is_(None))),
                session.scalar(
                    select(func.min(Message.planned_for)).where(Message.state == MessageState.PLANNED)
                ),
            ]
        return min((each for each in found if each), default=None)

    def _learn(self, person_id: str, news: News) -> None:
        with self.services.begin() as session:
            referral = session.get_one(Referral, news.wait)
            referral.accepted_on, referral.therapy_ended_on = (
                news.dates.accepted_on,
                news.dates.therapy_ended_on,
            )
            referral.closed_on, referral.stage = news.dates.closed_on, news.stage
            for visit in news.visits:
                known = session.get(Appointment, visit.row)
                row = known or session.get(
                    Appointment, self.rows.setdefault((news.wait, visit.row), new_id())
                )
                if row is None:
                    row = Appointment(
                        id=self.rows[news.wait, visit.row],
                        referral_id=news.wait,
                        kind=visit.kind,
                        on_date=visit.on,
                        at_time=visit.at,
                        created_at=self.services.now(),
                    )
                    session.add(row)
                row.attendance = visit.attendance
            session.flush()
            replan(session, self.services, [person_id], self.services.now(), because="the list says so")

    def _counts(self, since: datetime) -> Weekly:
        with self.services.read() as session:
            query = select(Message.sending_at, Message.channel).where(
                Message.state.in_(LEFT_US), Message.sending_at >= since, Message.enrolment_id.is_not(None)
            )
            return Counter(
                (monday_of(self.services.calendar.day_of(at)), channel.value)
                for at, channel in session.execute(query)
                if at and channel
            )


def test_given_the_same_events_the_forecast_is_what_then_happens(sqlite_services: Services) -> None:
    services = sqlite_services
    everybody(services, 5)
    until = services.now() + timedelta(weeks=40)
    whom = people(services)
    news = fortunes(services, whom, until, seed=3)
    assert sum(map(len, news.values())) > 4
    told = forecast_of(services, whom, news, until)
    lived = Lived(services, news).until(until)
    assert sum(told.values()) > 20
    assert told == lived


def test_with_events_drawn_at_random_the_range_holds_at_least_85_of_100_weeks(
    sqlite_services: Services,
) -> None:
    """The truth is drawn from one set of rates, and the forecast rests on what lists have shown of them."""
    services = sqlite_services
    with_a_past(services, 200)
    whom, until = people(services), services.now() + timedelta(weeks=WEEKS)
    happened = forecast_of(services, whom, fortunes(services, whom, until, seed=11), until)
    told = forecast(services, services.now(), futures=20)
    assert held_of(told, happened) >= 0.85
    assert sum(each.texts.low for each in told.weeks) > 0, "a range that holds everything tells nothing"


def test_a_forecast_that_staff_asked_for_is_made_once(sqlite_services: Services) -> None:
    services = sqlite_services
    with_a_past(services, 3)
    with services.begin() as session:
        first = ask_forecast(session, services.now(), "Lee Lead")
        assert ask_forecast(session, services.now(), "Adi Admin").id == first.id
    assert (make_forecasts(services, services.now()), make_forecasts(services, services.now())) == (1, 0)
    with services.read() as session:
        run = newest_run(session)
    assert run
    assert run.result
    assert (run.done, len(run.result["weeks"])) == (run.of, 78)


def test_a_schedule_tried_out_changes_the_forecast_and_nobody_gets_anything_by_it(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    with_a_past(services, 10)
    with services.read() as session:
        standing = in_force(session)
    fewer = {
        key: replace(each, steps=tuple(step for step in each.steps if step.key != "check-in"))
        for key, each in standing.items()
    }
    now = services.now()
    told, tried = (forecast(services, now, futures=5, schedules=each) for each in (None, fewer))
    assert 0 < tried.total("texts") < told.total("texts")
    with services.read() as session:
        assert in_force(session) == standing


def test_weeks_without_peer_workers_do_not_fit(sqlite_services: Services) -> None:
    with_a_past(sqlite_services, 10)
    told = forecast(sqlite_services, sqlite_services.now(), futures=5)
    assert told.tight_weeks
    with sqlite_services.begin() as session:
        cast.staff(session, sqlite_services, "Pat Peer", Role.PEER_WORKER, hours=True)
    assert len(forecast(sqlite_services, sqlite_services.now(), futures=5).tight_weeks) < len(
        told.tight_weeks
    )
