"""Peer support: calls that people asked for, how soon somebody tried and got through, beside the hours there were."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Leave, StaffMember, Task, TaskTry, WorkingHours
from outreach.reports.document import HIDDEN, Cell, Exported, Row, Section, Table
from outreach.reports.run_chart import Moment, Wanted, run_chart
from outreach.reports.shares import of_team, rate_in_words
from outreach.rules.calendar import Calendar
from outreach.rules.capacity import Peer, Wish, stretches
from outreach.rules.charts import Better
from outreach.rules.rates import Share
from outreach.rules.spans import Span
from outreach.rules.suppression import SMALL, Group, Shown, suppressed
from outreach.vocabulary import Role, TaskKind, TaskState, TryResult

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Callback:
    """One call that was asked for, and the tries at it.

    `wish_met` says whether whoever has the call shares the language or background that was asked for; None where
    nothing was.
    """

    opened_at: datetime
    due_at: datetime
    is_closed: bool
    wish_met: bool | None = None
    tries: list[tuple[datetime, TryResult]] = field(default_factory=list)

    @property
    def first_try_at(self) -> datetime | None:
        """When somebody first rang."""
        return self.tries[0][0] if self.tries else None

    @property
    def reached_at(self) -> datetime | None:
        """When somebody first got through."""
        return next((at for at, result in self.tries if result is TryResult.REACHED), None)

    @property
    def outcome(self) -> str:
        """How it stands, in words that name nobody."""
        if self.reached_at:
            return "Talked"
        if self.is_closed:
            return "Could not reach" if self.tries else "Closed without a call"
        return "Tried, still open" if self.tries else "Not tried yet"


OUTCOMES = ("Talked", "Could not reach", "Closed without a call", "Tried, still open", "Not tried yet")


def callbacks_in(session: Session, instants: tuple[datetime, datetime]) -> list[Callback]:
    """Every call asked for between the two instants (UTC), in order."""
    in_span = (
        Task.kind == TaskKind.CALLBACK,
        Task.opened_at >= instants[0],
        Task.opened_at < instants[1],
    )
    tasks = (
        select(Task, StaffMember)
        .outerjoin(StaffMember, StaffMember.id == Task.assignee_id)
        .where(*in_span)
        .order_by(Task.opened_at)
    )
    found = {
        task.id: Callback(
            task.opened_at, task.due_at, task.state is TaskState.CLOSED, _is_wish_met(task, member)
        )
        for task, member in session.execute(tasks)
    }
    tries = (
        select(TaskTry.task_id, TaskTry.at, TaskTry.result)
        .join(Task, Task.id == TaskTry.task_id)
        .where(*in_span)
        .order_by(TaskTry.at)
    )
    for task_id, at, result in session.execute(tries):
        found[task_id].tries.append((at, result))
    return list(found.values())


def _is_wish_met(task: Task, member: StaffMember | None) -> bool | None:
    """Whether the member who has this call shares what the person asked for; None where they asked for nothing."""
    wish = Wish(task.wished_language, task.wished_background)
    if wish == Wish():
        return None
    if member is None:
        return False
    shares = frozenset(member.languages), frozenset(member.backgrounds)
    return wish.met_by(Peer(member.id, {}, languages=shares[0], backgrounds=shares[1]))


def hours_by_week(session: Session, span: Span, calendar: Calendar) -> dict[date, float]:
    """The hours that peer workers were there, by the Monday of each week: weekly hours without leave and holidays."""
    hours: dict[date, float] = defaultdict(float)
    days = [span.first + timedelta(days=offset) for offset in range((span.last - span.first).days + 1)]
    for peer, joined, left in _peers(session, calendar):
        for day in days:
            if joined <= day and (left is None or day < left):
                worked = sum((end - start for start, end in stretches(peer, day, calendar)), timedelta())
                hours[monday_of(day)] += worked / HOUR
    return hours


def _peers(session: Session, calendar: Calendar) -> Iterable[tuple[Peer, date, date | None]]:
    weekly: dict[str, dict[int, list[tuple[time, time]]]] = defaultdict(lambda: defaultdict(list))
    for row in session.scalars(select(WorkingHours)):
        weekly[row.staff_id][row.weekday].append((row.starts, row.ends))
    away: dict[str, set[date]] = defaultdict(set)
    for leave in session.scalars(select(Leave)):
        days = range((leave.last - leave.first).days + 1)
        away[leave.staff_id] |= {leave.first + timedelta(days=offset) for offset in days}
    for member in session.scalars(select(StaffMember).where(StaffMember.role == Role.PEER_WORKER)):
        peer = Peer(member.id, weekly[member.id], frozenset(away[member.id]))
        left = calendar.day_of(member.left_at) if member.left_at else None
        yield peer, calendar.day_of(member.joined_at), left


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def handoff_section(
    callbacks: Sequence[Callback], hours: dict[date, float], span: Span, calendar: Calendar
) -> Section:
    """Calls asked for by week, how they went, and the hours there were for them."""
    section = Section("peer-support", "Peer support: calls that people asked for")
    if not callbacks:
        section.summary.append("Nobody asked for a call in this period.")
        return section
    in_time = Share(sum(_is_in_time(each) for each in callbacks), len(callbacks))
    talked = Share(sum(each.outcome == "Talked" for each in callbacks), len(callbacks))
    section.summary.append(
        f"{len(callbacks):,} calls were asked for. Somebody rang by the promised time for {rate_in_words(in_time)}, "
        f"and {rate_in_words(talked)} led to a conversation."
    )
    first = _hours([each.first_try_at - each.opened_at for each in callbacks if each.first_try_at])
    contact = _hours([each.reached_at - each.opened_at for each in callbacks if each.reached_at])
    section.summary += [
        *([f"Half of them were rung within {first}."] if first else []),
        *([f"Half of those who talked had waited no more than {contact}."] if contact else []),
        *_wishes_in_words(callbacks),
    ]
    rows = [
        (name, Share(sum(each.outcome == name for each in callbacks), len(callbacks))) for name in OUTCOMES
    ]
    section.parts.append(of_team("peer-support-outcomes", "How calls went", "Outcome", "Calls", rows))
    weeks = _weeks(callbacks, span, calendar)
    table = _by_week(weeks, hours)
    moments = [Moment(week, f"{week.day} {week:%b}", Fraction(len(there))) for week, there in weeks.items()]
    # Weeks without a call are usual: with screening no spread would be left, and each of them would be "too few".
    wanted = Wanted("The number of calls asked for in a week", "", Better.NEITHER, screened=False)
    chart = run_chart(moments, wanted, table)
    section.parts += [chart] if chart else []
    return section


def _wishes_in_words(callbacks: Sequence[Callback]) -> list[str]:
    """How often people got the peer worker they asked for: one who shares a language or a background with them."""
    asked = [each.wish_met for each in callbacks if each.wish_met is not None]
    if not asked:
        return []
    met = Share(sum(asked), len(asked))
    return [
        f"{len(asked):,} asked for somebody who shares a language or a background with them: "
        f"{rate_in_words(met)} got such a peer worker, {met.of - met.count:,} did not."
    ]


def _is_in_time(callback: Callback) -> bool:
    return callback.first_try_at is not None and callback.first_try_at <= callback.due_at


def _hours(spans: Sequence[timedelta]) -> str:
    """The median in words: "5 hours", "2 days"; blank of nothing."""
    if not spans:
        return ""
    hours = median(each / HOUR for each in spans)
    if hours < 48:
        return f"{max(1, round(hours))} hour{'s' if round(hours) > 1 else ''}"
    return f"{round(hours / 24)} days"


def _weeks(callbacks: Iterable[Callback], span: Span, calendar: Calendar) -> dict[date, list[Callback]]:
    """The calls of each week from the first to the last, weeks without any too."""
    weeks: dict[date, list[Callback]] = {}
    monday = monday_of(span.first)
    while monday <= span.last:
        weeks[monday] = []
        monday += timedelta(days=7)
    for each in callbacks:
        weeks[monday_of(calendar.day_of(each.opened_at))].append(each)
    return weeks


def _by_week(weeks: dict[date, list[Callback]], hours: dict[date, float]) -> Table:
    """Each week's calls beside the hours of peer workers; what is exported hides small counts of calls."""
    rows = [_week_row(week, there, hours.get(week, 0.0)) for week, there in weeks.items()]
    counts = [Group(str(row[0]), int(row[1]), (int(row[2]), int(row[3]))) for row in rows]
    shown = {row.name: row for row in suppressed(counts)}
    exported: list[Row] = [
        (name, *_exported(shown.get(name), of), HIDDEN if not of or tries in SMALL else tries, available)
        for name, of, _, _, tries, available in rows
    ]
    columns = ("Week from", "Asked for", "Rung in time", "Talked", "Tries", "Peer hours")
    return Table("peer-support-weeks", "Calls asked for by week", columns, rows, Exported(columns, exported))


def _week_row(week: date, calls: Sequence[Callback], hours: float) -> tuple[str, int, int, int, int, float]:
    return (
        f"{week.day} {week:%b %Y}",
        len(calls),
        sum(_is_in_time(each) for each in calls),
        sum(each.outcome == "Talked" for each in calls),
        sum(len(each.tries) for each in calls),
        round(hours, 1),
    )


def _exported(shown: Shown | None, of: int) -> tuple[Cell, Cell, Cell]:
    """A week's row as it may leave the team."""
    if not of:
        return 0, 0, 0
    if shown is None:
        return HIDDEN, HIDDEN, HIDDEN
    size, in_time, talked = (HIDDEN if count is None else count for count in (shown.of, *shown.counts))
    return size, in_time, talked
