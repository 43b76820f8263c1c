"""Of STOP and START the one that people wrote later counts, in whatever order the two reach us."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.read_reply import attach
from outreach.actions.take_reply import act_on_pending, store, take_reply
from outreach.actions.waits import load_people
from outreach.models import Message, OptOut, Referral, Reply
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Role
from tests import cast
from tests.both import both_databases
from tests.house import clock_of

STRANGER = "+447700900055"


def _text(words: str, sid: str = "", sender: str = cast.AMINA.mobile) -> InboundMessage:
    return InboundMessage(f"SM-{sid or words}", Channel.SMS, sender, "+447700900999", words)


def _comes_late(services: Services, words: str, *, minutes: int, sid: str = "") -> None:
    """It came in at the provider so many minutes ago, and reaches us now, as from the provider's list."""
    store(services, _text(words, sid), services.now() - timedelta(minutes=minutes))
    act_on_pending(services, services.now())


def _comes(services: Services, words: str, sid: str = "") -> str:
    return take_reply(services, _text(words, sid), services.now()).text


def _stopped(services: Services, person_id: str) -> bool:
    """Whether plain texts to this person are stopped."""
    with services.read() as session:
        person = load_people(session, services.keyring, [person_id])[person_id]
        return (Channel.SMS, None) in person.opted_out


def _answers(services: Services) -> list[str]:
    with services.read() as session:
        return list(session.scalars(select(Message.template).where(Message.template.startswith("answers/"))))


def test_a_start_that_comes_in_late_takes_back_no_stop_written_after_it(services: Services) -> None:
    person_id, _ = cast.amina(services)
    _comes(services, "STOP")
    clock_of(services).forward(minutes=5)
    _comes_late(services, "START", minutes=10)
    assert _stopped(services, person_id)
    assert _answers(services) == ["answers/opted-out"], "nobody is told that messages begin again"


def test_a_stop_said_again_counts_from_when_it_was_said_again(services: Services) -> None:
    person_id, _ = cast.amina(services)
    _comes(services, "STOP", "first")
    clock_of(services).forward(minutes=10)
    _comes(services, "STOP", "second")
    clock_of(services).forward(minutes=5)
    _comes_late(services, "START", minutes=10)
    assert _stopped(services, person_id)


def test_a_start_that_comes_in_late_takes_back_what_was_stopped_before_it(services: Services) -> None:
    person_id, _ = cast.amina(services)
    _comes(services, "STOP")
    clock_of(services).forward(minutes=20)
    _comes_late(services, "START", minutes=10)
    assert not _stopped(services, person_id)


def test_a_stop_that_comes_in_late_does_not_overtake_the_start_after_it(services: Services) -> None:
    person_id, _ = cast.amina(services)
    _comes(services, "START")
    clock_of(services).forward(minutes=5)
    _comes_late(services, "STOP", minutes=10)
    assert not _stopped(services, person_id)
    assert _answers(services) == ["answers/opted-in"], "nobody is told that messages have ended"


def test_a_stop_that_comes_in_late_and_stands_alone_stops(services: Services) -> None:
    person_id, _ = cast.amina(services)
    clock_of(services).forward(minutes=15)
    _comes_late(services, "STOP", minutes=10)
    assert _stopped(services, person_id)
    with services.read() as session:
        assert session.scalars(select(OptOut.at)).one() == services.now() - timedelta(minutes=10)


@pytest.mark.parametrize("stored_first", ["STOP", "START"])
@both_databases
def test_two_that_wait_are_acted_on_in_the_order_in_which_they_were_written(
    services: Services, stored_first: str
) -> None:
    person_id, _ = cast.amina(services)
    now = clock_of(services).forward(minutes=15)
    written = {"START": now - timedelta(minutes=10), "STOP": now - timedelta(minutes=5)}
    for words in sorted(written, key=lambda each: each != stored_first):
        store(services, _text(words), written[words])
    act_on_pending(services, now)
    assert _stopped(services, person_id)


def test_a_start_acted_on_late_leaves_what_was_stopped_elsewhere_meanwhile(services: Services) -> None:
    person_id, _ = cast.amina(services)
    store(services, _text("START"), services.now())
    clock_of(services).forward(minutes=5)
    with services.begin() as session:
        opt_out(
            session,
            Stop(Cause.OWN_PAGE, person_id=person_id, channel=Channel.SMS),
            services.now(),
            who="Amina",
        )
    act_on_pending(services, clock_of(services).forward(minutes=5))
    assert _stopped(services, person_id)


def test_a_strangers_start_attached_days_later_takes_back_no_newer_stop(services: Services) -> None:
    person_id, referral_id = cast.amina(services)
    take_reply(services, _text("START", sender=STRANGER), services.now())
    clock_of(services).forward(days=1)
    _comes(services, "STOP")
    clock_of(services).forward(days=1)
    with services.begin() as session:
        pat = cast.staff(session, services, "Pat", Role.ADMIN)
        reply = session.scalars(select(Reply).where(Reply.provider_id == "SM-START")).one()
        attach(
            session, services, reply, session.get_one(Referral, referral_id), staff=pat, now=services.now()
        )
    assert _stopped(services, person_id)


@both_databases
def test_the_hook_and_two_that_fetch_take_the_same_reply_in_once(services: Services) -> None:
    cast.amina(services)
    now = clock_of(services).forward(minutes=5)

    def fetch(_: int) -> None:
        store(services, _text("STOP"), now - timedelta(minutes=5))
        act_on_pending(services, now)

    with ThreadPoolExecutor(3) as threads:
        others = threads.map(fetch, range(2))
        hook = threads.submit(take_reply, services, _text("STOP"), now)
        list(others)
        hook.result()
    with services.read() as session:
        counts = [session.scalar(select(func.count()).select_from(each)) for each in (Reply, OptOut)]
    assert counts == [1, 1]
    assert len(_answers(services)) == 1
