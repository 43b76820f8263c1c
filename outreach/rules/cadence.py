"""What is due for one referral on one schedule: from dates and steps to occurrences, by arithmetic alone."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from outreach.rules.calendar import Calendar
from outreach.rules.lots import Lot
from outreach.vocabulary import Again, AnchorKind, Purpose, Stage


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a schedule, counted in local calendar days; `late_days` None means "send however late".

    With `every_days` it repeats (n = 1, 2, …) until there is an anchor of the kind `until`; otherwise it comes once.
    """

    key: str
    anchor: AnchorKind
    offset_days: int
    every_days: int | None
    until: AnchorKind | None
    at: time
    templates: tuple[str, ...]
    purpose: Purpose
    late_days: int | None
    again: Again
    first_contact: bool = False
    invites_call: bool = False

    @property
    def is_before_anchor(self) -> bool:
        """It is worth nothing once the anchor has come. A first contact is: it introduces us whenever it goes."""
        return self.offset_days < 0 and not self.every_days and not self.first_contact


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps that people of one stage are on; `begins_on` is the day on which it begins for somebody by lot."""

    key: str
    title: str
    stage: Stage
    steps: tuple[Step, ...]
    lot: Lot | None = None
    begins_on: date | None = None

    def allotted_to(self, person_id: str) -> "Schedule":
        """The schedule as this person has it while a comparison is under way; else as it is."""
        if self.lot is None:
            return self
        arm = self.lot.arm_of(person_id)
        if self.lot.starts_on:
            return replace(self, begins_on=self.lot.begins_on(arm))
        if arm == 0:
            return self
        steps = (
            replace(step, templates=(self.lot.template,)) if step.key == self.lot.step else step
            for step in self.steps
        )
        return replace(self, steps=tuple(steps))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A date to count from; `row` tells it from every other, `at` is a local wall time where there is one."""

    kind: AnchorKind
    row: str
    on: date
    at: time | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a referral stands on a schedule: since when (UTC), and whether any message has reached the person before.

    `first_contact_on` is the day given to the first contact of somebody who came late onto a long list.
    """

    started: datetime
    first_contact_on: date | None
    introduced: bool


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One message to come: `due` as the schedule says, `slot` moved into the sending window; both UTC.

    `begins_on` is the day on which its schedule begins for this person, where that is why it waits.
    """

    schedule: str
    step: Step
    anchor: Anchor
    n: int
    due: datetime
    slot: datetime
    begins_on: date | None = None

    @property
    def key(self) -> str:
        """Names the occurrence within its enrolment and step."""
        return occurrence_key(self.anchor, self.n)

    @property
    def template(self) -> str:
        """The template of this repeat; a repeated step rotates over its list."""
        return self.step.templates[max(self.n - 1, 0) % len(self.step.templates)]


def occurrence_key(anchor: Anchor, n: int) -> str:
    """`<anchor row>:<n>`: a new date is a new row, and so a new occurrence."""
    return f"{anchor.row}:{n}"


def is_recorded(step: Step, key: str, recorded: AbstractSet[tuple[str, str]]) -> bool:
    """This occurrence is on record; a step that comes once and never again also by any earlier date of its anchor."""
    if (step.key, key) in recorded:
        return True
    if step.every_days or step.again is not Again.NEVER:
        return False
    return any(recorded_step == step.key for recorded_step, _ in recorded)


def occurrences(
    schedule: Schedule,
    anchors: Sequence[Anchor],
    standing: Standing,
    calendar: Calendar,
    until: datetime,
    *,
    appointments_until: datetime | None = None,
) -> list[Occurrence]:
    """Everything whose slot comes by `until`, in order of slot; one-off steps that are past are among them.

    Somebody's first contact is always among them, however far ahead, because other messages wait for it. So are
    the messages about appointments until `appointments_until`, to which the others yield.
    """
    found = [
        occurrence
        for step, anchor in _counting(schedule, anchors, standing)
        for occurrence in _by(
            until if step.purpose.is_spaced else appointments_until or until,
            schedule,
            step,
            anchor,
            standing=standing,
            calendar=calendar,
        )
    ]
    return sorted(found, key=lambda each: each.slot)


def next_due(
    schedule: Schedule,
    anchors: Sequence[Anchor],
    standing: Standing,
    recorded: AbstractSet[tuple[str, str]],
    calendar: Calendar,
) -> datetime | None:
    """The slot (UTC) of the earliest occurrence that is not on record; None when no more will ever come."""
    following = next_occurrence(schedule, anchors, standing, recorded, calendar)
    return following.slot if following else None


