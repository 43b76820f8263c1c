"""A database restored from a backup sends nothing before it is reconciled with the provider; then nothing twice."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from outreach.actions.claim import claim_due
from outreach.actions.notice_restore import take_as_restored
from outreach.actions.pause import open_pause, pause_sending, resume_sending
from outreach.actions.reconcile import Reconciled, may_reconcile, reconcile
from outreach.database import make_engine
from outreach.engines.jobs import Stopper, plan, tick
from outreach.errors import RefusedError
from outreach.models import Message, OptOut, Pause, WaitlistImport
from outreach.models.place import unsettled_place
from outreach.providers.smtp import SmtpEmails
from outreach.providers.twilio import TwilioTexts
from outreach.sealing import write_keyring
from outreach.services import Services
from outreach.vocabulary import Channel
from tests.commands import Commands
from tests.crowd import crowd, details_of, enrol, plan_all
from tests.databases import execute, on_server, own_name
from tests.faults.scene import DUE
from tests.house import KEYS, Clock, build_services, clock_of
from tests.standins.twilio import TwilioStandIn
from tests.whole.test_missed_replies import account_at

PEOPLE, BEFORE, BETWEEN = 30, 5, 12
NOW = DUE + timedelta(days=1, hours=1, minutes=30)

Build = Callable[..., Services]

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """The provider, on the installation's clock."""
    with TwilioStandIn(clock=Clock()) as stand_in:
        yield stand_in


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test alone, since it is put aside and replaced."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("made_sqlite"), tmp_path / "outreach.sqlite3")
        yield f"sqlite:///{tmp_path / 'outreach.sqlite3'}"
        return
    server, name = request.getfixturevalue("postgres_url"), own_name("restored")
    execute(server, f"CREATE DATABASE {name} TEMPLATE made")
    yield on_server(server, name)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def build(database_url: str, twilio: TwilioStandIn, tmp_path: Path) -> Iterator[Build]:
    """The same installation again and again, with so many messages a day at most."""
    write_keyring(KEYS, tmp_path / "keyring.json")
    account = account_at(twilio)
    built: list[Services] = []

    def build(cap: int, **options: Any) -> Services:
        built.append(
            build_services(
                database_url,
                clock=twilio.clock,
                texts=TwilioTexts(**account),
                engine=make_engine(database_url),
                keyring_file=tmp_path / "keyring.json",
                sms={"provider": "twilio", "twilio": account},
                sending={"allow_everyone": True, "daily_cap": cap},
                **options,
            )
        )
        return built[-1]

    yield build
    for each in built:
        each.engine.dispose()


class Backup:
    """A copy of a database, which can take its place."""

    def __init__(self, services: Services) -> None:
        services.engine.dispose()
        self._url = services.engine.url
        if services.engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(str(self._url.database))) as connection:
                connection.execute(f"VACUUM INTO '{self._url.database}.backup'")
        else:
            self._execute(f"CREATE DATABASE {self._url.database}_backup TEMPLATE {self._url.database}")

    def restore(self) -> None:
        """What was written since is gone."""
        name = self._url.database
        if self._url.drivername == "sqlite":
            for old in Path(str(name)).parent.glob(f"{Path(str(name)).name}-*"):
                old.unlink()
            shutil.copy(f"{name}.backup", str(name))
            return
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")
        self._execute(f"ALTER DATABASE {name}_backup RENAME TO {name}")

    def _execute(self, statement: str) -> None:
        execute(self._url.set(database="postgres").render_as_string(hide_password=False), statement)


def live(build: Build, twilio: TwilioStandIn) -> Backup:
    """Some were written to, a backup was made, more were written to and one has stopped; then all is restored."""
    first = build(BEFORE)
    crowd(first, PEOPLE)
    enrol(first)
    clock_of(first).set(DUE)
    tick(first)
    backup = Backup(first)
    first.engine.dispose()
    clock_of(first).set(DUE + timedelta(days=1))
    second = build(BETWEEN)
    tick(second)
    assert len(twilio.arrived) == BEFORE + BETWEEN
    written_to = {each.form["To"] for each in twilio.arrived}
    stopping = next(number for number in range(PEOPLE) if details_of(number).mobile not in written_to)
    twilio.text_us(details_of(stopping).mobile, "STOP")
    second.engine.dispose()
    backup.restore()
    clock_of(first).set(NOW)
    return backup


