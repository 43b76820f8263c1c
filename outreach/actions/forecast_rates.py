"""What the list has shown so far: how fast people are booked, accepted and leave, how often they miss and ask."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Appointment, Message, Referral, Task
from outreach.rules.fortunes import Observed, Odds, Rate
from outreach.vocabulary import LEFT_US, AppointmentKind, Channel, Purpose, TaskKind

LOOK_BACK = timedelta(days=365)
A_WEEK = timedelta(days=7)

USUAL_BOOKING = {AppointmentKind.ASSESSMENT: 1 / 12, AppointmentKind.TREATMENT: 1 / 78}
USUAL_ACCEPTING, USUAL_ENDING, USUAL_LEAVING = 1 / 5, 1 / 30, 1 / 400
"""A week, before anything was seen here: waits as the service describes them."""

USUAL_LEAD_DAYS = {AppointmentKind.ASSESSMENT: 42, AppointmentKind.TREATMENT: 56}
USUAL_CALLBACKS = 0.03
"""Calls asked for per message, before any was counted."""

USUAL_SEGMENTS = 2.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What messages bring: calls asked for among so many messages, and segments of a text by its template."""

    callbacks: Rate
    segments: Mapping[str, float]
    usual_segments: float


@dataclass(frozen=True, slots=True)
class _Wait:
    """One referral's dates, with when each of its appointments was booked and for when."""

    referred: date
    accepted: date | None
    ended: date | None
    closed: date | None
    visits: list[tuple[AppointmentKind, date, date, bool]]  # (kind, booked on, for when, was attended)

    def booked(self, kind: AppointmentKind) -> list[date]:
        """When appointments of this kind were booked, the first one first."""
        return sorted(booked for each, booked, _, _ in self.visits if each is kind)

    def attended(self, kind: AppointmentKind) -> date | None:
        """When they were first seen."""
        return min((on for each, _, on, came in self.visits if each is kind and came), default=None)


def observed(session: Session, today: date) -> Observed:
    """The rates of the last year, each with how much it rests on."""
    waits, since = _waits(session), today - LOOK_BACK

    def rate(spans: Iterable[tuple[date | None, date | None]], usual: float) -> Rate:
        return _rate(spans, since, today, usual)

    first = {
        kind: [(each, next(iter(each.booked(kind)), None)) for each in waits] for kind in AppointmentKind
    }
    treated = [(each, each.attended(AppointmentKind.TREATMENT)) for each in waits]
    return Observed(
        booking={
            AppointmentKind.ASSESSMENT: rate(
                (
                    (each.referred, _first(booked, each.closed))
                    for each, booked in first[AppointmentKind.ASSESSMENT]
                ),
                USUAL_BOOKING[AppointmentKind.ASSESSMENT],
            ),
            AppointmentKind.TREATMENT: rate(
                (
                    (each.accepted, _first(booked, each.closed))
                    for each, booked in first[AppointmentKind.TREATMENT]
                ),
                USUAL_BOOKING[AppointmentKind.TREATMENT],
            ),
        },
        missing=_missing(session, since, today),
        lead_days={kind: _lead_days(waits, kind, since) for kind in AppointmentKind},
        accepting=rate(
            (
                (each.attended(AppointmentKind.ASSESSMENT), _first(each.accepted, each.closed))
                for each in waits
            ),
            USUAL_ACCEPTING,
        ),
        ending=rate(((on, _first(each.ended, each.closed)) for each, on in treated), USUAL_ENDING),
        leaving=rate(((each.referred, each.closed) for each in waits), USUAL_LEAVING),
    )


def _waits(session: Session) -> list[_Wait]:
    visits: dict[str, list[tuple[AppointmentKind, date, date, bool]]] = defaultdict(list)
    columns = (
        Appointment.referral_id,
        Appointment.kind,
        Appointment.created_at,
        Appointment.on_date,
        Appointment.attendance,
    )
    for referral_id, kind, created_at, on_date, attendance in session.execute(select(*columns)):
        came = attendance is not None and attendance.is_attended
        visits[referral_id].append((kind, created_at.date(), on_date, came))
    dates = select(
        Referral.id, Referral.referred_on, Referral.accepted_on, Referral.therapy_ended_on, Referral.closed_on
    )
    return [_Wait(*row[1:], visits=visits[row[0]]) for row in session.execute(dates)]


def _first(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)


def _rate(spans: Iterable[tuple[date | None, date | None]], since: date, today: date, usual: float) -> Rate:
    """Events in the weeks that people waited for one within the look-back; a span is a beginning and its event."""
    events, days = 0, 0
    for begins, ends in spans:
        if begins is None or begins > today or (ends is not None and ends <= since):
            continue
        happened = ends is not None and ends <= today
        events += happened
        days += max(0, ((ends if happened and ends else today) - max(begins, since)).days)
    return Rate(events, days / 7, usual)


def _missing(session: Session, since: date, today: date) -> Odds:
    query = select(Appointment.attendance).where(
        Appointment.on_date > since, Appointment.on_date <= today, Appointment.attendance.is_not(None)
    )
    settled = [each for each in session.scalars(query) if each and each.is_settled]
    return Odds(sum(each.is_missed for each in settled), len(settled))


def _lead_days(waits: Iterable[_Wait], kind: AppointmentKind, since: date) -> int:
    leads = [
        (on - booked).days
        for each in waits
        for what, booked, on, _ in each.visits
        if what is kind and booked > since
    ]
    ahead = [lead for lead in leads if lead > 0]
    return round(median(ahead)) if ahead else USUAL_LEAD_DAYS[kind]


def answers(session: Session, now: datetime) -> Answers:
    """What messages of the last year brought."""
    since = now - LOOK_BACK
    ours = (
        Message.state.in_(LEFT_US),
        Message.sending_at > since,
        Message.purpose.not_in([each for each in Purpose if each.is_at_any_hour]),
    )
    sent = session.scalar(select(func.count()).select_from(Message).where(*ours)) or 0
    asked = select(func.count()).where(Task.kind == TaskKind.CALLBACK, Task.opened_at > since)
    by_template = (
        select(Message.template, func.avg(Message.segments), func.count())
        .where(*ours, Message.channel == Channel.SMS, Message.segments.is_not(None))
        .group_by(Message.template)
    )
    rows = [(template, float(mean), count) for template, mean, count in session.execute(by_template)]
    texts = sum(count for _, _, count in rows)
    usual = sum(mean * count for _, mean, count in rows) / texts if texts else USUAL_SEGMENTS
    segments = {template: mean for template, mean, _ in rows}
    return Answers(Rate(session.scalar(asked) or 0, sent, USUAL_CALLBACKS), segments, usual)
