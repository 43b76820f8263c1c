"""The only wiring: from settings to the services that the web app, the worker and the commands are handed."""

import gc
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from govuk_bank_holidays.bank_holidays import BankHolidays

from outreach.config import Settings, config_path, load_settings
from outreach.database import make_engine, version_fault
from outreach.engines.one_service import end_when_orphaned
from outreach.errors import DatabaseError
from outreach.journal import journals_beside
from outreach.library_lexicon import shipped_lexicon
from outreach.ports import EmailSender, TextSender
from outreach.providers.simulator import SimulatedEmails, SimulatedTexts
from outreach.providers.smtp import SmtpEmails
from outreach.rules.calendar import Calendar
from outreach.rules.reading import Findings, read_safely
from outreach.sealing import KeyringFile
from outreach.sent_mark import mark_beside
from outreach.services import Reader, Services, wall_clock

if TYPE_CHECKING:
    from flask import Flask

PATIENT_SECONDS = 30.0
"""How long a worker or command waits for another writer."""

HOOK_SECONDS = 5.0
"""How long a hook waits; then it says 503, so that the provider tries again."""


def wire(
    path: Path | None = None,
    *,
    clock: Callable[[], datetime] = wall_clock,
    busy_seconds: float = PATIENT_SECONDS,
) -> Services:
    """The services of this installation; refuses a missing or outdated database."""
    services = wire_unchecked(load_settings(path or config_path()), clock=clock, busy_seconds=busy_seconds)
    if fault := version_fault(services.engine):
        raise DatabaseError(fault)
    return services


def web_app() -> "Flask":
    """The web application of the installation in the working folder; what each worker of the web server loads."""
    from outreach.web.app import create_app  # noqa: PLC0415 - takes long, and commands show no pages

    end_when_orphaned()
    app = create_app(wire(busy_seconds=HOOK_SECONDS))
    keep_what_is_loaded()
    return app


def keep_what_is_loaded() -> None:
    """Leave the program itself out of every later collection, in a process that is to run for long.

    A collection that walks over it takes 100 ms and more, and may fall into a write transaction or a reply's hook.
    """
    gc.collect()
    gc.freeze()


def wire_unchecked(
    settings: Settings, *, clock: Callable[[], datetime] = wall_clock, busy_seconds: float = PATIENT_SECONDS
) -> Services:
    """The services for these settings, whatever the state of the database."""
    return Services(
        config=settings,
        engine=make_engine(settings.database.url, busy_seconds),
        keys=KeyringFile(settings.keys.file),
        calendar=calendar_for(settings),
        texts=_texts(settings),
        emails=_emails(settings),
        reader=make_reader(settings),
        clock=clock,
        sent_mark=mark_beside(settings.keys.file),
        journals=journals_beside(settings.keys.file, settings.database.url),
    )


def make_reader(settings: Settings) -> Reader:
    """Software that reads replies with the shipped lexicon; switched off, it finds nothing, and people read on."""
    if not settings.duty.reader:
        return lambda _text, **_facts: Findings(frozenset())
    return partial(read_safely, lexicon=shipped_lexicon())


def calendar_for(settings: Settings) -> Calendar:
    """The sending windows, with England's bank holidays from the library's own copy (no network)."""
    return Calendar(
        zone=settings.service.zone,
        opens=settings.sending.window_start,
        closes=settings.sending.window_end,
        weekdays=settings.sending.weekday_numbers,
        holidays=bank_holidays(),
    )


@cache
def bank_holidays() -> frozenset[date]:
    """England's bank holidays, as far ahead as the installed library knows them: read once, they are part of it."""
    known = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(holiday["date"] for holiday in known)


def _texts(settings: Settings) -> TextSender:
    if settings.sms.provider == "simulator":
        return SimulatedTexts()
    from outreach.providers.twilio import TwilioTexts  # noqa: PLC0415 - takes long; only who texts by Twilio waits

    twilio = settings.sms.twilio
    return TwilioTexts(
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token.get_secret_value(),
        from_number=twilio.from_number,
        messaging_service_sid=twilio.messaging_service_sid,
        api_base_url=twilio.api_base_url,
    )


def _emails(settings: Settings) -> EmailSender:
    if settings.email.provider == "simulator":
        return SimulatedEmails()
    smtp = settings.email.smtp
    return SmtpEmails(
        host=smtp.host,
        port=smtp.port,
        tls=smtp.tls,
        username=smtp.username,
        password=smtp.password.get_secret_value(),
        from_address=smtp.from_address,
    )
