"""The last check before a message may leave: each rule answers with what to do instead, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from outreach.rules.calendar import Calendar
from outreach.rules.contact import Route
from outreach.vocabulary import Purpose

LONGEST_VALIDITY = timedelta(hours=1)


class Do(StrEnum):
    """What happens to the message."""

    SEND = "send"
    MOVE = "move"
    HOLD = "hold"
    CANCEL = "cancel"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why; `until` is when to look again, `held_by` what must end before a held message goes on."""

    do: Do
    reason: str = ""
    until: datetime | None = None
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class HoldFact:
    """An open hold on a person's messages."""

    why: str
    with_appointments: bool
    ends_at: datetime | None
    quiet_until: date | None
    released: bool = False

    def is_felt(self, now: datetime, calendar: Calendar) -> bool:
        """Still open, or released with a wish for quiet until a day that has not come."""
        if self.quiet_until is not None:
            return calendar.day_of(now) < self.quiet_until
        return not self.released and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class PauseFact:
    """An open pause; neither schedule nor step means all sending."""

    schedule: str | None
    step: str | None
    why: str

    def covers(self, schedule: str | None, step: str) -> bool:
        """Whether messages of this step stand still."""
        return self.schedule is None or (self.schedule == schedule and self.step in (None, step))


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides about one message at one moment. `contacts` are local days of messages under the gap rule."""

    now: datetime
    calendar: Calendar
    purpose: Purpose
    schedule: str | None
    step: str
    late_after: datetime | None
    route: Route
    gap_days: int
    contacts: Sequence[date]
    appointments_ahead: Sequence[date]
    holds: Sequence[HoldFact]
    pauses: Sequence[PauseFact]
    no_longer_holds: str = ""
    list_is_stale: bool = False
    has_template: bool = True
    on_allow_list: bool = True
    cap_reached: bool = False
    somebody_reads: bool = True
    invites_call: bool = False
    calls_can_be_held: bool = True


def check(facts: Facts) -> Decision:
    """What may happen to this message now; rules that end it come first, rules that only delay it last."""
    for rule in (
        _too_late,
        _no_longer_true,
        _no_route,
        _paused,
        _held,
        _stale_list,
        _no_template,
        _not_on_allow_list,
        _outside_the_window,
        _within_the_gap,
        _nobody_reads,
        _nobody_can_call,
        _over_the_cap,
    ):
        decision = rule(facts)
        if decision is not None:
            return _unless_it_would_be_late(facts, decision)
    return Decision(Do.SEND)


def validity(now: datetime, calendar: Calendar, purpose: Purpose) -> timedelta:
    """How long the provider may keep trying: an hour at most, and never beyond the window's end."""
    if purpose.is_at_any_hour:
        return LONGEST_VALIDITY
    return min(LONGEST_VALIDITY, calendar.closes_at(now) - now)


def _too_late(facts: Facts) -> Decision | None:
    if facts.late_after and facts.now > facts.late_after:
        return Decision(Do.EXPIRE, "too late: its time had passed before it could go out")
    return None


def _no_longer_true(facts: Facts) -> Decision | None:
    return Decision(Do.CANCEL, facts.no_longer_holds) if facts.no_longer_holds else None


def _no_route(facts: Facts) -> Decision | None:
    return Decision(Do.CANCEL, facts.route.reason) if facts.route.channel is None else None


def _paused(facts: Facts) -> Decision | None:
    if facts.purpose.is_at_any_hour:
        return None
    for pause in facts.pauses:
        if pause.covers(facts.schedule, facts.step):
            return Decision(Do.HOLD, f"paused by staff: {pause.why}", held_by="pause")
    return None


def _held(facts: Facts) -> Decision | None:
    for hold in facts.holds:
        covered = facts.purpose.is_spaced or (facts.purpose is Purpose.APPOINTMENT and hold.with_appointments)
        if covered and hold.is_felt(facts.now, facts.calendar):
            return Decision(Do.HOLD, f"held: {hold.why}", held_by="hold")
    return None


def _stale_list(facts: Facts) -> Decision | None:
    if facts.list_is_stale and not facts.purpose.is_at_any_hour:
        return Decision(Do.HOLD, "held: the waiting list is too old; import a new one", held_by="stale_list")
    return None


def _no_template(facts: Facts) -> Decision | None:
    if facts.has_template:
        return None
    return Decision(Do.HOLD, "held: its template has no approved version", held_by="template")


def _not_on_allow_list(facts: Facts) -> Decision | None:
    if facts.on_allow_list:
        return None
    reason = "held: [sending] allow_everyone is false and this address is not on the allow_list"
    tomorrow = facts.calendar.next_slot(facts.now + timedelta(days=1))
    return Decision(Do.HOLD, reason, until=tomorrow, held_by="allow_list")


def _outside_the_window(facts: Facts) -> Decision | None:
    if facts.purpose.is_at_any_hour or facts.calendar.is_open(facts.now):
        return None
    return Decision(Do.MOVE, "moved to the next sending window", facts.calendar.next_slot(facts.now))


def _within_the_gap(facts: Facts) -> Decision | None:
    if not facts.purpose.is_spaced:
        return None
    today = facts.calendar.day_of(facts.now)
    gap = timedelta(days=facts.gap_days)
    blocking = [day + gap for day in facts.contacts if day <= today < day + gap]
    blocking += [day + gap for day in facts.appointments_ahead if today <= day < today + gap]
    if not blocking:
        return None
    wall = facts.calendar.local(facts.now).time()
    moved_to = facts.calendar.next_slot(facts.calendar.at(max(blocking), wall))
    return Decision(Do.MOVE, f"moved: another message stands within {facts.gap_days} days", moved_to)


def _nobody_reads(facts: Facts) -> Decision | None:
    """Messages that people answer wait for a day on which somebody reads, and reads the day after."""
    if facts.somebody_reads or not facts.purpose.is_spaced:
        return None
    return Decision(Do.MOVE, "moved: nobody is on duty to read what people answer", _next_day(facts))


def _nobody_can_call(facts: Facts) -> Decision | None:
    """No conversation is offered that nobody can hold."""
    if facts.calls_can_be_held or not facts.invites_call:
        return None
    return Decision(Do.MOVE, "moved: no peer worker has a free hour for a call", _next_day(facts))


def _over_the_cap(facts: Facts) -> Decision | None:
    if not facts.cap_reached or facts.purpose.is_at_any_hour:
        return None
    return Decision(Do.MOVE, "moved: the daily cap of messages was reached", _next_day(facts))


def _next_day(facts: Facts) -> datetime:
    """Tomorrow at this time of day, or the next open day after it."""
    local = facts.calendar.local(facts.now)
    return facts.calendar.next_slot(facts.calendar.at(local.date() + timedelta(days=1), local.time()))


def _unless_it_would_be_late(facts: Facts, decision: Decision) -> Decision:
    """A move beyond the last useful moment ends the message instead."""
    if decision.do is Do.MOVE and facts.late_after and decision.until and decision.until > facts.late_after:
        return Decision(Do.EXPIRE, f"too late: {decision.reason}, and by then its time has passed")
    return decision
