"""The sending loop: one window that is always refilled, and nothing lost or doubled when something is in the way."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from outreach.actions.claim import claim_due, give_back
from outreach.actions.plan import plan_due
from outreach.actions.send import begin_sending
from outreach.engines.delivery import Delivery, Tally
from outreach.engines.jobs import Stopper, send, tick
from outreach.engines.window import GIVE_UP_AFTER, LEAST_AHEAD, Window
from outreach.errors import RefusedError
from outreach.journal import Journal, Journals, journals_beside
from outreach.models import Message, Person
from outreach.models.base import new_id
from outreach.ports import OutboundText, Outcome, Verdict
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose
from tests import cast
from tests.crowd import FIRST_CONTACT, first_texts_due
from tests.house import build_services, clock_of
from tests.senders import Answer, ScriptedTexts, accepted, soon

NOT_SO_FAST = Outcome(Verdict.NOT_PROCESSED, code="20429", reason="too many requests at once", not_now=True)


def house(url: str, people: int, answer: Answer = soon, window: int = 4) -> tuple[Services, ScriptedTexts]:
    """So many people whose first contact is due now, and a sender that answers like this."""
    texts = ScriptedTexts(answer)
    services = build_services(url, texts=texts, sending={"max_in_flight": window})
    first_texts_due(services, people)
    return services, texts


def deliver(services: Services) -> Tally:
    """One run, which must not hang."""
    return asyncio.run(asyncio.wait_for(Delivery(services).run(), 30))


def states(services: Services) -> dict[str, int]:
    """How many messages are in which state."""
    with services.read() as session:
        found = list(session.scalars(select(Message.state)))
    return {state.value: found.count(state) for state in set(found)}


def test_the_window_is_never_exceeded_and_is_refilled_before_it_has_drained(sqlite_url: str) -> None:
    others_done = asyncio.Event()

    async def first_waits_for_all_others(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        number = len(texts.handed_over)
        if number == 1:
            await others_done.wait()
        if number == 20:
            others_done.set()
        return await soon(texts, text)

    services, texts = house(sqlite_url, 20, first_waits_for_all_others)
    assert deliver(services).accepted == 20
    assert texts.most_under_way == 4
    assert states(services) == {"sent": 20}


def test_the_first_few_go_at_once_and_the_window_fills_before_any_answer_has_come(sqlite_url: str) -> None:
    begun_at_first: list[int] = []
    window_is_full = asyncio.Event()

    async def answers_once_the_window_is_full(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        if not begun_at_first:
            begun_at_first.append(states(services)["sending"])
        if texts.under_way == 60:
            window_is_full.set()
        await window_is_full.wait()
        return accepted(text)

    services, _ = house(sqlite_url, 80, answers_once_the_window_is_full, window=60)
    assert deliver(services).accepted == 80
    assert begun_at_first == [LEAST_AHEAD]


def test_a_provider_that_says_not_so_fast_gets_less_at_once_and_loses_nothing(sqlite_url: str) -> None:
    async def takes_three_at_once(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        if texts.under_way > 3:
            return NOT_SO_FAST
        return await soon(texts, text)

    services, _ = house(sqlite_url, 30, takes_three_at_once, window=20)
    for _ in range(12):
        deliver(services)
        clock_of(services).forward(minutes=2)
    assert states(services) == {"sent": 30}, "however often one was refused, it is not given up"


def test_a_provider_that_takes_nothing_is_left_alone_for_a_while(sqlite_url: str) -> None:
    async def nothing(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        return NOT_SO_FAST

    services, texts = house(sqlite_url, 120, nothing, window=10)
    deliver(services)
    assert GIVE_UP_AFTER <= len(texts.handed_over) < GIVE_UP_AFTER + 40
    assert states(services) == {"planned": 120}


def test_what_was_begun_and_not_handed_over_when_told_to_stop_is_planned_again(sqlite_url: str) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def held_up(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        started.set()
        await go_on.wait()
        return accepted(text)

    services, texts = house(sqlite_url, 12, held_up)

    async def stop_in_the_middle() -> Tally:
        delivery = Delivery(services)
        run = asyncio.create_task(delivery.run())
        await started.wait()
        delivery.stop()
        go_on.set()
        return await run

    tally = asyncio.run(asyncio.wait_for(stop_in_the_middle(), 30))
    assert tally.accepted == len(texts.handed_over) == 4
    assert states(services) == {"sent": 4, "planned": 8}
    assert deliver(services).accepted == 8


def test_one_message_that_cannot_be_put_into_words_is_set_aside_and_the_others_go(sqlite_url: str) -> None:
    services, _ = house(sqlite_url, 6)
    with services.begin() as session:
        broken = session.scalars(select(Person.id).order_by(Person.id)).first()
        session.execute(update(Person).where(Person.id == broken).values(details=b"00damaged"))
    assert deliver(services).accepted == 5
    with services.read() as session:
        aside = session.scalars(select(Message).where(Message.state == MessageState.HELD)).one()
    assert aside.person_id == broken
    assert "could not be put into words (KeyringError)" in aside.reason


def test_messages_that_are_set_aside_make_the_job_say_so(sqlite_url: str) -> None:
    services, _ = house(sqlite_url, 2)
    with services.begin() as session:
        session.execute(update(Person).values(details=b"00damaged"))
    with pytest.raises(RefusedError, match="2 messages could not be put into words"):
        send(services, Stopper())


def test_a_sender_that_fails_against_its_promise_leaves_a_doubt_and_no_second_try(sqlite_url: str) -> None:
    async def fails(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        raise RuntimeError

    services, texts = house(sqlite_url, 3, fails)
    assert deliver(services).unknown == 3
    assert states(services) == {"sending": 3}
    deliver(services)
    assert len(texts.handed_over) == 3


def test_alerts_and_answers_go_before_whatever_waits_already(services: Services) -> None:
    for number in range(3):
        _queue(services, Purpose.CHECK_IN, f"check-in-{number}")
    clock_of(services).forward(minutes=5)
    _queue(services, Purpose.ALERT, "alert")
    claim = claim_due(services, services.now(), limit=2, channel=Channel.SMS)
    with services.read() as session:
        steps = [session.get_one(Message, each).step for each in claim.message_ids]
    assert steps == ["alert", "check-in-0"]


def test_what_was_begun_in_a_transaction_whose_end_was_never_heard_of_is_given_back(
    services: Services,
) -> None:
    cast.amina(services)
    clock_of(services).set(FIRST_CONTACT)
    plan_due(services, services.now())
    claim = claim_due(services, services.now())
    (handover,) = begin_sending(services, claim, claim.message_ids, services.now())
    give_back(services, claim.token, [handover.attempt_id], services.now())
    assert states(services) == {"sending": 1}, "its hand-over may be under way"
    give_back(services, claim.token, [], services.now())
    assert states(services) == {"planned": 1}
    assert tick(services).sent.accepted == 1


def test_each_hand_over_is_in_the_senders_journal_before_it_is_made_and_each_answer_after_it_came(
    sqlite_url: str, tmp_path: Path
) -> None:
    seen: list[bool] = []

    async def look(texts: ScriptedTexts, text: OutboundText) -> Outcome:
        (journal,) = tmp_path.glob("keyring.json.journal-*")
        told, (*before, _) = journal.read_text(), texts.handed_over
        wanted = [f"N {each.attempt}\n" for each in before[:1]]
        wanted += [f"A {each.attempt} SM{each.attempt}\n" for each in before[1:]]
        seen.append(all(line in told for line in [*wanted, f"H {text.attempt}\n"]))
        return accepted(text) if before else NOT_SO_FAST

    services, _ = house(sqlite_url, 3, look, window=1)
    services = replace(services, journals=journals_beside(tmp_path / "keyring.json", sqlite_url))
    if not services.journals.can_be_kept:
        pytest.skip("no journal can be believed on this machine's disk")
    assert deliver(services).accepted == 2
    assert seen == [True] * 3
    assert not list(tmp_path.glob("keyring.json.journal-*")), "everything is recorded"


class _FullLater(Journal):
    """The claims were still written."""

    def claims(self, token: str) -> None: ...


class OnAFullDisk(Journals):
    """Their lines can neither be written nor taken back."""

    def begin(self, place: str) -> Journal:
        """One of them."""
        return _FullLater(os.open("/dev/full", os.O_WRONLY))


def test_what_no_journal_could_tell_of_after_a_crash_is_not_handed_over(sqlite_url: str) -> None:
    services, texts = house(sqlite_url, 3)
    assert deliver(replace(services, journals=OnAFullDisk())).planned_again == 3
    assert not texts.handed_over
    assert states(services) == {"planned": 3}


def test_the_window_shrinks_once_for_all_calls_that_were_under_way(tmp_path: object) -> None:
    window = Window(100)
    calls = [window.begin() for _ in range(100)]
    for call in calls[:40]:
        window.learn(call, NOT_SO_FAST)
    assert window.size == pytest.approx(90)
    window.learn(window.begin(), NOT_SO_FAST)
    assert window.size == pytest.approx(81)
    for _ in range(200):
        window.learn(window.begin(), Outcome(Verdict.ACCEPTED, "SM1"))
    assert 82 < window.size < 84


def _queue(services: Services, purpose: Purpose, step: str) -> None:
    with services.begin() as session:
        session.add(
            Message(
                id=new_id(),
                step=step,
                occurrence="1",
                purpose=purpose,
                template="",
                channel=Channel.SMS,
                state=MessageState.PLANNED,
                due_at=services.now(),
                planned_for=services.now(),
                created_at=services.now(),
            )
        )
