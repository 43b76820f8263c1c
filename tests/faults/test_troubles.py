"""Never twice, never lost, when database, clock or machine fail under a sender at work."""

import asyncio
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, select, text

from outreach.actions.sweep import sweep
from outreach.app import PATIENT_SECONDS
from outreach.database import make_engine, writing
from outreach.engines.delivery import Delivery
from outreach.engines.jobs import Stopper, plan, send, tick
from outreach.models import Message, Reply
from outreach.ports import OutboundText, Outcome
from outreach.services import Services
from outreach.vocabulary import MessageState
from outreach.web.app import create_app
from outreach.web.here import SIMULATED_ACCOUNT
from tests.crowd import crowd, enrol, plan_all
from tests.databases import execute, on_server
from tests.faults.scene import DUE
from tests.house import Clock, build_services, clock_of
from tests.senders import Answer, ScriptedTexts, accepted
from tests.standins.twilio import signature

PEOPLE = int(os.environ.get("FAULTS_PEOPLE", "40"))


def house(url: str, answer: Answer, people: int = PEOPLE) -> tuple[Services, ScriptedTexts]:
    """A crowd whose first contact is due and planned, and a provider that answers like this."""
    texts = ScriptedTexts(answer)
    services = build_services(
        url, texts=texts, clock=Clock(), sending={"max_in_flight": 4, "daily_cap": 100_000}
    )
    crowd(services, people)
    enrol(services)
    clock_of(services).set(DUE)
    plan_all(services)
    return services, texts


def once_each(texts: ScriptedTexts) -> bool:
    """Nobody got a text twice."""
    return all(count == 1 for count in Counter(text.body for text in texts.handed_over).values())


def states(services: Services) -> dict[str, int]:
    """How many messages are in which state."""
    with services.read() as session:
        query = select(Message.state, func.count()).group_by(Message.state)
        return {state.value: count for state, count in session.execute(query)}


def deliver(services: Services) -> None:
    """One run, which must not hang."""
    asyncio.run(asyncio.wait_for(Delivery(services).run(), 60))


def at_call(number: int, do: Callable[[], object]) -> Answer:
    """A provider that accepts everything, while something happens at its nth call."""

    async def answer(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        if len(texts.handed_over) == number:
            do()
        await asyncio.sleep(0)
        return accepted(text)

    return answer


def impatient(services: Services, seconds: float = 0.2) -> Services:
    """The same installation, which waits less long for a lock."""
    services.engine.dispose()
    return replace(services, engine=make_engine(services.config.database.url, seconds))


def test_a_locked_database_holds_the_sender_up_and_costs_nothing(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")

    def lock() -> None:
        other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(1.5, other.close).start()

    services, texts = house(sqlite_url, at_call(6, lock))
    deliver(impatient(services))
    assert once_each(texts)
    assert states(services) == {"sent": PEOPLE}


def test_connections_that_the_database_drops_cost_nothing(
    postgres_url: str, request: pytest.FixtureRequest
) -> None:
    url = _own_database(postgres_url, "dropped")

    async def answer(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        if len(texts.handed_over) % 9 == 0:
            _drop_connections(postgres_url, "dropped")
        await asyncio.sleep(0)
        return accepted(text)

    services, texts = house(url, answer)
    deliver(services)
    assert once_each(texts)
    assert states(services) == {"sent": PEOPLE}
    services.engine.dispose()
    execute(postgres_url, "DROP DATABASE dropped WITH (FORCE)")


def test_a_full_disk_loses_nothing_and_what_waits_goes_when_there_is_room(sqlite_url: str) -> None:
    services, texts = house(sqlite_url, at_call(6, lambda: disk.fill()))  # noqa: PLW0108 - made below
    disk = Disk(services.engine)
    deliver(services)
    assert disk.was_full
    assert once_each(texts)
    assert states(services) == {"sent": PEOPLE}


def test_a_reply_that_a_full_disk_refuses_is_stored_once_when_it_is_posted_again(sqlite_url: str) -> None:
    services, _ = house(sqlite_url, at_call(0, print), people=1)
    disk = Disk(services.engine)
    disk.fill()
    client = create_app(services).test_client()
    form = {
        "MessageSid": "SM" + "1" * 32,
        "AccountSid": SIMULATED_ACCOUNT,
        "From": "+447700900000",
        "Body": "x" * 9000,
    }
    address = "/hooks/twilio/replies"
    secret = services.keyring.sign("simulator", SIMULATED_ACCOUNT)
    signed = {"X-Twilio-Signature": signature(secret, services.config.service.public_url + address, form)}
    refused = client.post(address, data=form, headers=signed)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert disk.was_full
    assert client.post(address, data=form, headers=signed).status_code == 200
    assert client.post(address, data=form, headers=signed).status_code == 200
    with services.read() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=3)])
