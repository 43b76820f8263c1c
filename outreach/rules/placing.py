"""When each due message really goes: inside windows, one within the gap, never late, and always with a reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from outreach.rules.cadence import Occurrence
from outreach.rules.calendar import Calendar
from outreach.vocabulary import AnchorKind, Purpose

NAME_OF = {
    AnchorKind.REFERRED: "the referral",
    AnchorKind.ACCEPTED: "the acceptance",
    AnchorKind.THERAPY_ENDED: "the end of therapy",
}
"""Every other anchor is an appointment."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One occurrence with its moment (UTC) and why it was moved, or None and the reason why it is not sent."""

    occurrence: Occurrence
    at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Clash:
    """A day on which a message may not go, the first day after what stands in the way, and what that is."""

    free_from: date
    because: str


@dataclass(slots=True)
class _Board:
    """What is placed so far, by local day: spaced messages, appointment messages ahead, and what all wait for."""

    now: datetime
    calendar: Calendar
    gap: timedelta
    spaced: set[date] = field(default_factory=set)
    appointments: set[date] = field(default_factory=set)
    introduced_on: date | None = None  # nothing spaced overtakes this day
    first_contact_on: date | None = None

    def clash(self, day: date, *, waits: bool) -> _Clash | None:
        """What keeps a spaced message from going on this day."""
        if waits and self.introduced_on and day < self.introduced_on + self.gap:
            name = self.calendar.day_name(self.introduced_on)
            return _Clash(self.introduced_on + self.gap, f"the first message to this person goes on {name}")
        for other in sorted(self.spaced, reverse=True):
            if abs(other - day) < self.gap:
                return _Clash(other + self.gap, f"another message {self._goes(other)}")
        for other in sorted(self.appointments, reverse=True):
            if day <= other < day + self.gap:
                return _Clash(other + self.gap, f"a message about an appointment {self._goes(other)}")
        return None

    def _goes(self, day: date) -> str:
        past = day < self.calendar.day_of(self.now)
        return f"{'went' if past else 'goes'} on {self.calendar.day_name(day)}"


def lay_out(
    occurrences: Sequence[Occurrence],
    *,
    now: datetime,
    calendar: Calendar,
    gap_days: int,
    contacts: Iterable[tuple[datetime, Purpose]],
    introduced: bool,
) -> list[Placement]:
    """One placement for each occurrence, in order of time; `contacts` are messages already sent or planned.

    Planner, previews and timeline all ask here, so that what a timeline promises is what is planned. Appointment
    messages are placed first: check-ins, support and surveys yield to them, to a first contact and to each other.
    """
    board = _board(now, calendar, gap_days, contacts, introduced=introduced)
    exempt = [each for each in occurrences if not each.step.purpose.is_spaced]
    spaced = [each for each in occurrences if each.step.purpose.is_spaced]
    spaced.sort(key=lambda each: (not each.step.first_contact, *_in_order(each)))
    placements = [_place_exempt(board, each) for each in exempt]
    placements += [_place_spaced(board, each) for each in spaced]
    return sorted(
        placements,
        key=lambda each: (
            each.at or each.occurrence.slot,
            each.occurrence.step.purpose.is_spaced,
            *_in_order(each.occurrence),
        ),
    )


def free_slot(
    now: datetime, *, calendar: Calendar, gap_days: int, contacts: Iterable[tuple[datetime, Purpose]]
) -> datetime:
    """The first open instant at which a message that is on no schedule keeps the gap to what went and is planned."""
    board = _board(now, calendar, gap_days, contacts, introduced=True)
    at = calendar.next_slot(now)
    wall = calendar.local(at).time()
    while clash := board.clash(calendar.day_of(at), waits=False):
        at = calendar.next_slot(calendar.at(clash.free_from, wall))
    return at


def deadline(occurrence: Occurrence, calendar: Calendar) -> datetime | None:
    """The last instant (UTC) at which it may go: the end of its late days, or the anchor it stands before.

    Late days count from the day on which it could first have gone, so that a long weekend does not use them up.
    """
    limits = []
    if occurrence.step.late_days is not None:
        limits.append(calendar.at(_last_day(occurrence, calendar), calendar.closes))
    if occurrence.step.is_before_anchor:
        limits.append(_anchor_at(occurrence, calendar))
    return min(limits, default=None)