def reconciled(services: Services) -> Reconciled:
    """As the command does it."""
    with services.read() as session:
        place = may_reconcile(session, services.now(), without_list=True)
    plan(services, Stopper())
    return asyncio.run(reconcile(services, place, services.now(), who="Ines Okafor"))


def states(services: Services) -> dict[str, int]:
    """How many scheduled messages are in which state."""
    query = select(Message.state, func.count()).where(Message.enrolment_id.is_not(None))
    with services.read() as session:
        return {state.value: count for state, count in session.execute(query.group_by(Message.state))}


def once_each(twilio: TwilioStandIn) -> bool:
    """Nobody got the same text twice."""
    return set(Counter(each.form["Body"] for each in twilio.arrived).values()) == {1}


def test_a_restored_database_sends_nothing_until_it_is_reconciled_and_then_nothing_twice(
    build: Build, twilio: TwilioStandIn
) -> None:
    live(build, twilio)
    restored = build(1_000)
    for _ in range(3):
        tick(restored)
        clock_of(restored).forward(minutes=2)
    assert len(twilio.arrived) == BEFORE + BETWEEN
    assert states(restored) == {"sent": BEFORE, "held": PEOPLE - BEFORE}
    done = reconciled(restored)
    assert done == Reconciled(replies=1, adopted=BETWEEN, unconfirmed=0, to_go=PEOPLE - BEFORE - BETWEEN - 1)
    assert states(restored) == {
        "sent": BEFORE + BETWEEN,
        "held": PEOPLE - BEFORE - BETWEEN - 1,
        "cancelled": 1,
    }
    tick(restored)
    assert states(restored) == {"sent": PEOPLE - 1, "cancelled": 1}
    assert once_each(twilio)
    assert (
        len({each.form["To"] for each in twilio.arrived}) == PEOPLE
    )  # the one who stopped got the answer to it
    with restored.read() as session:
        assert session.scalar(select(func.count()).select_from(OptOut)) == 1
        assert unsettled_place(session) is None


@on_sqlite
def test_the_pause_after_a_restore_cannot_be_lifted_without_asking_the_provider(
    build: Build, twilio: TwilioStandIn
) -> None:
    live(build, twilio)
    restored = build(1_000)
    with restored.begin() as session:
        pause_sending(session, NOW, who="Ines Okafor", why="we are moving")
    tick(restored)
    with restored.begin() as session, pytest.raises(RefusedError, match="outreach reconcile"):
        resume_sending(session, open_pause(session), NOW, who="Ines Okafor", why="we are in")
    clock_of(restored).forward(minutes=6)
    reconciled(restored)
    with restored.read() as session:
        assert session.scalars(select(Pause.why).where(Pause.resumed_at.is_(None))).all() == ["we are moving"]


@on_sqlite
def test_reconciling_waits_for_the_providers_list_and_for_the_newest_waiting_list(
    build: Build, twilio: TwilioStandIn
) -> None:
    live(build, twilio)
    restored = build(1_000)
    tick(restored)
    with restored.read() as session:
        with pytest.raises(RefusedError, match="five minutes"):
            may_reconcile(session, NOW, without_list=True)
        with pytest.raises(RefusedError, match="take in the newest waiting list first"):
            may_reconcile(session, NOW + timedelta(minutes=6), without_list=False)
    counts = dict.fromkeys(("rows", "new", "updated", "unchanged", "refused"), 0)
    later = NOW + timedelta(minutes=6)
    with restored.begin() as session:
        session.add(
            WaitlistImport(file_digest=b"d", started_at=NOW, finished_at=later, who="Ines Okafor", **counts)
        )
        session.flush()
        assert may_reconcile(session, later, without_list=False).since < DUE


