"""What happened in a period and may explain a change: the go-live, new words, a changed schedule."""

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Approval, ScheduleVersion, TemplateVersion
from outreach.reports.run_chart import Mark
from outreach.rules.calendar import Calendar
from outreach.rules.spans import Span


def marks_in(session: Session, span: Span, calendar: Calendar, go_live_on: date | None) -> list[Mark]:
    """The marks of a span in order of time, one for each day and sort."""
    instants = span.instants(calendar)
    marks = [Mark(go_live_on, "messages began")] if go_live_on and span.holds(go_live_on) else []
    for day, keys in _new_words(session, instants, calendar).items():
        marks.append(Mark(day, f"new words in use: {_named(keys)}"))
    for day, keys in _changed_schedules(session, instants, calendar).items():
        marks.append(Mark(day, f"schedule changed: {_named(keys)}"))
    return sorted(marks, key=lambda mark: mark.on)


def _new_words(
    session: Session, instants: tuple[datetime, datetime], calendar: Calendar
) -> dict[date, list[str]]:
    query = (
        select(Approval.at, TemplateVersion.key)
        .join(TemplateVersion, TemplateVersion.id == Approval.template_version_id)
        .where(Approval.at >= instants[0], Approval.at < instants[1], TemplateVersion.version > 1)
    )
    days: dict[date, list[str]] = defaultdict(list)
    for at, key in session.execute(query.order_by(Approval.at)):
        days[calendar.day_of(at)].append(key)
    return days


def _changed_schedules(
    session: Session, instants: tuple[datetime, datetime], calendar: Calendar
) -> dict[date, list[str]]:
    query = select(ScheduleVersion.applied_at, ScheduleVersion.key).where(
        ScheduleVersion.applied_at >= instants[0],
        ScheduleVersion.applied_at < instants[1],
        ScheduleVersion.version > 1,
    )
    days: dict[date, list[str]] = defaultdict(list)
    for at, key in session.execute(query.order_by(ScheduleVersion.applied_at)):
        days[calendar.day_of(at)].append(key)
    return days


def _named(keys: list[str]) -> str:
    names = sorted(set(keys))
    return names[0] if len(names) == 1 else f"{len(names)} of them"
