"""The Twilio sender against a real HTTP server that behaves as Twilio documents, and as networks do."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.ports import AddressFault, Found, Lookup, LostAttempt, OutboundText, Outcome, Verdict
from outreach.providers.simulator import SimulatedTexts
from outreach.providers.twilio import TwilioTexts, quoted
from outreach.providers.twilio_codes import HALTING
from outreach.vocabulary import ReceiptStatus
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN, Say, TwilioStandIn

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TEXT = OutboundText(
    attempt="0198c0de-0000-7000-8000-000000000001",
    to="+447700900001",
    body="Hello Amina ✓",
    receipt_url="http://127.0.0.1:9/hooks/twilio/receipts/a.b",
    valid_for=timedelta(minutes=55, seconds=30.9),
)


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """A stand-in whose clock stands."""
    with TwilioStandIn(clock=lambda: NOW) as stand_in:
        yield stand_in


def _sender(stand_in: TwilioStandIn, **options: Any) -> TwilioTexts:
    known = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from_number": OUR_NUMBER}
    return TwilioTexts(**{**known, "api_base_url": stand_in.url, "call_seconds": 0.5, **options})


def _with(sender: TwilioTexts, work: Callable[[TwilioTexts], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        await sender.open()
        try:
            return await work(sender)
        finally:
            await sender.close()

    return asyncio.run(run())


def _sent(stand_in: TwilioStandIn, text: OutboundText = TEXT, **options: Any) -> Outcome:
    return _with(_sender(stand_in, **options), lambda sender: sender.send(text))


def _found(stand_in: TwilioStandIn, lost: LostAttempt) -> Lookup:
    return _with(_sender(stand_in), lambda sender: sender.find(lost))


def _lost(**changes: Any) -> LostAttempt:
    known = {"attempt": TEXT.attempt, "to": TEXT.to, "started_at": NOW, "body": TEXT.body}
    return LostAttempt(**{**known, "adopted_ids": frozenset(), **changes})


def test_a_text_arrives_once_with_its_receipt_address_and_its_validity_in_seconds(
    twilio: TwilioStandIn,
) -> None:
    outcome = _sent(twilio)
    (arrived,) = twilio.arrived
    assert outcome == Outcome(Verdict.ACCEPTED, arrived.sid)
    assert arrived.form == {
        "To": TEXT.to,
        "From": OUR_NUMBER,
        "Body": TEXT.body,
        "StatusCallback": TEXT.receipt_url,
        "ValidityPeriod": "3330",
    }


@given(st.text())
def test_a_form_is_written_as_pythons_own_library_writes_it(value: str) -> None:
    assert quoted(value) == quote_plus(value)


def test_a_messaging_service_takes_the_place_of_our_number(twilio: TwilioStandIn) -> None:
    _sent(twilio, messaging_service_sid="MG1")
    assert "From" not in twilio.arrived[0].form
    assert twilio.arrived[0].form["MessagingServiceSid"] == "MG1"


@pytest.mark.parametrize(
    "said",
    [
        Say(status=500),
        Say(status=503, code=20503),
        Say(status=502, retry_after="5"),
        Say(status=408),
        Say(status=302),
        Say("lose"),
        Say("reset"),
        Say("stall", seconds=1.5),
        Say("garbage"),
        Say("no_id"),
    ],
    ids=lambda said: f"{said.how}-{said.status}",
)
def test_whatever_leaves_a_doubt_stays_unknown_and_is_asked_only_once(
    twilio: TwilioStandIn, said: Say
) -> None:
    twilio.next(said)
    assert _sent(twilio).verdict is Verdict.UNKNOWN
    assert twilio.asked == 1


@pytest.mark.parametrize("status", [429, 403, 404, 413])
def test_a_definite_4xx_in_nobodys_words_was_not_processed_and_says_nothing_about_the_number(
    twilio: TwilioStandIn, status: int
) -> None:
    twilio.next(Say(status=status))
    outcome = _sent(twilio)
    assert (outcome.verdict, outcome.address_fault, outcome.code) == (
        Verdict.NOT_PROCESSED,
        None,
        str(status),
    )


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("86400", timedelta(hours=1)),
        ("", None),
        ("-3", None),
        ("soon", None),
        ("9" * 400, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Fri, 01 Jan 2100 00:00:00 GMT", timedelta(hours=1)),
    ],
)
def test_too_many_requests_are_tried_again_no_sooner_than_asked(
    twilio: TwilioStandIn, header: str, wait: timedelta | None
) -> None:
    twilio.next(Say(code=20429, retry_after=header))
    outcome = _sent(twilio)
    assert (outcome.verdict, outcome.code, outcome.retry_after) == (Verdict.NOT_PROCESSED, "20429", wait)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (21610, AddressFault.OPTED_OUT),
        (21211, AddressFault.UNUSABLE),
        (21614, AddressFault.UNUSABLE),
        (30005, AddressFault.UNUSABLE),
        (30006, AddressFault.UNUSABLE),
        (21612, None),
        (63038, None),
        (99999, None),
    ],
)
def test_a_refusal_is_final_and_tells_about_the_number_only_what_the_code_says(
    twilio: TwilioStandIn, code: int, fault: AddressFault | None
) -> None:
    twilio.next(Say(code=code))
    outcome = _sent(twilio)
    assert (outcome.verdict, outcome.code, outcome.address_fault) == (Verdict.REFUSED, str(code), fault)
    assert outcome.reason
    assert TEXT.to not in outcome.reason
    assert not outcome.halt


@pytest.mark.parametrize("code", sorted(HALTING))
def test_a_refused_account_halts_and_loses_nothing(twilio: TwilioStandIn, code: str) -> None:
    twilio.next(Say(code=int(code)))
    outcome = _sent(twilio)
    assert (outcome.verdict, outcome.halt) == (Verdict.NOT_PROCESSED, True)


def test_a_wrong_password_halts(twilio: TwilioStandIn) -> None:
    outcome = _sent(twilio, auth_token="wrong")
    assert (outcome.verdict, outcome.code, outcome.halt) == (Verdict.NOT_PROCESSED, "20003", True)


def test_where_no_connection_could_be_made_nothing_was_handed_over() -> None:
    gone = TwilioStandIn()
    with gone:
        pass
    assert _sent(gone).verdict is Verdict.NOT_PROCESSED


def test_a_text_that_cannot_be_written_is_refused_before_it_leaves(twilio: TwilioStandIn) -> None:
    broken = OutboundText(TEXT.attempt, TEXT.to, "half a \ud83d", TEXT.receipt_url, TEXT.valid_for)
    assert _sent(twilio, broken).verdict is Verdict.REFUSED
    assert twilio.asked == 0


def test_many_at_once_each_get_their_own_answer(twilio: TwilioStandIn) -> None:
    twilio.latency = 0.02
    twilio.next(*(Say(code=20429, retry_after=str(n)) for n in range(1, 51)))

    async def send_all(sender: TwilioTexts) -> list[Outcome]:
        return await asyncio.gather(*(sender.send(TEXT) for _ in range(50)))

    outcomes = _with(_sender(twilio, call_seconds=10), send_all)
    assert {outcome.retry_after for outcome in outcomes} == {timedelta(seconds=n) for n in range(1, 51)}
    assert twilio.most_in_flight > 25


def test_a_lost_answer_is_found_by_number_time_and_words(twilio: TwilioStandIn) -> None:
    twilio.next(Say("lose"))
    _sent(twilio)
    lookup = _found(twilio, _lost())
    assert (lookup.found, lookup.provider_id) == (Found.FOUND, twilio.arrived[0].sid)
    assert lookup.receipt is not None
    assert lookup.receipt.status is ReceiptStatus.ACCEPTED


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "Hello Ben"},
        {"to": "+447700900002"},
        {"started_at": NOW - timedelta(hours=2)},
        {"started_at": NOW + timedelta(hours=2)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_message_is_never_taken_for_the_lost_one(
    twilio: TwilioStandIn, changes: dict[str, Any]
) -> None:
    _sent(twilio)
    assert _found(twilio, _lost(**changes)).found is Found.ABSENT


def test_a_message_that_another_attempt_has_is_not_the_lost_one(twilio: TwilioStandIn) -> None:
    sid = _sent(twilio).provider_id
    assert _found(twilio, _lost(adopted_ids=frozenset({sid}))).found is Found.ABSENT


def test_of_two_that_could_be_it_nobody_can_tell(twilio: TwilioStandIn) -> None:
    _sent(twilio)
    _sent(twilio)
    assert _found(twilio, _lost()).found is Found.CANNOT_TELL


def test_a_list_that_lags_or_fails_never_says_that_something_was_found(twilio: TwilioStandIn) -> None:
    _sent(twilio)
    twilio.list_lag = timedelta(minutes=2)
    assert _found(twilio, _lost()).found is Found.ABSENT
    twilio.list_is_down = True
    assert _found(twilio, _lost()).found is Found.CANNOT_TELL


def test_no_number_and_no_word_reaches_the_log(
    twilio: TwilioStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _sent(twilio)
        _found(twilio, _lost())
    assert TEXT.to not in caplog.text
    assert "7700900001" not in caplog.text
    assert "Hello" not in caplog.text


@pytest.mark.parametrize(
    ("address", "live"),
    [
        ("https://api.twilio.com", True),
        ("http://127.0.0.1:5000", False),
        ("http://[::1]:5000", False),
        ("http://localhost:5000", False),
        ("http://localhost.example.org", True),
        ("http://127.0.0.1.example.org", True),
    ],
)
def test_only_a_stand_in_on_this_machine_is_not_live(address: str, live: bool) -> None:
    sender = TwilioTexts(account_sid="AC1", auth_token="x", api_base_url=address)
    assert sender.is_live is live
    assert not sender.is_simulated


def test_a_simulator_delivers_at_once_and_tells_it_once() -> None:
    simulator = SimulatedTexts()
    outcome = asyncio.run(simulator.send(TEXT))
    (news,) = simulator.news()
    assert (news.provider_id, news.status) == (outcome.provider_id, ReceiptStatus.DELIVERED)
    assert simulator.news() == []
    assert simulator.is_simulated
    assert not simulator.is_live