def _board(
    now: datetime,
    calendar: Calendar,
    gap_days: int,
    contacts: Iterable[tuple[datetime, Purpose]],
    *,
    introduced: bool,
) -> _Board:
    board = _Board(now, calendar, timedelta(days=gap_days))
    for at, purpose in contacts:
        day = calendar.day_of(at)
        if purpose.is_spaced:
            board.spaced.add(day)
            if not introduced and at > now:  # planned already, and most likely the first contact itself
                board.introduced_on = max(day, board.introduced_on or day)
        elif purpose is Purpose.APPOINTMENT and at > now:
            board.appointments.add(day)
    return board


def _in_order(occurrence: Occurrence) -> tuple[datetime, str, str, str]:
    return occurrence.slot, occurrence.schedule, occurrence.step.key, occurrence.key


def _place_exempt(board: _Board, occurrence: Occurrence) -> Placement:
    """An appointment message goes as soon as it may; nothing else moves it."""
    at = _earliest(board, occurrence)
    if refusal := _refusal(board, occurrence, at, ""):
        return Placement(occurrence, None, refusal)
    board.appointments.add(board.calendar.day_of(at))
    return Placement(occurrence, at, _why_moved(board, occurrence, at, ""))


def _place_spaced(board: _Board, occurrence: Occurrence) -> Placement:
    """The first day on which nothing else stands within the gap, at the step's own time."""
    calendar, step = board.calendar, occurrence.step
    if step.first_contact and board.first_contact_on:
        name = calendar.day_name(board.first_contact_on)
        return Placement(occurrence, None, f"skipped: another first message goes on {name}")
    at, because = _earliest(board, occurrence), ""
    while clash := board.clash(calendar.day_of(at), waits=not step.first_contact):
        at = calendar.next_slot(calendar.at(clash.free_from, step.at))
        because = clash.because
    if refusal := _refusal(board, occurrence, at, because):
        return Placement(occurrence, None, refusal)
    day = calendar.day_of(at)
    board.spaced.add(day)
    if step.first_contact:
        board.first_contact_on = board.introduced_on = day
    return Placement(occurrence, at, _why_moved(board, occurrence, at, because))


def _earliest(board: _Board, occurrence: Occurrence) -> datetime:
    return board.calendar.next_slot(max(board.now, occurrence.slot))


def _refusal(board: _Board, occurrence: Occurrence, at: datetime, because: str) -> str:
    """Why it may not go at this moment; empty when it may."""
    calendar, late_days = board.calendar, occurrence.step.late_days
    cause = f", because {because}" if because else ""
    if occurrence.step.is_before_anchor and at > (anchor_at := _anchor_at(occurrence, calendar)):
        name = NAME_OF.get(occurrence.anchor.kind, "the appointment")
        tense = "was" if anchor_at <= board.now else "is"
        return f"too late: {name} {tense} on {calendar.day_name(occurrence.anchor.on)}{cause}"
    if late_days is None or calendar.day_of(at) <= _last_day(occurrence, calendar):
        return ""
    due = calendar.day_name(_countable_day(occurrence, calendar))
    most = f"{late_days} day{'' if late_days == 1 else 's'}"
    return f"skipped: it was due on {due} and is not sent more than {most} late{cause}"


def _why_moved(board: _Board, occurrence: Occurrence, at: datetime, because: str) -> str:
    """Why it does not go when the schedule says; empty when it goes then, or later on that day for want of a tick."""
    calendar, due = board.calendar, occurrence.due
    due_on = calendar.day_of(due)
    causes = [calendar.why_closed(due), because]
    if begins_on := occurrence.begins_on:
        causes.append(f"by lot, this schedule begins for this person on {calendar.day_name(begins_on)}")
    if not any(causes) and calendar.day_of(at) != due_on:
        causes.append("that day had passed")
    told = "; ".join(cause for cause in causes if cause)
    return f"moved from {calendar.day_name(due_on)}: {told}" if told else ""


def _countable_day(occurrence: Occurrence, calendar: Calendar) -> date:
    """The day from which lateness counts: waiting for a lot does not make an old message new."""
    if occurrence.begins_on:
        return calendar.day_of(occurrence.due)
    return calendar.day_of(max(occurrence.due, occurrence.slot))


def _last_day(occurrence: Occurrence, calendar: Calendar) -> date:
    return _countable_day(occurrence, calendar) + timedelta(days=occurrence.step.late_days or 0)


def _anchor_at(occurrence: Occurrence, calendar: Calendar) -> datetime:
    """The anchor's instant; without a time of day, the first of its day."""
    return calendar.at(occurrence.anchor.on, occurrence.anchor.at or time.min)