def next_occurrence(
    schedule: Schedule,
    anchors: Sequence[Anchor],
    standing: Standing,
    recorded: AbstractSet[tuple[str, str]],
    calendar: Calendar,
) -> Occurrence | None:
    """The earliest occurrence that is not on record; `recorded` holds (step key, occurrence key) pairs."""
    coming = (
        _occurrence(schedule, step, anchor, n, standing=standing, calendar=calendar)
        for step, anchor in _counting(schedule, anchors, standing)
        if (n := _next_unrecorded(step, anchor, standing, recorded, calendar)) is not None
    )
    return min(coming, key=lambda each: each.slot, default=None)


def _counting(
    schedule: Schedule, anchors: Sequence[Anchor], standing: Standing
) -> Iterator[tuple[Step, Anchor]]:
    """Every step that counts now, with each anchor that it counts from. Most steps of a schedule wait for theirs."""
    by_kind = _in_order(anchors)
    for step in schedule.steps:
        rows = by_kind.get(step.anchor)
        if rows and step.until not in by_kind:
            for anchor in _counted(step, rows, standing):
                yield step, anchor


def _in_order(anchors: Sequence[Anchor]) -> dict[AnchorKind | None, list[Anchor]]:
    """The anchors of each kind by date."""
    by_kind: dict[AnchorKind | None, list[Anchor]] = {}
    for anchor in anchors:
        by_kind.setdefault(anchor.kind, []).append(anchor)
    for rows in by_kind.values():
        if len(rows) > 1:
            rows.sort(key=lambda anchor: (anchor.on, anchor.at or time.min, anchor.row))
    return by_kind


def _counted(step: Step, rows: Sequence[Anchor], standing: Standing) -> Sequence[Anchor]:
    """Which of these anchors the step counts from.

    A repeat counts from one date only: a second row would double its messages.
    """
    if step.first_contact:
        return () if standing.introduced else rows[:1]
    if step.again is Again.NEVER:
        return rows[:1]
    return rows[-1:] if step.every_days else rows


def _by(
    until: datetime, schedule: Schedule, step: Step, anchor: Anchor, *, standing: Standing, calendar: Calendar
) -> Iterator[Occurrence]:
    """This step's occurrences whose slot comes by then."""
    for n in _numbers_by(until, step, anchor, standing, calendar):
        occurrence = _occurrence(schedule, step, anchor, n, standing=standing, calendar=calendar)
        if occurrence.slot <= until or step.first_contact:
            yield occurrence


def _numbers_by(
    until: datetime, step: Step, anchor: Anchor, standing: Standing, calendar: Calendar
) -> Sequence[int]:
    """Which repeats can matter by then, without walking over the years before."""
    last_day = calendar.day_of(until)
    if not step.every_days:
        starts_later = step.offset_days >= 0 and not step.first_contact and _day(step, anchor, 0) > last_day
        return () if starts_later else (0,)
    last = (last_day - _day(step, anchor, 0)).days // step.every_days
    return range(_first_repeat(step, anchor, standing, calendar, step.every_days), last + 1)


def _first_repeat(step: Step, anchor: Anchor, standing: Standing, calendar: Calendar, every_days: int) -> int:
    """The first repeat that was still to come when the enrolment began."""
    elapsed = (calendar.day_of(standing.started) - _day(step, anchor, 0)).days
    first = max(1, -(-elapsed // every_days))
    missed = calendar.at(_day(step, anchor, first), step.at) < standing.started
    return first + 1 if missed else first


def _next_unrecorded(
    step: Step,
    anchor: Anchor,
    standing: Standing,
    recorded: AbstractSet[tuple[str, str]],
    calendar: Calendar,
) -> int | None:
    if not step.every_days:
        return None if is_recorded(step, occurrence_key(anchor, 0), recorded) else 0
    n = _first_repeat(step, anchor, standing, calendar, step.every_days)
    while is_recorded(step, occurrence_key(anchor, n), recorded):
        n += 1
    return n


def _occurrence(
    schedule: Schedule, step: Step, anchor: Anchor, n: int, *, standing: Standing, calendar: Calendar
) -> Occurrence:
    spread = standing.first_contact_on if step.first_contact else None
    due = calendar.at(spread or _day(step, anchor, n), step.at)
    slot = calendar.previous_slot(due) if step.is_before_anchor else calendar.next_slot(due)
    begun = _begun_slot(schedule, step, calendar)
    if begun is None or begun <= slot:
        return Occurrence(schedule.key, step, anchor, n, due, slot)
    return Occurrence(schedule.key, step, anchor, n, due, begun, schedule.begins_on)


def _begun_slot(schedule: Schedule, step: Step, calendar: Calendar) -> datetime | None:
    """The first slot once the schedule has begun for this person by lot. Appointment messages never wait for it."""
    if schedule.begins_on is None or not step.purpose.is_spaced:
        return None
    return calendar.next_slot(calendar.at(schedule.begins_on, step.at))


def _day(step: Step, anchor: Anchor, n: int) -> date:
    return anchor.on + timedelta(days=step.offset_days + n * (step.every_days or 0))
