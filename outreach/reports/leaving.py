"""Who left while waiting: closed before the first session of treatment took place, deaths apart."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Appointment, Person, Referral
from outreach.reports.document import Section
from outreach.reports.over_time import share_over_time
from outreach.reports.rows import rows_of
from outreach.reports.run_chart import Mark, Wanted
from outreach.reports.shares import before_and_after, by_group, change_in_words, rate_in_words
from outreach.rules.charts import Better
from outreach.rules.rates import Definition, Share, months_between
from outreach.rules.spans import Span
from outreach.rules.subgroups import ETHNICITY_ORDER, ethnicity_name, language_name
from outreach.vocabulary import AppointmentKind

KEY, COUNTED = "leaving", "Left"


@dataclass(frozen=True, slots=True)
class Wait:
    """One referral, with the day on which treatment first took place."""

    referred_on: date
    closed_on: date | None
    deceased_on: date | None
    ethnicity: str | None
    language: str
    treated_on: date | None

    @property
    def ended_on(self) -> date | None:
        """The day after which it no longer waited: closed, or treatment took place."""
        ended = min((day for day in (self.closed_on, self.treated_on) if day), default=None)
        return max(ended, self.referred_on) if ended else None  # a list can hold a date before the referral

    @property
    def left_on(self) -> date | None:
        """The day on which it was closed with neither treatment nor death before."""
        if self.closed_on is None or self.deceased_on or self.closed_on < self.referred_on:
            return None
        return self.closed_on if self.treated_on is None or self.treated_on > self.closed_on else None


class Waits:
    """Many waits, sorted once so that any span of them is counted at once."""

    def __init__(self, waits: Iterable[Wait]) -> None:
        self.all = list(waits)
        self._began = sorted(wait.referred_on for wait in self.all)
        self._ended = sorted(day for wait in self.all if (day := wait.ended_on))
        self._left = sorted(day for wait in self.all if (day := wait.left_on))

    def share(self, span: Span) -> Share:
        """How many left in the span, of those who waited on some day of it."""
        waiting = bisect_right(self._began, span.last) - bisect_left(self._ended, span.first)
        left = bisect_right(self._left, span.last) - bisect_left(self._left, span.first)
        return Share(left, waiting)

    def split(self, by: Callable[[Wait], str]) -> dict[str, "Waits"]:
        """The waits in groups."""
        groups: dict[str, list[Wait]] = defaultdict(list)
        for wait in self.all:
            groups[by(wait)].append(wait)
        return {name: Waits(there) for name, there in groups.items()}


GROUPINGS: tuple[tuple[str, str, Callable[[Wait], str], Sequence[str]], ...] = (
    ("ethnicity", "Ethnicity", lambda wait: ethnicity_name(wait.ethnicity), ETHNICITY_ORDER),
    ("language", "Language", lambda wait: language_name(wait.language), ()),
)


def waits_in(session: Session, span: Span, definition: Definition) -> Waits:
    """Every referral made by the end of the span."""
    treated = (
        select(Appointment.referral_id, func.min(Appointment.on_date).label("treated_on"))
        .where(Appointment.kind == AppointmentKind.TREATMENT, Appointment.attendance.in_(definition.attended))
        .group_by(Appointment.referral_id)
        .subquery()
    )
    query = (
        select(
            Referral.referred_on,
            Referral.closed_on,
            Person.deceased_on,
            Person.ethnicity,
            Person.language,
            treated.c.treated_on,
        )
        .join(Person, Person.id == Referral.person_id)
        .outerjoin(treated, treated.c.referral_id == Referral.id)
        .where(Referral.referred_on <= span.last)
    )
    return Waits(Wait(*row) for row in rows_of(session, query))


def leaving_section(waits: Waits, span: Span, marks: Sequence[Mark]) -> Section:
    """How many left, over time, before and after, and from which groups."""
    section = Section(KEY, "Who left while waiting?")
    whole = waits.share(span)
    section.summary.append(
        f"Of {whole.of:,} referrals that waited in this period, {rate_in_words(whole)} were closed "
        "before treatment began."
    )
    if span.before and span.after and span.compare:
        before, after = waits.share(span.before), waits.share(span.after)
        section.summary += change_in_words("referrals closed while waiting", before, after, span.compare)
        title = "Left while waiting, before and after"
        section.parts.append(
            before_and_after(
                f"{KEY}-before-after", title, COUNTED, before=before, after=after, compare=span.compare
            )
        )
    months = {month: waits.share(_month(month)) for month in months_between(span.first, span.last)}
    wanted = Wanted("The share of waiting referrals that leave in a month", "%", Better.LOWER)
    chart = share_over_time(f"{KEY}-months", months, span, wanted, counted=COUNTED, marks=marks, pool=False)
    section.parts += [chart] if chart else []
    for grouping, first, by, order in GROUPINGS:
        shares = {name: there.share(span) for name, there in waits.split(by).items()}
        title = f"Left while waiting by {first.lower()}"
        section.parts.append(by_group(f"{KEY}-{grouping}", title, first, COUNTED, shares, order=order))
    return section


def _month(first: date) -> Span:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Span(first, following - timedelta(days=1))
