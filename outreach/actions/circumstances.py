"""What is true for every message of one moment: schedules, pauses, templates, the age of the list, the daily cap."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.claimed import Claimed
from outreach.actions.courses import Course
from outreach.actions.directory import current_offers
from outreach.actions.duty import duties
from outreach.actions.peers import peers
from outreach.actions.waits import WaitingPerson
from outreach.models import Attempt, Pause, TemplateVersion
from outreach.models.lists import plain
from outreach.models.template import usable_versions
from outreach.models.waitlist import list_taken_in_at
from outreach.rules.activities import Offer
from outreach.rules.cadence import Schedule
from outreach.rules.capacity import Talk, Wish, first_talk
from outreach.rules.contact import Route
from outreach.rules.guard import PauseFact
from outreach.services import Services
from outreach.vocabulary import Channel

_pause, _attempt = Pause.__table__.c, Attempt.__table__.c
PAUSES = (
    select(_pause.schedule, _pause.step, _pause.why).where(_pause.resumed_at.is_(None)).order_by(_pause.id)
)
SENT_SINCE = (
    select(func.count()).select_from(Attempt.__table__).where(_attempt.started_at >= bindparam("midnight"))
)


@dataclass(slots=True)
class Circumstances:
    """Loaded once per transaction; `room_today` goes down with each message that is sent.

    `links` are those to people's own pages in what was put into words, as columns by message; stored when that goes.
    `shared` are values that all messages of a channel and language have at this moment, once they are known.
    """

    now: datetime
    schedules: dict[str, Schedule]
    pauses: list[PauseFact]
    versions: dict[tuple[str, str, Channel], TemplateVersion]
    list_is_stale: bool
    room_today: int
    talk: Talk | None
    read_by: datetime
    invites_answers: bool
    calls_can_be_held: bool
    offers: list[Offer]
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[tuple[Channel, str], dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One claimed message with everything that decides about it; no person where an unknown number wrote to us."""

    message: Claimed
    person: WaitingPerson | None
    course: Course | None
    way: Route


def circumstances(
    session: Session, services: Services, now: datetime, templates: Collection[str] | None = None
) -> Circumstances:
    """What holds for every message at this moment; for messages made from these templates, or from any."""
    calendar, on_duty = services.calendar, duties(session, services.calendar, now)
    free = peers(session, now)
    talk = first_talk(free, Wish(), now, calendar)
    return Circumstances(
        now=now,
        schedules=in_force(session),
        pauses=open_pauses(session),
        versions=usable_versions(session, services.is_live, templates),
        list_is_stale=services.is_live and list_is_stale(session, services, now),
        room_today=services.config.sending.daily_cap - _sent_today(session, services, now),
        talk=talk,
        read_by=on_duty.read_by(now),
        invites_answers=on_duty.invites_answers,
        # Before any peer worker's hours are on record only an installation that reaches nobody may offer calls.
        calls_can_be_held=talk is not None or (not free and not services.is_live),
        offers=current_offers(session, calendar.day_of(now)),
    )


def open_pauses(session: Session) -> list[PauseFact]:
    """Every pause that has not been resumed."""
    return [PauseFact(*row) for row in plain(session, PAUSES)]


def list_is_stale(session: Session, services: Services, now: datetime) -> bool:
    """No waiting list was taken in lately: people may have died, left or been given dates we do not know of."""
    newest = list_taken_in_at(session)
    return newest is None or now - newest > timedelta(days=services.config.sending.list_max_age_days)


def _sent_today(session: Session, services: Services, now: datetime) -> int:
    calendar = services.calendar
    midnight = calendar.at(calendar.day_of(now), calendar.opens.replace(hour=0, minute=0))
    return plain(session, SENT_SINCE, {"midnight": midnight}).scalar() or 0
