"""Shows what words would become: for a made-up or a real person, with cost and everything that is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.check_wording import check_wording
from outreach.actions.circumstances import circumstances
from outreach.actions.compose import ALLOWED, service_values, values_for
from outreach.actions.waits import load_people
from outreach.errors import RefusedError, TemplateRefusedError
from outreach.models import Message, Person
from outreach.rules.crisis_lines import crisis_lines_in
from outreach.rules.email_body import email_body
from outreach.rules.pathway import Visit
from outreach.rules.rendering import (
    compile_email,
    compile_text,
    render_email,
    render_text,
    text_direction,
)
from outreach.rules.segments import GSM_7, Segments, count
from outreach.rules.variables import longest_values, sample_values
from outreach.rules.wording import Draft, Finding, dearest, pounds_a_year
from outreach.services import Services
from outreach.vocabulary import LEFT_US, Channel

A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text takes: as shown, and with the longest values; for emails nothing is paid.

    `texts_a_year` is how many of this template went out in the last 365 days, `pounds` what they would cost in these
    words. `is_dear_language` says that the language itself needs 70 characters a segment, whatever the words.
    """

    segments: Segments
    longest: Segments
    texts_a_year: int
    pounds: Decimal
    is_dear_language: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft looks like; where `fault` says why it cannot be shown, the rest is blank.

    `html` is the inside of an email, safe to show.
    """

    language: str
    direction: str
    findings: list[Finding]
    subject: str = ""
    text: str = ""
    html: str = ""
    cost: Cost | None = None
    fault: str = ""


def preview(
    session: Session, services: Services, draft: Draft, now: datetime, person_id: str | None = None
) -> Preview:
    """The draft for this person, or for a made-up one. Never raises for what is wrong with the words."""
    findings = check_wording(session, services, draft)
    direction = text_direction(draft.language)
    try:
        values = _values(session, services, draft, now, person_id)
        if draft.channel is Channel.EMAIL:
            email = render_email(compile_email(draft.source, ALLOWED), values, draft.language)
            html = email_body(email.text, values["public_url"])
            return Preview(
                draft.language, direction, findings, subject=email.subject, text=email.text, html=html
            )
        text = render_text(compile_text(draft.source, ALLOWED), values, draft.language)
        return Preview(
            draft.language, direction, findings, text=text, cost=_cost(session, services, draft, text, now)
        )
    except (TemplateRefusedError, RefusedError) as fault:
        return Preview(draft.language, direction, findings, fault=str(fault))


def _cost(session: Session, services: Services, draft: Draft, text: str, now: datetime) -> Cost:
    longest = dearest(draft, longest_values(draft.channel, _own_values(services, draft), draft.language))
    sent = texts_sent(session, draft, now - A_YEAR)
    pounds = pounds_a_year(longest.segments, sent, services.config.sms.pence_per_segment)
    lines = crisis_lines_in(draft.language, Channel.SMS)
    return Cost(count(text), longest, sent, pounds, is_dear_language=not GSM_7.issuperset(lines))


def _own_values(services: Services, draft: Draft) -> dict[str, str]:
    """This installation's own name, phone and so on, where they are set."""
    return {
        name: value
        for name, value in service_values(services, draft.channel, draft.language).items()
        if value
    }


def texts_sent(session: Session, draft: Draft, since: datetime) -> int:
    """How many messages of this template left us on this channel since then."""
    query = select(func.count()).where(
        Message.template == draft.key,
        Message.channel == draft.channel,
        Message.state.in_(LEFT_US),
        Message.planned_for >= since,
    )
    return session.scalar(query) or 0


def _values(
    session: Session, services: Services, draft: Draft, now: datetime, person_id: str | None
) -> Mapping[str, str]:
    """A real person's values, or samples with this installation's own name and phone."""
    if person_id is None:
        return sample_values(draft.channel, _own_values(services, draft), draft.language)
    session.get_one(Person, person_id)
    person = load_people(session, services.keyring, [person_id])[person_id]
    today = services.calendar.day_of(now)
    visits = [visit for wait in person.waits for visit in wait.visits if not visit.called_off]
    visit = _nearest(visits, today)
    around = circumstances(session, services, now)
    return values_for(services, around, person, visit, channel=draft.channel, language=draft.language)


def _nearest(visits: list[Visit], today: date) -> Visit | None:
    """The next appointment, else the latest one."""
    coming = [visit for visit in visits if visit.on >= today]
    return (
        min(coming, key=lambda visit: visit.on)
        if coming
        else max(visits, key=lambda visit: visit.on, default=None)
    )
