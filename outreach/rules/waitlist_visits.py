"""Sets what a waiting list says of an appointment against those on record: booked, moved, called off or corrected."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from outreach.rules.calendar import Calendar
from outreach.rules.dates import When
from outreach.rules.pathway import Visit
from outreach.rules.waitlist_row import Missing, given, is_blank
from outreach.vocabulary import AppointmentKind, Attendance

NAMES = {AppointmentKind.ASSESSMENT: "assessment", AppointmentKind.TREATMENT: "first session"}
ARTICLES = {AppointmentKind.ASSESSMENT: "an", AppointmentKind.TREATMENT: "a"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One kind of appointment as one row of a list tells it."""

    kind: AppointmentKind
    at: When | Missing
    place: str | Missing
    attendance: Attendance | Missing

    @property
    def name(self) -> str:
        """What people call it."""
        return NAMES[self.kind]


@dataclass(slots=True)
class VisitNews:
    """What follows from a list for one kind of appointment.

    `called_off` pairs a visit with the reason; `because` is why people are planned for afresh, blank where nothing
    changed that a message is counted from; `astray` says that an attendance belongs to no appointment.
    """

    booked: Visit | None = None
    edited: list[Visit] = field(default_factory=list)
    called_off: list[tuple[Visit, str]] = field(default_factory=list)
    because: str = ""
    astray: bool = False


def compare(listed: Listed, visits: Sequence[Visit], calendar: Calendar, today: date) -> VisitNews:
    """What the row changes. Another date is another appointment; the same date is the same one, whatever its time."""
    mine = [visit for visit in visits if visit.kind is listed.kind and not _is_gone(visit)]
    if isinstance(listed.at, Missing):
        return _without_date(listed, mine, today)
    return _on_a_date(listed, listed.at, mine, calendar, today)


def _on_a_date(listed: Listed, at: When, mine: Sequence[Visit], calendar: Calendar, today: date) -> VisitNews:
    day, wall = at
    news = VisitNews()
    same = next((visit for visit in reversed(mine) if visit.on == day), None)
    moved = f"moved to {calendar.day_name(day)}" if day >= today else "was called off"
    for other in mine:
        if other is not same and _is_ahead(other, today):
            news.because = f"the {listed.name} {moved}"
            news.called_off.append((other, news.because))
    if same is not None:
        corrected = replace(same, at=wall or same.at, place=given(listed.place) or same.place)
        _edit(news, listed, same, _with_attendance(corrected, given(listed.attendance)))
        return news
    attendance = given(listed.attendance)
    called_off = attendance is not None and attendance.is_cancelled
    news.booked = Visit("", listed.kind, day, wall, given(listed.place), attendance, called_off)
    news.because = news.because or f"{ARTICLES[listed.kind]} {listed.name} was booked"
    return news


def _without_date(listed: Listed, mine: Sequence[Visit], today: date) -> VisitNews:
    """A blank calls off what is ahead; an attendance without a date is about the appointment it can be about."""
    news = VisitNews()
    ahead = [visit for visit in mine if _is_ahead(visit, today)]
    attendance = given(listed.attendance)
    about = None
    if attendance is not None and attendance is not Attendance.NOT_YET:
        about = _attended(attendance, mine, ahead, today)
        news.astray = about is None
    elif not is_blank(listed.at):
        about = ahead[-1] if ahead else None
    if is_blank(listed.at):
        why = f"the {listed.name} was called off"
        news.called_off = [(visit, why) for visit in ahead if visit is not about]
        news.because = why if news.called_off else ""
    if about is not None:
        place = about.place if is_blank(listed.at) else given(listed.place) or about.place
        _edit(news, listed, about, _with_attendance(replace(about, place=place), attendance))
    return news


def _attended(
    attendance: Attendance, mine: Sequence[Visit], ahead: Sequence[Visit], today: date
) -> Visit | None:
    """The appointment that a code without a date is about; only one that has come can be attended or missed."""
    if attendance.is_cancelled:
        return next(iter(ahead), mine[-1] if mine else None)
    return next((visit for visit in reversed(mine) if visit.on <= today), None)


def _edit(news: VisitNews, listed: Listed, before: Visit, after: Visit) -> None:
    if after == before:
        return
    news.edited.append(after)
    news.because = news.because or _why(listed.name, before, after)


def _why(name: str, before: Visit, after: Visit) -> str:
    """What the correction means for messages; another place means nothing, as it is read when a message goes."""
    if after.called_off != before.called_off:
        return f"the {name} was called off" if after.called_off else f"the {name} takes place after all"
    if after.is_missed != before.is_missed:
        return f"the {name} was missed" if after.is_missed else f"the {name} was not missed after all"
    if after.is_attended and not before.is_attended:
        return f"the {name} took place"
    return f"the {name} has another time" if after.at != before.at else ""


def _with_attendance(visit: Visit, attendance: Attendance | None) -> Visit:
    """ "Not yet" never takes back what came of an appointment; it does take back that it was called off."""
    came_of_it = visit.is_attended or visit.is_missed
    if attendance is None or (attendance is Attendance.NOT_YET and came_of_it):
        return visit
    return replace(visit, attendance=attendance, called_off=attendance.is_cancelled)


def _is_gone(visit: Visit) -> bool:
    """Called off because it moved or left the list, rather than by a code of its own."""
    return visit.called_off and not (visit.attendance is not None and visit.attendance.is_cancelled)


def _is_ahead(visit: Visit, today: date) -> bool:
    """Still to come: a past one without a code may have been missed, and nobody can call it off any more."""
    unrecorded = visit.attendance in (None, Attendance.NOT_YET)
    return visit.on >= today and unrecorded and not visit.called_off
