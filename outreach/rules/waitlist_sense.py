"""Which dates of one row cannot be true together."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from outreach.vocabulary import AppointmentKind

FARTHEST = timedelta(days=5 * 366)
"""A wait takes two years; an appointment farther ahead is a slip of the keys."""

Finding = tuple[str, str, str, Literal["refusal", "note"]]
"""Column, what is wrong, the fix, and whether it keeps the row out."""


def senseless(values: Mapping[str, Any], today: date) -> Iterator[Finding]:
    """What contradicts the calendar or another cell, for the values given, by column. `today` is the local day.

    Refused is what would write to somebody at a wrong time or close a wait too early. An appointment before the
    referral is refused while it is still to be attended; one with its attendance recorded did take place
    (referrals are moved between teams and dated anew), so it is taken in with a note.
    """
    yield from _in_the_future(values, today)
    yield from _before_birth(values)
    yield from _before_referral(values)
    for kind in AppointmentKind:
        yield from _appointment(values, kind, today)


def _in_the_future(values: Mapping[str, Any], today: date) -> Iterator[Finding]:
    for column in ("referred_on", "date_of_birth", "deceased_on", "accepted_on", "closed_on"):
        if column in values and values[column] > today:
            yield (
                column,
                "this date is in the future",
                "correct it, or leave it blank until it has come",
                "refusal",
            )


def _before_birth(values: Mapping[str, Any]) -> Iterator[Finding]:
    born = values.get("date_of_birth")
    for column in ("referred_on", "deceased_on"):
        if born and column in values and values[column] < born:
            yield column, "this date is before the date of birth", "correct one of them", "refusal"


def _before_referral(values: Mapping[str, Any]) -> Iterator[Finding]:
    referred = values.get("referred_on")
    for column in ("accepted_on", "therapy_ended_on", "closed_on"):
        if referred and column in values and values[column] < referred:
            yield column, "this date is before the referral", "correct one of them", "refusal"


def _appointment(values: Mapping[str, Any], kind: AppointmentKind, today: date) -> Iterator[Finding]:
    column = f"{kind.value}_at"
    if column not in values:
        return
    day, attendance = values[column][0], values.get(f"{kind.value}_attendance")
    came_of_it = attendance is not None and (attendance.is_missed or attendance.is_attended)
    if day > today and came_of_it:
        fix = "correct the date, or leave the attendance blank until the day has come"
        yield f"{kind.value}_attendance", "nobody can have attended or missed a day to come", fix, "refusal"
    if day - today > FARTHEST:
        yield column, "this appointment is more than five years ahead", "correct its year", "refusal"
    if "referred_on" in values and day < values["referred_on"]:
        severity: Literal["refusal", "note"] = "note" if came_of_it else "refusal"
        yield column, "this appointment is before the referral", "check both dates", severity