def test_a_clock_that_is_set_under_a_sender_neither_doubles_nor_loses(
    sqlite_url: str, step: timedelta
) -> None:
    services, texts = house(
        sqlite_url, at_call(6, lambda: clock_of(services).forward(seconds=step.total_seconds()))
    )
    deliver(services)
    for _ in range(12):
        clock_of(services).forward(hours=6)
        tick(services)
    assert once_each(texts)
    found = states(services)
    assert not {"planned", "claimed", "sending"} & found.keys()
    with services.read() as session:
        silent = [
            m for m in session.scalars(select(Message)) if m.state is not MessageState.SENT and not m.reason
        ]
    assert not silent, "whatever was not sent says why"


def test_a_sender_that_stood_still_hands_nothing_over_that_others_took_meanwhile(database_url: str) -> None:
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def sleeps(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        asleep.set()
        await awake.wait()
        return accepted(text)

    slow, slow_texts = house(database_url, sleeps)
    quick_texts = ScriptedTexts(at_call(0, print))
    quick = build_services(
        database_url, texts=quick_texts, clock=clock_of(slow), sending={"max_in_flight": 4}
    )

    async def stand_still() -> None:
        run = asyncio.create_task(Delivery(slow).run())
        await asleep.wait()
        clock_of(slow).forward(minutes=4)
        await sweep(quick)
        await Delivery(quick).run()
        awake.set()
        await run

    asyncio.run(asyncio.wait_for(stand_still(), 60))
    bodies = Counter(text.body for text in (*slow_texts.handed_over, *quick_texts.handed_over))
    assert max(bodies.values()) == 1
    assert len(bodies) == PEOPLE
    assert states(slow) == {"sent": PEOPLE}
    quick.engine.dispose()
    slow.engine.dispose()


def test_a_sender_goes_on_while_a_newer_version_adds_to_its_tables(database_url: str) -> None:
    def migrate_ahead() -> None:
        other = make_engine(database_url)
        with writing(other) as session:
            session.execute(text("ALTER TABLE message ADD COLUMN of_a_newer_version TEXT"))
            session.execute(text("CREATE TABLE of_a_newer_version (id TEXT PRIMARY KEY)"))
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        other.dispose()

    services, texts = house(database_url, at_call(6, migrate_ahead))
    deliver(services)
    assert once_each(texts)
    assert states(services) == {"sent": PEOPLE}
    services.engine.dispose()


def test_two_planners_and_four_senders_at_once_send_each_message_once(database_url: str) -> None:
    services, texts = house(database_url, at_call(0, print), people=0)
    clock_of(services).set(DUE - timedelta(days=3))
    crowd(services, 120)
    enrol(services)
    clock_of(services).set(DUE)
    faults: list[BaseException] = []

    def at_work(job: Callable[[Services, Stopper], object]) -> None:
        own = build_services(
            database_url,
            engine=make_engine(database_url, PATIENT_SECONDS),
            texts=ScriptedTexts(at_call(0, print)),
            clock=clock_of(services),
            sending={"max_in_flight": 4},
        )
        try:
            for _ in range(6):
                job(own, Stopper())
        except BaseException as fault:  # noqa: BLE001 - told by the test, on its own thread
            faults.append(fault)
        finally:
            own.engine.dispose()
            with lock:
                handed_over.extend(own.texts.handed_over)  # type: ignore[attr-defined]

    lock, handed_over = threading.Lock(), list(texts.handed_over)
    workers = [threading.Thread(target=at_work, args=(job,)) for job in (plan, plan, send, send, send, send)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not faults
    assert set(Counter(text.body for text in handed_over).values()) <= {1}
    tick(services)
    assert states(services) == {"sent": 120}
    assert len(handed_over) + len(texts.handed_over) == 120
    services.engine.dispose()


class Disk:
    """A disk for a SQLite database that can be full, until somebody noticed."""

    def __init__(self, engine: Engine) -> None:
        self._is_full = False
        self.was_full = False
        event.listen(engine, "begin", self._limit)
        event.listen(engine, "handle_error", self._notice)

    def fill(self) -> None:
        """Not a page more."""
        self._is_full = True

    def _limit(self, connection: object) -> None:
        pages = 1 if self._is_full else 1_000_000  # fewer than there are means as many as there are
        connection.connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    def _notice(self, context: object) -> None:
        fault = context.original_exception  # type: ignore[attr-defined]
        if "disk is full" in str(fault):
            self._is_full, self.was_full = False, True


def _own_database(url: str, name: str) -> str:
    execute(url, f"CREATE DATABASE {name} TEMPLATE made")
    return on_server(url, name)


def _drop_connections(url: str, name: str) -> None:
    execute(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
