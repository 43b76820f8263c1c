"""Killed processes and races: no reply is lost, and nothing goes out after a STOP."""

import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from threading import Barrier
from time import perf_counter

import pytest
from sqlalchemy import select

from outreach.actions.claim import claim_due
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.plan import replan
from outreach.actions.send import begin_sending
from outreach.actions.take_reply import act_on_pending
from outreach.engines.jobs import tick
from outreach.models import Message, OptOut, Person, Reply, Task
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, MessageState, Role, TaskKind
from tests import cast
from tests.house import clock_of

KILLS = {"sqlite": 100, "postgresql": 25}
"""What happens to a reply differs little between the two; starting processes takes the time."""

RACES = {"sqlite": 500, "postgresql": 100}
SENT_TOGETHER = 4
DAWDLE_SECONDS = 0.02


def test_after_kills_between_storing_and_acting_every_reply_has_all_that_follows(
    services: Services, database_url: str
) -> None:
    kills = KILLS[services.engine.dialect.name]
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True)
    here = Path(__file__).parent.parent.parent
    ends = subprocess.run(
        [sys.executable, "-m", "tests.whole.dies_while_reading", database_url, str(kills)],
        cwd=here,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout.split()
    assert ends == [str(signal.SIGKILL.value)] * kills
    with services.read() as session:
        stored = list(session.scalars(select(Reply)))
        assert session.scalars(select(Task)).all() == []
    assert [reply.acted_at for reply in stored] == [None] * kills

    assert act_on_pending(services, services.now()) == kills
    tick(services)
    with services.read() as session:
        tasks = Counter((task.reply_id, task.kind) for task in session.scalars(select(Task)))
        answers = {row.id: row for row in session.scalars(select(Message))}
        stops = list(session.scalars(select(OptOut)))
        replies = list(session.scalars(select(Reply)))
    kinds = (TaskKind.URGENT, TaskKind.CALLBACK, TaskKind.KEEP_IN_TOUCH)
    assert tasks == {(reply.id, kind): 1 for reply in replies for kind in kinds}
    assert [stop.cause for stop in stops] == [Cause.REPLY]
    assert {answers[reply.answer_id or ""].state for reply in replies} == {MessageState.DELIVERED}
    assert len(answers) == kills


@pytest.fixture
def many_due(services: Services) -> Services:
    """Hundreds of people whose first contact is due now."""
    count = RACES[services.engine.dialect.name]
    with services.begin() as session:
        for number in range(count):
            details = cast.another(given_name=f"P{number}", mobile=f"+44770091{number:04}", email="")
            row = cast.person(session, services, details)
            cast.referral(session, services, row, date(2026, 3, 2), local_id=f"R-{number}", plans=False)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    with services.begin() as session:
        replan(session, services, session.scalars(select(Person.id)), services.now())
    return services


def test_a_stop_that_was_committed_first_is_never_overtaken_by_the_sender(many_due: Services) -> None:
    """Two threads meet at the same people, one stopping and one sending, now this one a little earlier, now that."""
    services = many_due
    with services.begin() as session:
        people = list(session.scalars(select(Person.id).order_by(Person.id)))
    claim = claim_due(services, services.now(), limit=len(people))
    with services.read() as session:
        order = dict(session.execute(select(Message.id, Message.person_id)).all())
    ids = claim.message_ids
    assert len(ids) == len(people)
    batches = [ids[place : place + SENT_TOGETHER] for place in range(0, len(ids), SENT_TOGETHER)]
    start = Barrier(2)
    stopped_at: dict[str, float] = {}
    began_at: dict[str, float] = {}
    handed_over: set[str] = set()

    def stop() -> None:
        chance = Random(1)
        for batch in batches:
            start.wait()
            _dawdle(chance)
            for message_id in batch:
                with services.begin() as session:
                    stop = Stop(Cause.REPLY, person_id=order[message_id], channel=Channel.SMS)
                    opt_out(session, stop, services.now(), who="the person")
                stopped_at[message_id] = perf_counter()

    def send() -> None:
        chance = Random(2)
        for batch in batches:
            start.wait()
            _dawdle(chance)
            began_at.update(dict.fromkeys(batch, perf_counter()))
            handed_over.update(
                each.message_id for each in begin_sending(services, claim, batch, services.now())
            )

    with ThreadPoolExecutor(2) as pool:
        for each in (pool.submit(stop), pool.submit(send)):
            each.result()
    with services.read() as session:
        states = dict(session.execute(select(Message.id, Message.state)).all())
    for message_id in ids:
        sent = message_id in handed_over
        assert states[message_id] is (MessageState.SENDING if sent else MessageState.CANCELLED)
        assert not (sent and stopped_at[message_id] < began_at[message_id])
    assert 0 < len(handed_over) < len(ids)  # both came first, now one and now the other


def _dawdle(chance: Random) -> None:
    """Up to a few milliseconds, without giving the processor away."""
    until = perf_counter() + chance.random() * DAWDLE_SECONDS
    while perf_counter() < until:
        pass
