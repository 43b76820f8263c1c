"""When a reply will truly be read, and who hears of a possible crisis when."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from outreach.rules.calendar import Calendar

NOON = time(12, 0)


class Hears(StrEnum):
    """Who is alerted."""

    CLINICIAN = "clinician"
    DEPUTY = "deputy"
    LEAD = "lead"


def is_reading_day(day: date, reading_days: AbstractSet[date] | None, calendar: Calendar) -> bool:
    """Somebody reads replies on this day; without a rota (None) every working day counts."""
    return calendar.is_working_day(day) and (reading_days is None or day in reading_days)


def read_by(received: datetime, reading_days: AbstractSet[date] | None, calendar: Calendar) -> datetime:
    """The moment by which a person will have read this: noon of the next reading day, always within one."""
    day = calendar.day_of(received)
    for _ in range(60):
        day += timedelta(days=1)
        if is_reading_day(day, reading_days, calendar):
            return calendar.at(day, NOON)
    return calendar.at(calendar.working_day_after(calendar.day_of(received)), NOON)


def read_by_in_words(moment: datetime, now: datetime, calendar: Calendar) -> str:
    """As people say it: "Thursday noon", or with the date when it is a week away or more."""
    local = calendar.local(moment)
    if local.date() - calendar.day_of(now) < timedelta(days=7):
        return f"{local:%A} noon"
    return f"noon on {calendar.day_name(local.date())}"


def invites_answers(day: date, reading_days: AbstractSet[date] | None, calendar: Calendar) -> bool:
    """A text that invites an answer may go today: somebody reads today, and on the next working day as well."""
    if reading_days is None:
        return True
    following = calendar.working_day_after(day)
    return is_reading_day(day, reading_days, calendar) and is_reading_day(following, reading_days, calendar)


FIRST_ALERTS = (timedelta(), timedelta(minutes=15), timedelta(minutes=60))
HOURLY = timedelta(hours=1)


def first_alert_at(opened: datetime, calendar: Calendar, *, on_call: bool) -> datetime:
    """The moment itself; out of hours without anybody on call, when the next working day opens."""
    return opened if on_call or _is_open_hours(opened, calendar) else _next_opening(opened, calendar)


def _next_opening(moment: datetime, calendar: Calendar) -> datetime:
    day = calendar.day_of(moment)
    if calendar.is_working_day(day) and moment < calendar.at(day, calendar.opens):
        return calendar.at(day, calendar.opens)
    return calendar.at(calendar.working_day_after(day), calendar.opens)


def _is_open_hours(moment: datetime, calendar: Calendar) -> bool:
    local = calendar.local(moment)
    return calendar.is_working_day(local.date()) and calendar.opens <= local.time() < calendar.closes


def alert_after(first: datetime, sent: int) -> datetime:
    """When the alert that follows `sent` alerts is due: after 0, 15 and 60 minutes, then every hour."""
    if sent < len(FIRST_ALERTS):
        return first + FIRST_ALERTS[sent]
    return first + FIRST_ALERTS[-1] + HOURLY * (sent - len(FIRST_ALERTS) + 1)


def who_hears(sent: int) -> tuple[Hears, ...]:
    """The duty clinician first; after an hour the deputy and the lead as well, until somebody acknowledges."""
    if sent < len(FIRST_ALERTS):
        return (Hears.CLINICIAN,)
    return (Hears.DEPUTY, Hears.LEAD)
