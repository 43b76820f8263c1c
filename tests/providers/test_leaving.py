"""Every sender says so right before the provider can get anything of a message, since a crash is judged by that."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest

from outreach.errors import HeldBackError
from outreach.ports import EmailSender, Leaving, OutboundEmail, OutboundText, Outcome, TextSender, Verdict
from outreach.providers.simulator import SimulatedEmails, SimulatedTexts
from outreach.providers.smtp import SmtpEmails
from outreach.providers.twilio import TwilioTexts
from tests.standins.mail import MailStandIn
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN, TwilioStandIn

TEXT = OutboundText("a", "+447700900001", "Hello Amina", "http://127.0.0.1:9/receipts/a", timedelta(hours=1))
EMAIL = OutboundEmail("a", "amina@example.org", "Hello", "Hello Amina", "<p>Hello Amina</p>", None)
CLOSED = 9
"""A port on which nobody listens."""

Sender = TextSender | EmailSender
Arrived = Callable[[], int]
Made = Callable[[], AbstractContextManager[tuple[Sender, Arrived]]]


@contextmanager
def twilio() -> Iterator[tuple[Sender, Arrived]]:
    """The sender through Twilio, and how many texts its stand-in has."""
    with TwilioStandIn() as stand_in:
        yield texts_to(stand_in.port), lambda: len(stand_in.arrived)


@contextmanager
def smtp() -> Iterator[tuple[Sender, Arrived]]:
    """The sender through a mail server, and how many emails that has."""
    with MailStandIn() as server:
        yield emails_to(server.port), lambda: len(server.taken)


@contextmanager
def simulated_texts() -> Iterator[tuple[Sender, Arrived]]:
    """Simulated texts arrive at once."""
    sender = SimulatedTexts()
    yield sender, lambda: len(sender._news)


@contextmanager
def simulated_emails() -> Iterator[tuple[Sender, Arrived]]:
    """Simulated emails too."""
    sender = SimulatedEmails()
    yield sender, lambda: len(sender._news)


def texts_to(port: int, scheme: str = "http", call_seconds: float = 2) -> TwilioTexts:
    """A sender of texts to this port."""
    return TwilioTexts(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        from_number=OUR_NUMBER,
        api_base_url=f"{scheme}://127.0.0.1:{port}",
        call_seconds=call_seconds,
    )


def emails_to(port: int) -> SmtpEmails:
    """A sender of emails to this port."""
    return SmtpEmails(
        host="127.0.0.1", port=port, tls="none", from_address="hello@example.org", socket_seconds=2
    )


def sent(sender: Sender, *leaving: Leaving) -> list[Outcome | BaseException]:
    """One message after the other; what came of each."""

    async def run() -> list[Outcome | BaseException]:
        await sender.open()
        try:
            return [await _one(sender, each) for each in leaving]
        finally:
            await sender.close()

    return asyncio.run(run())


async def _one(sender: Sender, leaving: Leaving) -> Outcome | BaseException:
    message = TEXT if isinstance(sender, TwilioTexts | SimulatedTexts) else EMAIL
    try:
        return await sender.send(message, leaving)  # type: ignore[arg-type]
    except HeldBackError as fault:
        return fault


@pytest.mark.parametrize("made", [twilio, smtp, simulated_texts, simulated_emails])
def test_each_message_is_announced_once_before_the_provider_has_it(
    made: Made,
) -> None:
    with made() as (sender, arrived):
        had: list[int] = []
        outcomes = sent(sender, *[lambda: had.append(arrived())] * 3)
        assert [each.verdict for each in outcomes if isinstance(each, Outcome)] == [Verdict.ACCEPTED] * 3
        assert had == [0, 1, 2]


def held_back() -> None:
    """It must not leave."""
    raise HeldBackError("not handed over")


@pytest.mark.parametrize("made", [twilio, smtp, simulated_texts, simulated_emails])
def test_of_a_message_that_is_held_back_the_provider_gets_nothing_and_the_next_one_goes(
    made: Made,
) -> None:
    with made() as (sender, arrived):
        kept, gone = sent(sender, held_back, lambda: None)
        assert isinstance(kept, HeldBackError)
        assert isinstance(gone, Outcome)
        assert (gone.verdict, arrived()) == (Verdict.ACCEPTED, 1)


def test_a_text_whose_connection_never_comes_about_was_never_about_to_leave() -> None:
    announced: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        sender = texts_to(deaf.getsockname()[1], scheme="https", call_seconds=0.2)
        (outcome,) = sent(sender, lambda: announced.append("leaves"))
    assert isinstance(outcome, Outcome)
    assert (outcome.verdict, outcome.not_now, announced) == (Verdict.NOT_PROCESSED, True, [])


@pytest.mark.parametrize("sender", [texts_to(CLOSED), emails_to(CLOSED)], ids=["twilio", "smtp"])
def test_a_message_that_finds_no_connection_was_never_about_to_leave(sender: Sender) -> None:
    announced: list[str] = []
    (outcome,) = sent(sender, lambda: announced.append("leaves"))
    assert isinstance(outcome, Outcome)
    assert (outcome.verdict, announced) == (Verdict.NOT_PROCESSED, [])
