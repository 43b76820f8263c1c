"""The made-up team: two half-time peer workers, a lead, two clinicians, an admin and an analyst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from outreach.actions.directory import Entry, add_activity
from outreach.actions.group_sessions import NewSession, set_session
from outreach.actions.staff import NewMember, OnDuty, add_member, fill_rota, set_hours
from outreach.models import StaffMember
from outreach.rules.calendar import Calendar
from outreach.rules.hours import Span
from outreach.vocabulary import Access, ActivityKind, Role

WHO = "outreach demo"
LONG: Sequence[Span] = ((time(9, 30), time(12, 30)), (time(13, 0), time(16, 30)))
SHORT: Sequence[Span] = ((time(9, 30), time(13, 0)),)
LATE: Sequence[Span] = ((time(13, 0), time(16, 30)),)

ROTA_AHEAD = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class Team:
    """Everybody, by what they do."""

    nadia: StaffMember
    tom: StaffMember
    lead: StaffMember
    clinician: StaffMember
    deputy: StaffMember
    admin: StaffMember

    @property
    def peers(self) -> tuple[StaffMember, StaffMember]:
        """Both peer workers."""
        return self.nadia, self.tom

    def reader_on(self, day: date) -> StaffMember:
        """Who reads replies: the peer worker who works that day."""
        return self.nadia if day.weekday() < 3 else self.tom


HOURS: Mapping[str, Mapping[int, Sequence[Span]]] = {
    "nadia": {0: LONG, 1: LONG, 2: SHORT},
    "tom": {2: LATE, 3: LONG, 4: LONG},
}


def make_team(session: Session, now: datetime) -> Team:
    """Take the team in, with hours."""

    def join(
        name: str, role: Role, number: int, languages: Sequence[str] = (), **more: Sequence[str]
    ) -> StaffMember:
        email = f"{name.rsplit(maxsplit=1)[-1].lower()}@example.org"
        new = NewMember(name, role, email, f"07700 900{number}", languages, more.get("backgrounds", ()))
        return add_member(session, new, now, who=WHO)

    nadia = join("Nadia Rahman", Role.PEER_WORKER, 990, ("en", "bn", "ur"), backgrounds=("Bangladeshi",))
    tom = join("Tom Ellis", Role.PEER_WORKER, 991, ("en", "pl"), backgrounds=("White British",))
    lead = join("Ruth Mensah", Role.PEER_LEAD, 992)
    clinician = join("Helen Marsh", Role.CLINICIAN, 993)
    deputy = join("Ade Bello", Role.CLINICIAN, 994)
    admin = join("Joanne Pike", Role.ADMIN, 995)
    join("Wei Chen", Role.ANALYST, 996)
    session.flush()
    for member, hours in ((nadia, HOURS["nadia"]), (tom, HOURS["tom"])):
        set_hours(session, member, hours, now, who=WHO)
    return Team(nadia, tom, lead, clinician, deputy, admin)


def fill_whole_rota(
    session: Session, calendar: Calendar, team: Team, days: tuple[date, date], now: datetime
) -> None:
    """Somebody reads, and a clinician with a deputy is there, on every working day from the first to the last."""
    day, last = days
    while day <= last:
        if calendar.is_working_day(day):
            on_duty = OnDuty(team.reader_on(day), team.clinician, team.deputy)
            fill_rota(session, calendar, day, on_duty, now, who=WHO)
        day += timedelta(days=1)


def add_activities(
    session: Session, calendar: Calendar, team: Team, now: datetime, meets_at: datetime
) -> None:
    """A small directory, and a co-run group that meets soon."""
    today = calendar.day_of(now)
    review = today + timedelta(days=330)
    soon = today + timedelta(days=120)  # has passed by the time somebody tries the demo
    entries = (
        Entry(
            "Northside walking group",
            ActivityKind.PHYSICAL_HEALTH,
            review,
            about="An easy hour by the canal, at the pace of the slowest.",
            when="Tuesdays, 10:30",
            place="Canal Street car park",
            districts=("ZZ99",),
            access=(Access.STEP_FREE,),
            cost="free",
            contact="020 7946 0101",
        ),
        Entry(
            "Allotment mornings",
            ActivityKind.SOCIAL,
            soon,
            about="Tea first, digging for those who like.",
            when="Saturdays, 10:00",
            place="Willow Lane allotments",
            districts=("ZZ99",),
            cost="free",
            contact="020 7946 0102",
        ),
    )
    for entry in entries:
        add_activity(session, entry, team.nadia, now=now, today=today)
    group = Entry(
        "Waiting together",
        ActivityKind.SOCIAL,
        review,
        is_group=True,
        about="A small group of people who wait, with Nadia and Tom.",
        when="every second Wednesday, 14:00",
        place="Willow House, room 3",
        districts=("ZZ99",),
        access=(Access.STEP_FREE, Access.QUIET_SPACE),
        cost="free",
        contact="020 7946 0000",
    )
    activity = add_activity(session, group, team.tom, now=now, today=today)
    session.flush()
    new = NewSession(meets_at, meets_at + timedelta(minutes=90), "Willow House, room 3", 8)
    set_session(session, activity, new, team.tom, now)
