"""Who works here, when, and who is on duty: add a member, set hours, record leave, fill the rota."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from outreach.errors import NotFoundError, RefusedError
from outreach.models import Duty, Leave, StaffMember, WorkingHours
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.staff import duty_on
from outreach.rules.addresses import read_email, read_mobile
from outreach.rules.calendar import Calendar
from outreach.rules.hours import Span
from outreach.vocabulary import Role


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody who joins. Languages and backgrounds are those a peer worker chooses to share."""

    name: str
    role: Role
    email: str = ""
    mobile: str = ""
    languages: Sequence[str] = ()
    backgrounds: Sequence[str] = ()


def member_called(session: Session, name: str) -> StaffMember:
    """The member of staff with this name, however it is capitalised; NotFoundError otherwise."""
    wanted = " ".join(name.split()).casefold()
    found = next((each for each in _current(session) if each.name.casefold() == wanted), None)
    if found is None:
        raise NotFoundError(f"nobody on the staff is called {name!r}; `outreach staff list` shows the names")
    return found


def hands_on(session: Session, name: str) -> StaffMember:
    """A named member of staff who may work with people's records; analysts see no names and no words."""
    member = member_called(session, name)
    if member.role is Role.ANALYST:
        raise RefusedError("an analyst sees no names and no words of people; ask somebody of the team")
    return member


def _current(session: Session) -> list[StaffMember]:
    return list(session.scalars(select(StaffMember).where(StaffMember.left_at.is_(None))))


def add_member(session: Session, new: NewMember, now: datetime, *, who: str) -> StaffMember:
    """Take in a member of staff, each name once. Raises RefusedError, or ContactError for an unusable address."""
    name = " ".join(new.name.split())
    if not name:
        raise RefusedError("a member of staff needs a name")
    if any(name.casefold() == known.casefold() for known in session.scalars(select(StaffMember.name))):
        raise RefusedError(f"somebody called {name!r} is on record already; add a surname or an initial")
    member = StaffMember(
        id=new_id(),
        name=name,
        role=new.role,
        email=read_email(new.email) if new.email else None,
        mobile=read_mobile(new.mobile) if new.mobile else None,
        languages=[each.lower() for each in tidied(new.languages)],
        backgrounds=tidied(new.backgrounds),
        joined_at=now,
    )
    session.add(member)
    note(session, now, who, "joined", member, role=new.role.value)
    return member


def tidied(words: Sequence[str]) -> list[str]:
    """Without blanks around them, and without blank ones."""
    return [each.strip() for each in words if each.strip()]


def set_hours(
    session: Session, member: StaffMember, week: Mapping[int, Sequence[Span]], now: datetime, *, who: str
) -> None:
    """Replace the hours of these weekdays (Monday 0); no spans mean a day off, other weekdays stay as they are."""
    for spans in week.values():
        _must_be_in_order(spans)
    session.execute(
        delete(WorkingHours).where(WorkingHours.staff_id == member.id, WorkingHours.weekday.in_(week))
    )
    session.add_all(
        WorkingHours(staff_id=member.id, weekday=weekday, starts=starts, ends=ends)
        for weekday, spans in week.items()
        for starts, ends in spans
    )
    note(session, now, who, "set hours", member, weekdays=sorted(week))


def _must_be_in_order(spans: Sequence[Span]) -> None:
    walls = [wall for span in sorted(spans) for wall in span]
    if any(later <= earlier for earlier, later in pairwise(walls)):
        raise RefusedError("hours end after they start and do not overlap; write them as 09:30-15:30")


