"""A made-up installation to measure: databases with crowds, made once and copied for each round."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from outreach.database import cut_off_log, make_engine, migrate, wanted_revision
from outreach.journal import Journals, journals_beside
from outreach.providers.smtp import SmtpEmails
from outreach.providers.twilio import TwilioTexts
from outreach.services import Services, clock_set_to
from tests.crowd import crowd, enrol, plan_all
from tests.house import Clock, build_services, clock_of

DUE = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
"""A Thursday morning on which the first contact of everybody referred on Monday is due."""

ACCOUNT: dict[str, Any] = {
    "account_sid": "AC" + "5" * 32,
    "auth_token": "not-a-real-token",
    "from_number": "+447700900999",
}


def services_for(
    url: str, *, at: datetime = DUE, api_port: int = 0, smtp_port: int = 0, in_flight: int = 64
) -> Services:
    """An installation on this database, sending to providers on these ports."""
    account = {**ACCOUNT, "api_base_url": f"http://127.0.0.1:{api_port}"}
    return build_services(
        url,
        clock=clock_set_to(at),
        texts=TwilioTexts(**account) if api_port else None,
        emails=_emails(smtp_port) if smtp_port else None,
        journals=_journals(url),
        with_library=False,
        sms={"provider": "twilio", "twilio": account} if api_port else {},
        sending={"allow_everyone": True, "daily_cap": 10_000_000, "max_in_flight": in_flight},
    )


def _journals(url: str) -> Journals | None:
    """Beside the database, as shipped; where that is a server, senders keep none."""
    file = make_url(url).database if url.startswith("sqlite") else None
    return journals_beside(Path(file).with_name("keyring.json"), url) if file else None


def _emails(port: int) -> SmtpEmails:
    return SmtpEmails(host="127.0.0.1", port=port, tls="none", from_address="Outreach <us@example.org>")


def made(folder: Path, name: str, fill: Callable[[Services], None]) -> Path:
    """A SQLite database with tables, library and whatever `fill` adds; made once in this folder."""
    path = folder / f"{name}-{wanted_revision(make_engine('sqlite://'))}.sqlite3"
    if not path.exists():
        half_done = path.with_suffix(".half-done")
        for suffix in ("", "-wal", "-shm"):
            half_done.with_name(half_done.name + suffix).unlink(missing_ok=True)
        url = f"sqlite:///{half_done}"
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        services = build_services(url, clock=Clock())
        fill(services)
        services.engine.dispose()
        cut_off_log(services.engine)
        half_done.rename(path)
    return path


def copied(path: Path, name: str = "copy") -> Path:
    """A fresh copy, beside it, and on the disk: the first to sync it would else wait for all of it."""
    copy = path.with_name(f"{name}.sqlite3")
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    shutil.copy(path, copy)
    with copy.open("rb+") as file:
        os.fsync(file)
    return copy


def people_with_messages_due(count: int, **facts: Any) -> Callable[[Services], None]:
    """So many people whose first contact is planned and due."""

    def fill(services: Services) -> None:
        crowd(services, count, **facts)
        enrol(services)
        clock_of(services).set(DUE)
        plan_all(services)

    return fill
