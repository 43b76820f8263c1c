"""Turns a template version and what is known about a person into the words they will receive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy.orm import Session

from outreach.actions.circumstances import Case, Circumstances
from outreach.actions.claimed import Claimed
from outreach.actions.directory import seeker_of
from outreach.actions.own_link import link_columns
from outreach.actions.take_feedback import survey_address
from outreach.actions.waits import WaitingPerson
from outreach.models import Person, TemplateVersion
from outreach.models.base import AnyRow
from outreach.models.template import answer_versions
from outreach.ports import POST_AGAIN, OutboundEmail, OutboundText
from outreach.rules.activities import choose
from outreach.rules.activities import in_words as activities_in_words
from outreach.rules.adjustments import read_formats
from outreach.rules.capacity import Talk
from outreach.rules.crisis_lines import crisis_lines_in
from outreach.rules.pathway import Visit
from outreach.rules.rendering import (
    CompiledEmail,
    CompiledText,
    compile_email,
    compile_text,
    render_email,
    render_text,
)
from outreach.rules.segments import count
from outreach.rules.tongues import day_in, moment_in, read_by_in, talk_in, time_in
from outreach.rules.variables import VARIABLES
from outreach.services import Services
from outreach.vocabulary import Channel, Format

ALLOWED = frozenset(VARIABLES)
FALLBACK = "en"
Version = TypeVar("Version")
NOTHING: Mapping[str, str | datetime] = MappingProxyType({})
NO_VISIT = MappingProxyType(dict.fromkeys(("appointment_day", "appointment_time", "appointment_place"), ""))


@dataclass(frozen=True, slots=True)
class Words:
    """A rendered message: subject and HTML are blank for texts."""

    subject: str
    text: str
    html: str
    language: str
    version_id: str | None


@dataclass(frozen=True, slots=True)
class Promises:
    """What a message may promise at this moment: a call, and by when a reply will be read."""

    now: datetime
    talk: Talk | None
    read_by: datetime | None


@dataclass(frozen=True, slots=True)
class Composed:
    """Words with the address they go to."""

    channel: Channel
    to: str
    words: Words
    unsubscribe: str | None

    @property
    def segments(self) -> int | None:
        """How many text segments are paid for; None for emails."""
        return count(self.words.text).segments if self.channel is Channel.SMS else None

    def outbound(
        self, services: Services, attempt_id: str, valid_for: timedelta
    ) -> OutboundText | OutboundEmail:
        """What the provider is given."""
        if self.channel is Channel.EMAIL:
            words = self.words
            return OutboundEmail(attempt_id, self.to, words.subject, words.text, words.html, self.unsubscribe)
        return OutboundText(
            attempt_id, self.to, self.words.text, receipt_url(services, attempt_id), valid_for
        )


def receipt_url(services: Services, attempt_id: str) -> str:
    """Where news of this attempt is posted; the id is signed, so that nobody else can name an attempt."""
    base = services.config.service.public_url
    return f"{base}/hooks/twilio/receipts/{services.keyring.sign('receipt', attempt_id)}{POST_AGAIN}"


def compose(services: Services, around: Circumstances, case: Case) -> Composed | None:
    """The message as it would go now; None when no version of its template may be used."""
    message, channel = case.message, case.way.channel
    if channel is None:
        return None
    words = _written(services, message) or _rendered(services, around, case, channel)
    to = _address(services, case, channel)
    if words is None or not to:
        return None
    unsubscribe = _unsubscribe_url(services, message) if channel is Channel.EMAIL else None
    return Composed(channel, to, words, unsubscribe)


def _written(services: Services, message: Claimed) -> Words | None:
    """An answer, an alert or a message from staff was put into words when it was stored."""
    if not message.is_written:
        return None
    subject, text, html = message.opened(services.keyring)
    return Words(subject, text, html, message.language or FALLBACK, message.template_version_id)


def _rendered(services: Services, around: Circumstances, case: Case, channel: Channel) -> Words | None:
    person = case.person
    if person is None:
        return None
    version = version_for(around.versions, case.message.template, person.row.language, channel)
    if version is None:
        return None
    visits = case.course.wait.visits if case.course else []
    visit = next((each for each in visits if each.row == case.message.appointment_id), None)
    values = values_for(services, around, person, visit, channel=channel, language=version.language)
    variables = compiled_of(version).variables
    if "own_page" in variables:
        link, values["own_page"] = link_columns(services, person.id, around.now, "email")
        around.links[case.message.id] = link
    if "survey_link" in variables:
        values["survey_link"] = survey_address(services, version.key.rpartition("/")[2])
    return render(version, values, large_print=Format.LARGE_PRINT in read_formats(person.row.format or ""))


def values_for(
    services: Services,
    around: Circumstances,
    person: WaitingPerson,
    visit: Visit | None,
    *,
    channel: Channel,
    language: str,
) -> dict[str, str]:
    """What every variable stands for in a message to this person now."""
    return {
        **_shared_values(services, around, channel, language),
        **(_visit_values(services, visit, language) if visit else NO_VISIT),
        "name": person.details.called,
        "first_message": "" if person.introduced_at else "yes",
        "activities": _activities(services, around, person, channel),
        "own_page": "",
        "survey_link": "",
    }


def _shared_values(
    services: Services, around: Circumstances, channel: Channel, language: str
) -> dict[str, str]:
    """Those of the service, and what may be promised now."""
    known = around.shared.get((channel, language))
    if known is None:
        promises = Promises(around.now, around.talk, around.read_by)
        known = {**service_values(services, channel, language), **_promised(services, promises, language)}
        around.shared[channel, language] = known
    return known


def _activities(services: Services, around: Circumstances, person: WaitingPerson, channel: Channel) -> str:
    """Up to two activities that fit the person; blank when none does."""
    if not around.offers:
        return ""
    chosen = choose(around.offers, seeker_of(person), services.calendar.day_of(around.now))
    return activities_in_words(chosen, channel)


def version_for(
    versions: Mapping[tuple[str, str, Channel], Version], key: str, language: str, channel: Channel
) -> Version | None:
    """The version in the person's language, else in its base language, else in English."""
    for wanted in (language, language.partition("-")[0], FALLBACK):
        found = versions.get((key, wanted, channel))
        if found:
            return found
    return None