def add_leave(
    session: Session, member: StaffMember, first: date, last: date, now: datetime, *, who: str
) -> list[date]:
    """Record days away, first and last included; returns the duty days in them, which need somebody else."""
    if last < first:
        raise RefusedError("the last day of leave is before the first")
    same = select(Leave).where(Leave.staff_id == member.id, Leave.first == first, Leave.last == last)
    if session.scalar(same) is None:
        session.add(Leave(staff_id=member.id, first=first, last=last))
        note(session, now, who, "goes on leave", member, first=first.isoformat(), last=last.isoformat())
    on_duty = or_(Duty.reader_id == member.id, Duty.clinician_id == member.id, Duty.deputy_id == member.id)
    return list(
        session.scalars(select(Duty.day).where(Duty.day.between(first, last), on_duty).order_by(Duty.day))
    )


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who reads replies, and which clinician, with which deputy, is there for a possible crisis."""

    reader: StaffMember
    clinician: StaffMember
    deputy: StaffMember | None = None

    @property
    def everybody(self) -> list[StaffMember]:
        """All of them."""
        return [self.reader, self.clinician, *([self.deputy] if self.deputy else [])]


@dataclass(frozen=True, slots=True)
class Filled:
    """The days that were set, and those left out because somebody is away, each with who."""

    days: list[date]
    left_out: list[tuple[date, str]]


def fill_rota(
    session: Session,
    calendar: Calendar,
    first: date,
    on_duty: OnDuty,
    now: datetime,
    *,
    who: str,
    weeks: int = 0,
) -> Filled:
    """Set who is on duty on a working day, or with `weeks` on every working day of that many weeks from it.

    Days on which one of them is away are left out and told. RefusedError when no day could be set.
    """
    _must_fit(on_duty)
    span = [first + timedelta(days=offset) for offset in range(max(weeks * 7, 1))]
    working = [day for day in span if calendar.is_working_day(day)]
    if not working:
        raise RefusedError(f"{calendar.day_name(first)} is no working day")
    away = [(day, _who_is_away(session, on_duty, day)) for day in working]
    days = [day for day, name in away if not name]
    left_out = [(day, name) for day, name in away if name]
    if not days:
        raise RefusedError(
            f"{left_out[0][1]} is on leave on {calendar.day_name(first)}; choose somebody else"
        )
    for day in days:
        _set_duty(session, day, on_duty, now, who)
    return Filled(days, left_out)


def _must_fit(on_duty: OnDuty) -> None:
    if on_duty.reader.role is Role.ANALYST:
        raise RefusedError("an analyst sees no words of people; choose another reader")
    clinicians = [on_duty.clinician, *([on_duty.deputy] if on_duty.deputy else [])]
    for member in clinicians:
        if member.role is not Role.CLINICIAN:
            raise RefusedError(f"{member.name} is no clinician; the duty clinician and the deputy must be")
    if on_duty.clinician is on_duty.deputy:
        raise RefusedError("the deputy must be somebody other than the duty clinician")


def _who_is_away(session: Session, on_duty: OnDuty, day: date) -> str:
    """The name of somebody on duty who has leave on this day; empty when all are there."""
    ids = {member.id: member.name for member in on_duty.everybody}
    query = select(Leave.staff_id).where(Leave.staff_id.in_(ids), Leave.first <= day, Leave.last >= day)
    found = session.scalar(query.limit(1))
    return ids[found] if found else ""


def _set_duty(session: Session, day: date, on_duty: OnDuty, now: datetime, who: str) -> None:
    row = duty_on(session, day)
    if row is None:
        row = Duty(day=day)
        session.add(row)
    row.reader_id, row.clinician_id = on_duty.reader.id, on_duty.clinician.id
    row.deputy_id = on_duty.deputy.id if on_duty.deputy else None
    note(session, now, who, "set duty", row, day=day.isoformat())


def rota(session: Session, calendar: Calendar, first: date, days: int) -> list[tuple[date, list[str]]]:
    """Each working day from `first` with the names of reader, clinician and deputy; blank where nobody is named."""
    names = dict(session.execute(select(StaffMember.id, StaffMember.name)).all())
    span = [first + timedelta(days=offset) for offset in range(days)]
    rows = {row.day: row for row in session.scalars(select(Duty).where(Duty.day.between(span[0], span[-1])))}
    return [(day, _names(rows.get(day), names)) for day in span if calendar.is_working_day(day)]


def _names(row: Duty | None, names: dict[str, str]) -> list[str]:
    ids = (row.reader_id, row.clinician_id, row.deputy_id) if row else (None, None, None)
    return [names.get(each or "", "") for each in ids]


def member_records(session: Session) -> list[dict[str, object]]:
    """Everyone who works here, by name, with their weekly hours."""
    hours: dict[str, list[WorkingHours]] = {}
    for row in session.scalars(select(WorkingHours).order_by(WorkingHours.weekday, WorkingHours.starts)):
        hours.setdefault(row.staff_id, []).append(row)
    return [
        {
            "id": member.id,
            "name": member.name,
            "role": member.role.value,
            "email": member.email,
            "mobile": member.mobile,
            "languages": member.languages,
            "backgrounds": member.backgrounds,
            "hours": [
                f"{WEEKDAYS[row.weekday]} {row.starts:%H:%M}-{row.ends:%H:%M}"
                for row in hours.get(member.id, [])
            ],
        }
        for member in sorted(_current(session), key=lambda each: each.name)
    ]


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
