"""The calendar, steps and people's dates that the tests of due times share."""

from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from outreach.rules.cadence import Anchor, Occurrence, Schedule, Standing, Step, occurrences
from outreach.rules.calendar import Calendar
from outreach.rules.schedule_file import parse_schedule
from outreach.vocabulary import Again, AnchorKind, Purpose, Stage

HOLIDAYS = frozenset(
    {
        date(2025, 12, 25),
        date(2025, 12, 26),
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 25),
        date(2026, 12, 28),
        date(2027, 1, 1),
        date(2027, 3, 26),
        date(2027, 3, 29),
        date(2027, 5, 3),
        date(2027, 5, 31),
        date(2027, 8, 30),
        date(2027, 12, 27),
        date(2027, 12, 28),
    }
)

LONDON = Calendar(ZoneInfo("Europe/London"), time(9), time(18), frozenset(range(5)), HOLIDAYS)


def local(day: str, wall: str = "10:30") -> datetime:
    """The instant of a London wall time."""
    return LONDON.at(date.fromisoformat(day), time.fromisoformat(wall))


@cache
def shipped(name: str) -> Schedule:
    """A schedule as shipped."""
    path = Path(__file__).parents[2] / "schedules" / f"{name}.toml"
    return parse_schedule(path.read_text(encoding="utf-8"), str(path))


def step(
    key: str = "note",
    anchor: AnchorKind = AnchorKind.REFERRED,
    offset: int = 0,
    *,
    every: int | None = None,
    until: AnchorKind | None = None,
    at: time = time(10, 30),
    templates: tuple[str, ...] = ("note",),
    purpose: Purpose = Purpose.CHECK_IN,
    late: int | None = 3,
    again: Again = Again.ON_A_NEW_DATE,
    first: bool = False,
) -> Step:
    """A step with everything ordinary that is not said."""
    return Step(key, anchor, offset, every, until, at, templates, purpose, late, again, first)


def schedule(*steps: Step) -> Schedule:
    """A schedule of these steps."""
    return Schedule("test", "Test", Stage.AWAITING_ASSESSMENT, steps)


def anchor(kind: AnchorKind, on: str, at: str | None = None, row: str = "") -> Anchor:
    """A date to count from."""
    return Anchor(kind, row or f"{kind}-{on}", date.fromisoformat(on), time.fromisoformat(at) if at else None)


def standing(
    started: str = "2026-01-01", first_contact_on: str | None = None, *, introduced: bool = True
) -> Standing:
    """Somebody who has heard from us before, unless said otherwise."""
    day = date.fromisoformat(first_contact_on) if first_contact_on else None
    return Standing(local(started, "00:00"), day, introduced)


def due(
    *steps: Step, anchors: list[Anchor], until: str = "2027-12-31", who: Standing | None = None
) -> list[Occurrence]:
    """What these steps come to by the end of a day."""
    return occurrences(schedule(*steps), anchors, who or standing(), LONDON, local(until, "23:59"))


def utc(text: str) -> datetime:
    """An instant written as "2026-03-29T01:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
