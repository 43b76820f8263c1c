"""Somebody who asked for letters only, lived through: the whole pathway comes on paper, and nobody is forgotten."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import func, select

from outreach.actions.plan import replan
from outreach.engines.jobs import tick
from outreach.models import Appointment, Enrolment, Letter, Message, Referral, Task
from outreach.models.base import new_id
from outreach.rules.pathway import Dates, Visit, stage_of
from outreach.services import Services
from outreach.vocabulary import LEFT_US, AppointmentKind, Attendance
from tests.actions.test_letters import letty, post_all
from tests.house import clock_of

TWELVE_WEEKS = timedelta(weeks=12)


class Pathway:
    """One person's whole pathway, at the moments at which anything is due; staff print and post every day."""

    def __init__(self, services: Services, person_id: str, referral_id: str) -> None:
        self._services, self._person, self._referral = services, person_id, referral_id

    def until(self, day: date) -> None:
        """Live from now to this day."""
        clock, end = clock_of(self._services), datetime.combine(day, time(8), UTC)
        for at in self._moments(end):
            clock.set(at)
            tick(self._services)
            post_all(self._services)
        clock.set(end)

    def _moments(self, end: datetime) -> Iterator[datetime]:
        """Whenever an enrolment is due or a letter is wanted, and at least once a fortnight."""
        while True:
            now = self._services.now()
            with self._services.read() as session:
                due = session.scalar(
                    select(func.min(Enrolment.next_due_at)).where(Enrolment.ended_at.is_(None))
                )
                wanted = session.scalar(
                    select(func.min(Letter.wanted_at)).where(
                        Letter.printed_at.is_(None), Letter.undone_at.is_(None)
                    )
                )
            moments = [each for each in (due, wanted) if each]
            at = max(min(moments, default=end), now + timedelta(minutes=1))
            if at >= end:
                return
            yield at

    def learns(self, attendance: Attendance | None = None, **dates: date) -> None:
        """The list brings new dates, or the attendance of the last appointment."""
        with self._services.begin() as session:
            referral = session.get_one(Referral, self._referral)
            for name, value in dates.items():
                setattr(referral, name, value)
            visits = list(
                session.scalars(
                    select(Appointment)
                    .where(Appointment.referral_id == referral.id)
                    .order_by(Appointment.on_date)
                )
            )
            if attendance:
                visits[-1].attendance = attendance
            self._settle(session, referral, visits)

    def books(self, kind: AppointmentKind, on: date) -> None:
        """An appointment is booked."""
        with self._services.begin() as session:
            row = Appointment(
                id=new_id(),
                referral_id=self._referral,
                kind=kind,
                on_date=on,
                at_time=time(10, 30),
                place="Willow House",
                created_at=self._services.now(),
            )
            session.add(row)
            session.flush()
            replan(session, self._services, [self._person], self._services.now(), because="booked")

    def _settle(self, session: object, referral: Referral, visits: list[Appointment]) -> None:
        known = Dates(
            referral.referred_on, referral.accepted_on, referral.therapy_ended_on, referral.closed_on
        )
        seen = [
            Visit(each.id, each.kind, each.on_date, each.at_time, each.place, each.attendance, False)
            for each in visits
        ]
        referral.stage = stage_of(known, seen)
        session.flush()  # type: ignore[attr-defined]
        replan(session, self._services, [self._person], self._services.now(), because="news")  # type: ignore[arg-type]


def test_a_letter_only_person_gets_the_whole_pathway_on_paper_and_is_never_left_for_twelve_weeks(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    pathway = Pathway(services, *letty(services))
    begins = services.now()
    pathway.until(date(2026, 9, 1))
    pathway.books(AppointmentKind.ASSESSMENT, date(2026, 10, 6))
    pathway.until(date(2026, 10, 7))
    pathway.learns(Attendance.SEEN_ON_TIME)
    pathway.until(date(2026, 11, 20))
    pathway.learns(accepted_on=date(2026, 11, 19))
    pathway.until(date(2028, 4, 3))
    pathway.books(AppointmentKind.TREATMENT, date(2028, 5, 16))
    pathway.until(date(2028, 5, 17))
    treated = services.now()
    pathway.learns(Attendance.SEEN_ON_TIME)
    pathway.until(date(2028, 9, 1))
    pathway.learns(therapy_ended_on=date(2028, 10, 10))
    pathway.until(date(2029, 1, 10))

    with services.read() as session:
        messages = list(session.scalars(select(Message)))
        by_letter = {each.message_id: each for each in session.scalars(select(Letter))}
        by_call = {each.message_id: each for each in session.scalars(select(Task))}
    assert not [each for each in messages if each.state in LEFT_US or each.channel]
    skipped = [each for each in messages if each.state.value == "expired"]
    for message in messages:
        assert message in skipped or (message.id in by_letter) != (message.id in by_call), message.step
    assert all(each.posted_at for each in by_letter.values())
    assert {each.step for each in messages} >= {
        "first-contact",
        "check-in",
        "reminder-7",
        "reminder-2",
        "ended",
    }
    heard = sorted(each.posted_at for each in by_letter.values() if each.posted_at)
    waiting = [begins, *[each for each in heard if each < treated], treated]
    assert max(later - earlier for earlier, later in pairwise(waiting)) <= TWELVE_WEEKS