@on_sqlite
def test_what_the_provider_has_in_other_words_is_for_staff_and_not_sent(
    build: Build, twilio: TwilioStandIn
) -> None:
    live(build, twilio)
    for number, each in enumerate(twilio.arrived[BEFORE : BEFORE + 3]):
        each.form["Body"] = f"Words of a template that was changed after the backup, to number {number}"
    restored = build(1_000)
    tick(restored)
    clock_of(restored).forward(minutes=6)
    done = reconciled(restored)
    assert (done.adopted, done.unconfirmed) == (BETWEEN - 3, 3)
    tick(restored)
    assert states(restored)["unconfirmed"] == 3
    assert once_each(twilio)


@on_sqlite
def test_emails_that_were_due_before_the_restore_are_for_staff_because_no_list_tells_of_them(
    build: Build, twilio: TwilioStandIn
) -> None:
    emails = SmtpEmails(host="127.0.0.1", port=1, tls="none", from_address="us@example.org")
    services = build(1_000, emails=emails)
    crowd(services, 3, safe_to_text=False, preferred_channel=Channel.EMAIL)
    enrol(services)
    clock_of(services).set(DUE)
    with services.begin() as session:
        take_as_restored(session, DUE, who="Ines Okafor", why="a snapshot of the machine was put back")
    clock_of(services).forward(minutes=6)
    assert reconciled(services).unconfirmed == 3
    tick(services)
    assert states(services) == {"unconfirmed": 3}
    with services.read() as session:
        assert not session.scalars(select(Pause.why).where(Pause.resumed_at.is_(None))).all()


def test_a_database_goes_on_without_a_pause_where_it_stands(build: Build, twilio: TwilioStandIn) -> None:
    services = build(BEFORE)
    crowd(services, PEOPLE)
    enrol(services)
    clock_of(services).set(DUE)
    tick(services)
    services.engine.dispose()
    again = build(1_000)
    clock_of(again).set(DUE + timedelta(days=1))
    tick(again)
    assert len(twilio.arrived) == PEOPLE


def test_a_restore_on_another_machine_is_noticed_without_the_mark_of_the_old_one(
    build: Build, twilio: TwilioStandIn
) -> None:
    live(build, twilio)
    restored = build(1_000)
    assert restored.sent_mark.path
    restored.sent_mark.path.unlink()
    tick(restored)
    assert len(twilio.arrived) == BEFORE + BETWEEN
    with restored.read() as session:
        assert unsettled_place(session)


@on_postgresql
def test_a_restore_under_running_workers_is_noticed_before_the_next_message(
    build: Build, twilio: TwilioStandIn
) -> None:
    services = build(BEFORE)
    crowd(services, PEOPLE)
    enrol(services)
    clock_of(services).set(DUE)
    tick(services)
    backup = Backup(services)
    plan_all(services)
    clock_of(services).set(DUE + timedelta(days=1))
    more = replace(services, config=build(1_000).config)
    tick(more)
    assert len(twilio.arrived) == PEOPLE
    services.engine.dispose()
    backup.restore()
    claim_due(more, services.now())
    with more.read() as session:
        assert unsettled_place(session)
    tick(more)
    assert len(twilio.arrived) == PEOPLE


def test_the_commands_say_what_must_come_first_and_end_the_pause(
    commands: Commands, made: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(made, tmp_path / "installation")
    by = ("--by", "Ines Okafor")
    assert commands(folder, "staff", "add", "Ines Okafor", "--role", "admin").code == 0
    assert "nothing to reconcile" in commands(folder, "reconcile", *by).said
    paused = commands(folder, "database", "restored", *by, "--why", "a snapshot was put back")
    assert "All sending is paused" in paused.said
    checked = commands(folder, "check")
    assert (checked.code, "outreach reconcile" in checked.said) == (1, True)
    assert "wait five minutes" in commands(folder, "reconcile", *by).said
    with closing(sqlite3.connect(folder / "outreach.sqlite3")) as connection:
        connection.execute("UPDATE place SET found_at = '2026-01-05 09:00:00.000000'")
        connection.commit()
    assert "take in the newest waiting list" in commands(folder, "reconcile", *by).said
    assert commands(folder, "resume", *by, "--why", "to see").code == 1
    done = commands(folder, "reconcile", *by, "--no-new-list")
    assert (done.code, "Sending goes on" in done.said) == (0, True)
    assert commands(folder, "check").code == 0
