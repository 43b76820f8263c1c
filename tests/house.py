"""A small installation for tests, with a clock that only moves when told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from outreach.app import calendar_for, make_reader
from outreach.config import Settings, settings_from
from outreach.engines import jobs
from outreach.journal import Journals, journals_beside
from outreach.models.enrolment import applied_schedules
from outreach.ports import EmailSender, TextSender
from outreach.providers.simulator import SimulatedEmails, SimulatedTexts
from outreach.sealing import Keyring, KeyringFile
from outreach.sent_mark import SentMark, mark_beside
from outreach.services import Services
from outreach.setting_up import take_in_library
from tests.databases import engine_at

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A working Monday at ten, in winter time."""

KEYS = Keyring({1: b"s" * 32}, {1: b"i" * 32}, b"g" * 32)


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **spans: float) -> datetime:
        """Move on by a timedelta's arguments, and tell the time."""
        self.at += timedelta(**spans)
        return self.at

    def set(self, at: datetime) -> datetime:
        """Move to this moment."""
        self.at = at
        return at


def settings(**tables: Any) -> Settings:
    """Settings as a file with these tables would give."""
    return settings_from(tables, Path("config.toml").absolute())


@cache
def _usual_settings(url: str) -> Settings:
    """The settings of most tests, which nobody can change: checked once."""
    return settings(database={"url": url})


def build_services(
    url: str,
    *,
    clock: Callable[[], datetime] | None = None,
    texts: TextSender | None = None,
    emails: EmailSender | None = None,
    keyring_file: Path | None = None,
    with_library: bool = True,
    engine: Engine | None = None,
    journals: Journals | None = None,
    **tables: Any,
) -> Services:
    """An installation, with the shipped templates and schedules taken in unless they are there or not needed.

    What runs beside others, as another process would, brings an `engine` of its own and disposes of it. Senders keep
    a journal where there is a `keyring_file` or when given a place for it.
    """
    if keyring_file:
        tables["keys"] = {"file": str(keyring_file)}
    config = settings(**{**tables, "database": {"url": url}}) if tables else _usual_settings(url)
    services = Services(
        config=config,
        engine=engine or engine_at(url),
        keys=KeyringFile(keyring_file) if keyring_file else lambda: KEYS,
        calendar=calendar_for(config),
        texts=texts or SimulatedTexts(),
        emails=emails or SimulatedEmails(),
        reader=make_reader(config),
        clock=clock or Clock(),
        sent_mark=mark_beside(keyring_file) if keyring_file else SentMark(),
        journals=journals or (journals_beside(keyring_file, url) if keyring_file else Journals()),
    )
    if with_library and not _has_library(services):
        take_in_library(services, services.now())
    return services


def _has_library(services: Services) -> bool:
    with services.read() as session:
        return bool(applied_schedules(session))


def run_tick(services: Services) -> jobs.Tick:
    """One pass on a thread of its own: a browser in the same test keeps an event loop running on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(jobs.tick, services).result()


def clock_of(services: Services) -> Clock:
    """The clock that a test may move."""
    assert isinstance(services.clock, Clock)
    return services.clock
