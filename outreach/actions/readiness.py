"""What still stands between this installation and real people, each point with what to do about it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.staff import rota
from outreach.actions.tell_staff import can_be_told
from outreach.models import TemplateVersion, WorkingHours
from outreach.models.staff import staff_with
from outreach.models.template import SHIPPED, usable_versions
from outreach.models.waitlist import list_taken_in_at
from outreach.services import Services
from outreach.vocabulary import Role

ROTA_DAYS = 14


def blocks_going_live(session: Session, services: Services, now: datetime) -> list[str]:
    """Every point that is open, the settings first; empty when real people can be written to."""
    return [
        *_of_settings(services),
        *_of_team(session, services, now),
        *_of_words_and_list(session, services, now),
    ]


def _of_settings(services: Services) -> Iterator[str]:
    config = services.config
    if config.service.demo:
        yield "This is a demo. A real service is another installation, with demo = false."
    if services.texts.is_simulated:
        yield "Texts go to a simulator, not to phones. Choose a provider under [sms] in the settings."
    if services.emails.is_simulated:
        yield "Emails go to a simulator, not to people. Choose a provider under [email] in the settings."
    if not config.duty.carrier_answers_confirmed_by:
        yield (
            "Nobody has confirmed that the text provider’s own answers to HELP and STOP carry the crisis lines. "
            "Check them there, and write the name of who did under [duty] carrier_answers_confirmed_by."
        )
    if urlsplit(config.service.public_url).scheme != "https":
        yield "The address of this site is not https. Set public_url under [service] in the settings."
    if not config.sending.allow_everyone:
        yield (
            f"Only the {len(config.sending.allow_list)} numbers and addresses on the allow-list get messages. "
            "When the team has tried it on itself, set allow_everyone = true under [sending]."
        )


def _of_team(session: Session, services: Services, now: datetime) -> Iterator[str]:
    peers = [member.id for member in staff_with(session, Role.PEER_WORKER)]
    if not session.scalar(select(func.count()).where(WorkingHours.staff_id.in_(peers))):
        yield "No peer worker has hours on record, so no call is offered. Add them under Staff."
    for role, why in ((Role.CLINICIAN, "alerts about a possible crisis"), (Role.PEER_LEAD, "late tasks")):
        if not any(can_be_told(member) for member in staff_with(session, role)):
            yield f"No {role.value.replace('_', ' ')} has a mobile or an email on record: {why} reach nobody."
    days = rota(session, services.calendar, services.calendar.day_of(now), ROTA_DAYS)
    unread = [day for day, (reader, _, _) in days if not reader]
    if unread:
        first = services.calendar.day_name(unread[0])
        yield (
            f"{len(unread)} of the next {len(days)} working days have nobody who reads replies, the first on "
            f"{first}. On those days no text that invites an answer goes out. Fill the rota under Staff."
        )


def _of_words_and_list(session: Session, services: Services, now: datetime) -> Iterator[str]:
    missing = templates_without_approval(session)
    if missing:
        yield f"{missing} English templates have no approved version. Have a second person approve them."
    newest = list_taken_in_at(session)
    limit = services.config.sending.list_max_age_days
    if newest is None:
        yield "No waiting list has been taken in yet."
    elif now - newest > timedelta(days=limit):
        yield f"The waiting list is older than {limit} days, so scheduled messages are held. Import a new one."


def templates_without_approval(session: Session) -> int:
    """How many shipped English templates have no version that a second person has approved."""
    usable = usable_versions(session, needs_approval=True)
    shipped = select(func.count()).where(TemplateVersion.author == SHIPPED, TemplateVersion.language == "en")
    return max(0, (session.scalar(shipped) or 0) - sum(language == "en" for _, language, _ in usable))
