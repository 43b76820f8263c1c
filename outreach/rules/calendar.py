"""Local wall-clock windows: when something may be handed over, and the nearest moment when it may."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from outreach.vocabulary import DayPart

LAST_MINUTES = timedelta(minutes=10)
"""Nothing is handed over in the last minutes of a window: the provider needs them to deliver."""

ROOM_TO_SEND = timedelta(hours=1)
"""A moment pulled back from after closing time leaves the sender this long."""

A_DAY = timedelta(days=1)

MIDDAY = time(12, 0)
LEAST_MINUTES = 60
"""A wish for a part of the day gives way where it would leave less than this to send in."""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Sending hours on local working days. `weekdays` are numbers (Monday 0), `holidays` local dates.

    Instants go in and come out as aware UTC datetimes; days and wall times are local. At least one weekday is needed.
    """

    zone: ZoneInfo
    opens: time
    closes: time
    weekdays: frozenset[int]
    holidays: frozenset[date]

    def local(self, instant: datetime) -> datetime:
        """The same instant on the local clock."""
        return instant.astimezone(self.zone)

    def day_of(self, instant: datetime) -> date:
        """The local date of an instant."""
        return _day(self.zone, instant)

    def at(self, day: date, wall: time) -> datetime:
        """The instant of a local wall time: the first of two, and an hour on where the clock jumps over it."""
        return _instant(self.zone, day, wall)

    def is_working_day(self, day: date) -> bool:
        """Messages may go on this day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def is_open(self, instant: datetime) -> bool:
        """Something may be handed over at this instant."""
        day = self.day_of(instant)
        return self.is_working_day(day) and self.at(day, self.opens) <= instant < self.stops_at(day)

    def closes_at(self, instant: datetime) -> datetime:
        """The end of the window on the instant's local day."""
        return self.at(self.day_of(instant), self.closes)

    def next_slot(self, instant: datetime) -> datetime:
        """The first open instant from this one on, at the same wall time where a closed day moves it."""
        return _next_slot(self, instant)

    def previous_slot(self, instant: datetime) -> datetime:
        """The same wall time, clipped into the window, on the latest working day that is not after the instant's."""
        local = self.local(instant)
        day = local.date() if self.is_working_day(local.date()) else self.working_day_before(local.date())
        moved = max(self.at(day, local.time()), self.at(day, self.opens))
        if moved < self.stops_at(day):
            return moved
        return max(self.at(day, self.opens), self.at(day, self.closes) - ROOM_TO_SEND)

    def working_day_after(self, day: date, n: int = 1) -> date:
        """The n-th working day after this day."""
        for _ in range(n):
            day += A_DAY
            while not self.is_working_day(day):
                day += A_DAY
        return day

    def working_day_before(self, day: date, n: int = 1) -> date:
        """The n-th working day before this day."""
        for _ in range(n):
            day -= A_DAY
            while not self.is_working_day(day):
                day -= A_DAY
        return day

    def why_closed(self, instant: datetime) -> str:
        """Why nothing is sent at this instant, for people to read; empty when something may be."""
        if self.is_open(instant):
            return ""
        day = self.day_of(instant)
        if day in self.holidays:
            return f"{self.day_name(day)} is a bank holiday"
        if day.weekday() not in self.weekdays:
            return f"nothing is sent on {day:%A}s"
        if instant < self.at(day, self.opens):
            return f"nothing is sent before {self.time_name(self.opens)}"
        return f"nothing is sent after {self.time_name(self.local(self.stops_at(day)).time())}"

    def day_name(self, day: date) -> str:
        """As people say a date: "Tuesday 3 March"."""
        return _day_name(day)

    def time_name(self, wall: time) -> str:
        """As people say a time: "10am", "2:30pm", "midday"."""
        if wall.minute == 0 and wall.hour in (0, 12):
            return "midday" if wall.hour else "midnight"
        minutes = f":{wall:%M}" if wall.minute else ""
        return f"{wall.hour % 12 or 12}{minutes}{'am' if wall.hour < 12 else 'pm'}"

    def in_words(self, instant: datetime) -> str:
        """As people say an instant: "Tuesday 3 March 2026 at 2:30pm"."""
        local = self.local(instant)
        return f"{self.day_name(local.date())} {local.year} at {self.time_name(local.time())}"

    def stops_at(self, day: date) -> datetime:
        """From this instant on nothing more is handed over on that day."""
        return self.at(day, self.closes) - LAST_MINUTES


# Planning asks for the same days and times again and again, for everybody who waits.
_remembered = lru_cache(maxsize=16_384)


@_remembered
def _instant(zone: ZoneInfo, day: date, wall: time) -> datetime:
    return datetime.combine(day, wall.replace(fold=0), zone).astimezone(UTC)


@_remembered
def _day(zone: ZoneInfo, instant: datetime) -> date:
    return instant.astimezone(zone).date()


@_remembered
def _day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


@_remembered
def _next_slot(calendar: Calendar, instant: datetime) -> datetime:
    local = calendar.local(instant)
    day = local.date()
    if calendar.is_working_day(day):
        if instant < calendar.stops_at(day):
            return max(instant.astimezone(UTC), calendar.at(day, calendar.opens))
        return calendar.at(calendar.working_day_after(day), calendar.opens)
    following = calendar.working_day_after(day)
    moved = calendar.at(following, local.time())
    inside = calendar.at(following, calendar.opens) <= moved < calendar.stops_at(following)
    return moved if inside else calendar.at(following, calendar.opens)


@lru_cache(maxsize=64)
def in_part_of_day(calendar: Calendar, part: DayPart | None) -> Calendar:
    """The calendar of somebody who likes to hear from us in this part of the day; any time for None."""
    if part is None:
        return calendar
    opens = max(calendar.opens, MIDDAY) if part is DayPart.AFTERNOON else calendar.opens
    closes = min(calendar.closes, MIDDAY) if part is DayPart.MORNING else calendar.closes
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    return replace(calendar, opens=opens, closes=closes) if minutes >= LEAST_MINUTES else calendar
