"""When each due message really goes: inside windows, one within the gap, never late, and always with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from outreach.rules.cadence import Occurrence
from outreach.rules.calendar import Calendar
from outreach.rules.guard import GAP_PURPOSES
from outreach.vocabulary import Purpose


@dataclass(frozen=True, slots=True)
class Placement:
    """One occurrence with its moment (UTC) and why it was moved, or None and the reason why it is not sent."""

    occurrence: Occurrence
    at: datetime | None
    reason: str = ""


@dataclass(slots=True)
class _Board:
    """What is placed so far. Days are local; `first_contact_on` is the day everything else has to wait for."""

    now: datetime
    calendar: Calendar
    gap: timedelta
    taken: set[date]
    appointments: set[date]
    first_contact_on: date | None


def lay_out(
    occurrences: Sequence[Occurrence],
    *,
    now: datetime,
    calendar: Calendar,
    gap_days: int,
    contacts: Sequence[tuple[datetime, Purpose]],
    introduced: bool,
) -> list[Placement]:
    """Each occurrence's moment, in order of time. `contacts` are messages sent or planned already.

    Planner, previews and timeline all ask here, so that what a timeline promises is what is planned. Appointment
    messages are placed first: check-ins, support and surveys yield to them and to each other.
    """
    day_of = calendar.day_of
    board = _Board(
        now=now,
        calendar=calendar,
        gap=timedelta(days=gap_days),
        taken={day_of(at) for at, purpose in contacts if purpose in GAP_PURPOSES},
        appointments={day_of(at) for at, purpose in contacts if purpose is Purpose.APPOINTMENT},
        first_contact_on=None,
    )
    bound = [each for each in occurrences if each.step.purpose in GAP_PURPOSES]
    placements = [_place_free(board, each) for each in occurrences if each.step.purpose not in GAP_PURPOSES]
    bound.sort(key=lambda each: (not each.step.first_contact, each.slot, each.step.key))
    placements += [_place_bound(board, each, introduced=introduced) for each in bound]
    return sorted(placements, key=lambda each: (each.at or each.occurrence.slot, each.occurrence.step.key))


def deadline(occurrence: Occurrence, calendar: Calendar) -> datetime | None:
    """The last instant at which it may still go: its late days, and for one before an anchor the anchor itself."""
    step, anchor = occurrence.step, occurrence.anchor
    limits = []
    if step.late_days is not None:
        last_day = calendar.day_of(max(occurrence.due, occurrence.slot)) + timedelta(days=step.late_days)
        limits.append(calendar.at(last_day, time(23, 59)))
    if step.is_before_anchor:
        limits.append(calendar.at(anchor.on, anchor.at or time(0, 0)))
    return min(limits, default=None)


def _place_free(board: _Board, occurrence: Occurrence) -> Placement:
    """An appointment message goes as soon as it may; nothing else moves it."""
    at = _earliest(board, occurrence)
    late = _too_late(board, occurrence, at)
    if late:
        return Placement(occurrence, None, late)
    board.appointments.add(board.calendar.day_of(at))
    return Placement(occurrence, at, _moved(board, occurrence, at, ""))


def _place_bound(board: _Board, occurrence: Occurrence, *, introduced: bool) -> Placement:
    """The first day on which no other message stands within the gap."""
    calendar, step = board.calendar, occurrence.step
    at, because = _earliest(board, occurrence), ""
    while clash := _clash(board, calendar.day_of(at), introduced=introduced or step.first_contact):
        free_from, because = clash
        at = calendar.next_slot(calendar.at(free_from, step.at))
    late = _too_late(board, occurrence, at, because)
    if late:
        return Placement(occurrence, None, late)
    day = calendar.day_of(at)
    board.taken.add(day)
    if step.first_contact:
        board.first_contact_on = day
    return Placement(occurrence, at, _moved(board, occurrence, at, because))


def _earliest(board: _Board, occurrence: Occurrence) -> datetime:
    return board.calendar.next_slot(max(board.now, occurrence.slot))


def _clash(board: _Board, day: date, *, introduced: bool) -> tuple[date, str] | None:
    """The first day free of what stands in the way, and what that is."""
    if not introduced and board.first_contact_on and day < board.first_contact_on:
        return board.first_contact_on + board.gap, "the first message from us goes before it"
    for other in sorted(board.taken):
        if abs(other - day) < board.gap:
            return other + board.gap, f"another message goes on {board.calendar.day_name(other)}"
    for other in sorted(board.appointments):
        if timedelta() <= other - day < board.gap:
            name = board.calendar.day_name(other)
            return other + board.gap, f"a message about an appointment goes on {name}"
    return None


def _too_late(board: _Board, occurrence: Occurrence, at: datetime, because: str = "") -> str:
    """Why it does not go any more; blank when it still may."""
    last = deadline(occurrence, board.calendar)
    if last is None or at <= last:
        return ""
    calendar, step = board.calendar, occurrence.step
    if step.is_before_anchor and last < calendar.at(occurrence.anchor.on, time(23, 59)) and at > last:
        about = calendar.day_name(occurrence.anchor.on)
        if calendar.day_of(at) >= occurrence.anchor.on:
            return f"too late: what it is about was on {about}"
    due = calendar.day_name(calendar.day_of(occurrence.due))
    why = f", and {because}" if because else ""
    return f"skipped: it was due on {due} and is not sent more than {step.late_days} days late{why}"


def _moved(board: _Board, occurrence: Occurrence, at: datetime, because: str) -> str:
    """Why it does not go at the moment the schedule names; blank when it does."""
    calendar = board.calendar
    due_on, goes_on = calendar.day_of(occurrence.due), calendar.day_of(at)
    if because:
        return f"moved from {calendar.day_name(due_on)}: {because}"
    if goes_on == due_on:
        return ""
    if not calendar.is_working_day(due_on):
        closed = "a bank holiday" if due_on in calendar.holidays else f"a {due_on:%A}"
        return f"moved from {calendar.day_name(due_on)}: nothing is sent on {closed}"
    return f"moved from {calendar.day_name(due_on)}: that day's sending had ended"
