"""The days a report is about, and how a comparison cuts them in two."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from outreach.errors import RefusedError
from outreach.rules.calendar import Calendar

LONGEST = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from `first` to `last`, both included. `compare`, if given, begins the second part."""

    first: date
    last: date
    compare: date | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise RefusedError("the period ends before it begins; give --from the earlier day")
        if self.last - self.first > LONGEST:
            raise RefusedError("the period is longer than twenty years; give a shorter one")
        if self.compare is not None and not self.first < self.compare <= self.last:
            raise RefusedError(
                "the day to compare from lies outside the period; give one after its first day, up to its last"
            )

    @property
    def before(self) -> "Span | None":
        """The days before the comparison."""
        return Span(self.first, self.compare - timedelta(days=1)) if self.compare else None

    @property
    def after(self) -> "Span | None":
        """The days from the comparison on."""
        return Span(self.compare, self.last) if self.compare else None

    @property
    def parts(self) -> tuple[tuple[str, "Span"], ...]:
        """Named spans for tables: one, or before and after."""
        if self.before is None or self.after is None:
            return (("", self),)
        return (("before", self.before), ("after", self.after))

    def holds(self, day: date) -> bool:
        """This day belongs to it."""
        return self.first <= day <= self.last

    def instants(self, calendar: Calendar) -> tuple[datetime, datetime]:
        """The first instant (UTC) in it and the first after it."""
        return calendar.at(self.first, time.min), calendar.at(self.last + timedelta(days=1), time.min)

    @property
    def in_words(self) -> str:
        """As people say it: "1 April 2025 to 31 March 2026"."""
        return f"{day_in_words(self.first)} to {day_in_words(self.last)}"


def day_in_words(day: date) -> str:
    """A date with its year: "1 April 2025"."""
    return f"{day.day} {day:%B %Y}"


def is_whole_month(span: Span, month: date) -> bool:
    """The calendar month that begins on this day lies wholly in the span."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return span.first <= month and following <= span.last + timedelta(days=1)
