"""Where a referral stands, and which dates its steps are counted from."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from outreach.rules.cadence import Anchor
from outreach.vocabulary import AnchorKind, AppointmentKind, Attendance, Stage

ATTENDANCE_MISSING_DAYS = 14
"""A past appointment without an attendance code counts as taking place for this long; then check-ins resume."""

ANCHOR_OF = {
    AppointmentKind.ASSESSMENT: (AnchorKind.ASSESSMENT, AnchorKind.ASSESSMENT_MISSED),
    AppointmentKind.TREATMENT: (AnchorKind.TREATMENT, AnchorKind.TREATMENT_MISSED),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment as the rules see it; `row` is its id."""

    row: str
    kind: AppointmentKind
    on: date
    at: time | None
    place: str | None
    attendance: Attendance | None
    called_off: bool

    @property
    def is_missed(self) -> bool:
        """The person did not attend, or came too late to be seen."""
        return not self.called_off and self.attendance is not None and self.attendance.is_missed

    @property
    def is_attended(self) -> bool:
        """The person was seen."""
        return not self.called_off and self.attendance is not None and self.attendance.is_attended

    def lacks_attendance(self, today: date) -> bool:
        """It is past, and nobody has recorded for two weeks what came of it."""
        unrecorded = self.attendance in (None, Attendance.NOT_YET)
        return unrecorded and today > self.on + timedelta(days=ATTENDANCE_MISSING_DAYS)


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a referral's stage events."""

    referred_on: date
    accepted_on: date | None = None
    therapy_ended_on: date | None = None
    closed_on: date | None = None


def stage_of(dates: Dates, visits: list[Visit]) -> Stage:
    """The stage that the recorded facts amount to."""
    standing = [visit for visit in visits if not visit.called_off]
    attended = {visit.kind for visit in standing if visit.is_attended}
    if dates.closed_on:
        return Stage.CLOSED
    if dates.therapy_ended_on or AppointmentKind.TREATMENT in attended:
        return Stage.IN_TREATMENT
    if dates.accepted_on or any(visit.kind is AppointmentKind.TREATMENT for visit in standing):
        return Stage.AWAITING_TREATMENT
    if AppointmentKind.ASSESSMENT in attended:
        return Stage.AWAITING_DECISION
    return Stage.AWAITING_ASSESSMENT


def anchors_of(dates: Dates, visits: list[Visit], today: date) -> list[Anchor]:
    """What the steps of this referral can be counted from today.

    A stage date is its own row (`2026-03-01`): the same date never starts a step twice. A missed appointment is no
    longer booked, and neither is a past one whose attendance nobody recorded.
    """
    # A first session without a date of acceptance: counted from the referral, nobody waits in silence.
    has_session = any(visit.kind is AppointmentKind.TREATMENT and not visit.called_off for visit in visits)
    staged = (
        (AnchorKind.REFERRED, dates.referred_on),
        (AnchorKind.ACCEPTED, dates.accepted_on or (dates.referred_on if has_session else None)),
        (AnchorKind.THERAPY_ENDED, dates.therapy_ended_on),
    )
    anchors = [Anchor(kind, day.isoformat(), day, None) for kind, day in staged if day]
    for visit in visits:
        if visit.called_off or visit.lacks_attendance(today):
            continue
        booked, missed = ANCHOR_OF[visit.kind]
        anchors.append(Anchor(missed if visit.is_missed else booked, visit.row, visit.on, visit.at))
    return anchors


def review_on(visits: list[Visit], today: date) -> date | None:
    """The first day on which a missing attendance code changes what is due; None when none can."""
    waiting = [
        visit.on + timedelta(days=ATTENDANCE_MISSING_DAYS + 1)
        for visit in visits
        if not visit.called_off
        and visit.attendance in (None, Attendance.NOT_YET)
        and not visit.lacks_attendance(today)
    ]
    return min(waiting, default=None)