def render(version: TemplateVersion | AnyRow, values: dict[str, str], *, large_print: bool = False) -> Words:
    """This version with these values; it is compiled once in the life of a process."""
    compiled = compiled_of(version)
    if isinstance(compiled, CompiledText):
        text = render_text(compiled, values, version.language)
        return Words("", text, "", version.language, version.id)
    email = render_email(compiled, values, version.language, large_print=large_print)
    return Words(email.subject, email.text, email.html, version.language, version.id)


def compiled_of(version: TemplateVersion | AnyRow) -> CompiledText | CompiledEmail:
    """The version ready to render, with the variables that it uses."""
    return _compiled(version.id, version.source, version.channel)


@lru_cache(maxsize=2048)
def _compiled(_version_id: str, source: str, channel: Channel) -> CompiledText | CompiledEmail:
    return compile_email(source, ALLOWED) if channel is Channel.EMAIL else compile_text(source, ALLOWED)


def service_values(services: Services, channel: Channel, language: str = FALLBACK) -> dict[str, str]:
    """What every message of this installation shares; the settings' own sentence goes into English messages only."""
    service = services.config.service
    return {
        "text_name": service.text_name,
        "service_name": service.name,
        "phone": service.phone,
        "public_url": service.public_url,
        "wait_text": service.wait_text if language.partition("-")[0] == FALLBACK else "",
        "crisis_lines": crisis_lines_in(language, channel),
    }


def _promised(services: Services, promises: Promises, language: str) -> dict[str, str]:
    calendar, talk, read_by = services.calendar, promises.talk, promises.read_by
    return {
        "talk_when": talk_in(language, talk, calendar) if talk else "",
        "read_by": read_by_in(language, read_by, promises.now, calendar) if read_by else "",
    }


def _said(services: Services, known: Mapping[str, str | datetime], language: str) -> dict[str, str]:
    """These values with their moments in words."""
    return {
        name: moment_in(language, value, services.calendar) if isinstance(value, datetime) else value
        for name, value in known.items()
    }


def _visit_values(services: Services, visit: Visit, language: str) -> dict[str, str]:
    return {
        "appointment_day": day_in(language, visit.on, services.calendar),
        "appointment_time": time_in(language, visit.at, services.calendar) if visit.at else "",
        "appointment_place": visit.place or "",
    }


def _address(services: Services, case: Case, channel: Channel) -> str:
    """An answer goes back to where the reply came from; anything else to the person's own address."""
    own = case.message.opened_address(services.keyring)
    if own or case.person is None:
        return own or ""
    return case.person.details.email if channel is Channel.EMAIL else case.person.details.mobile


def _unsubscribe_url(services: Services, message: Claimed) -> str | None:
    """The one-click way out, in every message we started; an answer or an alert is none."""
    if message.purpose.is_at_any_hour or message.person_id is None:
        return None
    token = services.keyring.sign("unsubscribe", message.person_id)
    return f"{services.config.service.public_url}/unsubscribe/{token}"


def compose_answer(
    session: Session,
    services: Services,
    template: str,
    *,
    channel: Channel,
    person: Person | None,
    promises: Promises | None = None,
    known: Mapping[str, str | datetime] = NOTHING,
) -> Words:
    """An answer in the person's language. Answers never wait for an approval: silence would be worse."""
    versions = answer_versions(session, template)
    version = version_for(versions, template, person.language if person else FALLBACK, channel)
    if version is None:
        raise LookupError(f"the template {template} is not loaded; run `outreach init`")
    values = {
        **dict.fromkeys(VARIABLES, ""),
        **service_values(services, channel, version.language),
        **(_promised(services, promises, version.language) if promises else {}),
        "name": person.opened(services.keyring).called if person else "",
        **_said(services, known, version.language),
    }
    return render(version, values)
