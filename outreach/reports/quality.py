"""How far the figures can be trusted: missing codes, late records, late lists."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Person, Referral, WaitlistImport
from outreach.reports.attendance import NAMES
from outreach.reports.document import Section
from outreach.reports.rows import rows_of
from outreach.reports.shares import of_team, rate_in_words
from outreach.reports.visits import Visit
from outreach.rules.calendar import Calendar
from outreach.rules.rates import Share
from outreach.rules.spans import Span
from outreach.rules.subgroups import NOT_RECORDED

LATE = timedelta(days=14)
"""An attendance code that comes later than this can change a month that was reported already."""

UNSTATED = {
    "Z": "Ethnicity not stated (Z)",
    "99": "Ethnicity not known (99)",
    None: f"Ethnicity: {NOT_RECORDED.lower()}",
}


def imports_in(session: Session, instants: tuple[datetime, datetime]) -> list[datetime]:
    """When a list was taken in, in the period and the last time before it; in order."""
    within = select(WaitlistImport.finished_at).where(
        WaitlistImport.finished_at >= instants[0], WaitlistImport.finished_at < instants[1]
    )
    before = select(func.max(WaitlistImport.finished_at)).where(WaitlistImport.finished_at < instants[0])
    found = [session.scalar(before), *session.scalars(within)]
    return sorted(at for at in found if at)


def unstated_in(session: Session, span: Span) -> dict[str, Share]:
    """How many referrals open in the span have no usable ethnicity code, by the sort of gap."""
    query = (
        select(Person.ethnicity, func.count())
        .join(Referral, Referral.person_id == Person.id)
        .where(
            Referral.referred_on <= span.last,
            Referral.closed_on.is_(None) | (Referral.closed_on >= span.first),
        )
        .group_by(Person.ethnicity)
    )
    counts = Counter(dict(rows_of(session, query)))
    return {name: Share(counts[code], counts.total()) for code, name in UNSTATED.items()}


def quality_section(
    visits: Sequence[Visit],
    unstated: dict[str, Share],
    imports: Sequence[datetime],
    span: Span,
    calendar: Calendar,
    *,
    today: date,
    list_max_age_days: int,
) -> Section:
    """What is missing or late, in sentences and one table."""
    section = Section("quality", "How far can these figures be trusted?")
    past = [visit for visit in visits if visit.on < today]
    section.summary.append(_on_codes(_uncoded(past)))
    section.summary += _on_recording(past, calendar)
    section.summary += _on_lists(imports, span, calendar, today, list_max_age_days)
    rows = [
        (f"{name.capitalize()} without a code", _uncoded([visit for visit in past if visit.kind is kind]))
        for kind, name in NAMES.items()
    ]
    section.parts.append(of_team("quality", "What is missing", "What", "Missing", [*rows, *unstated.items()]))
    return section


def _uncoded(visits: Sequence[Visit]) -> Share:
    return Share(sum(visit.is_uncoded for visit in visits), len(visits))


def _on_codes(uncoded: Share) -> str:
    if not uncoded.count:
        return "Every past appointment of the period has a code that says what came of it."
    return (
        f"Of {uncoded.of:,} past appointments, {rate_in_words(uncoded)} have no code that says what came of them. "
        "They count neither as missed nor as attended."
    )


def _on_recording(visits: Sequence[Visit], calendar: Calendar) -> list[str]:
    delays = [
        calendar.day_of(visit.recorded_at) - visit.on
        for visit in visits
        if visit.recorded_at and not visit.was_withdrawn
    ]
    if not delays:
        return []
    late = Share(sum(delay > LATE for delay in delays), len(delays))
    usual = round(median(delay.days for delay in delays))
    return [
        f"Half of all codes were on the list within {max(usual, 0)} days of the appointment; "
        f"{rate_in_words(late)} came after more than {LATE.days} days."
    ]


def _on_lists(
    imports: Sequence[datetime], span: Span, calendar: Calendar, today: date, list_max_age_days: int
) -> list[str]:
    """The longest time without a new list, between the period's ends."""
    if not imports:
        return ["No waiting list was taken in during this period."]
    days = [max(calendar.day_of(at), span.first) for at in imports] + [min(span.last, today)]
    gaps = [(after - before).days for before, after in pairwise(days)]
    longest = max(gaps)
    late = " That is longer than this service allows." if longest > list_max_age_days else ""
    return [f"The longest time without a new waiting list was {longest} days.{late}"]
