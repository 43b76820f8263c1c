"""The email sender against a real mail server that takes, refuses and drops."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from outreach.ports import AddressFault, Found, LostAttempt, OutboundEmail, Outcome, Verdict
from outreach.providers.smtp import CONNECTIONS, SmtpEmails
from tests.standins.mail import PASSWORD, USER, MailStandIn, make_certificate

T = TypeVar("T")

EMAIL = OutboundEmail(
    attempt="0198c0de-0000-7000-8000-000000000001",
    to="amina@example.org",
    subject="Your wait, and a hello – from Grace",
    text="Hello Amina\n.\n.starts with a dot\nżółć ✓\n" + "a very long line " * 80 + "\n",
    html="<p>Hello Amina ✓</p>",
    unsubscribe_url="https://outreach.example.org/unsubscribe/a.b",
)


@pytest.fixture(params=[False, True], ids=["one by one", "in one go"])
def mail(request: pytest.FixtureRequest) -> Iterator[MailStandIn]:
    """A mail server without encryption or login, which takes its commands one by one or several in one go."""
    with MailStandIn(pipelines=request.param) as server:
        yield server


def _sender(server: MailStandIn, **options: Any) -> SmtpEmails:
    known = {"host": "127.0.0.1", "port": server.port, "tls": "none", "socket_seconds": 2}
    from_address = "Northside Psychotherapy <hello@example.org>"
    return SmtpEmails(**{**known, "from_address": from_address, **options})


def _with(sender: SmtpEmails, work: Callable[[SmtpEmails], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        await sender.open()
        try:
            return await work(sender)
        finally:
            await sender.close()

    return asyncio.run(run())


def _sent(server: MailStandIn, *emails: OutboundEmail, **options: Any) -> list[Outcome]:
    async def send(sender: SmtpEmails) -> list[Outcome]:
        return [await sender.send(email) for email in emails or (EMAIL,)]

    return _with(_sender(server, **options), send)


def test_an_email_arrives_with_every_word_as_text_and_as_html(mail: MailStandIn) -> None:
    (outcome,) = _sent(mail)
    (taken,) = mail.taken
    message = taken.message
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert outcome == Outcome(Verdict.ACCEPTED, f"<{EMAIL.attempt}@example.org>")
    assert (taken.sender, taken.recipient) == ("hello@example.org", "amina@example.org")
    assert message["From"] == "Northside Psychotherapy <hello@example.org>"
    assert (message["To"], message["Subject"]) == (EMAIL.to, EMAIL.subject)
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == EMAIL.text.splitlines()
    assert html.get_content().strip() == EMAIL.html
    assert taken.raw.isascii()
    assert max(map(len, taken.raw.splitlines())) <= 998


def test_an_email_carries_its_attempt_and_a_way_out_of_one_click(mail: MailStandIn) -> None:
    _sent(mail)
    message = mail.taken[0].message
    assert message["Message-ID"] == f"<{EMAIL.attempt}@example.org>"
    assert message["List-Unsubscribe"] == f"<{EMAIL.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]


def test_an_answer_has_no_way_out_and_a_header_cannot_be_slipped_in(mail: MailStandIn) -> None:
    _sent(mail, replace(EMAIL, unsubscribe_url=None, html="", subject="Hello\r\nBcc: eve@example.org"))
    message = mail.taken[0].message
    assert message["List-Unsubscribe"] is None
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: eve@example.org"
    assert message.get_content_type() == "text/plain"


def test_one_connection_serves_many_emails(mail: MailStandIn) -> None:
    _sent(mail, EMAIL, EMAIL, EMAIL)
    assert len({taken.connection for taken in mail.taken}) == 1
    assert len(mail.taken) == 3


def test_many_at_once_share_a_few_connections_and_each_arrives_once(mail: MailStandIn) -> None:
    emails = [replace(EMAIL, attempt=f"attempt-{number}") for number in range(40)]

    async def send_all(sender: SmtpEmails) -> list[Outcome]:
        return await asyncio.gather(*(sender.send(email) for email in emails))

    assert {outcome.verdict for outcome in _with(_sender(mail), send_all)} == {Verdict.ACCEPTED}
    assert len({taken.message["Message-ID"] for taken in mail.taken}) == len(mail.taken) == 40
    assert len({taken.connection for taken in mail.taken}) <= CONNECTIONS


@pytest.mark.parametrize(
    ("command", "answer", "verdict", "fault"),
    [
        ("MAIL", "451 4.3.0 later", Verdict.NOT_PROCESSED, None),
        ("RCPT", "450 4.2.1 busy", Verdict.NOT_PROCESSED, None),
        ("RCPT", "452 too many", Verdict.NOT_PROCESSED, None),
        ("DATA", "451 4.7.1 greylisted", Verdict.NOT_PROCESSED, None),
        ("RCPT", "550 5.1.1 no such user", Verdict.REFUSED, AddressFault.UNUSABLE),
        ("RCPT", "550 5.1.10 no such user", Verdict.REFUSED, AddressFault.UNUSABLE),
        ("RCPT", "550 5.7.1 we do not like you", Verdict.REFUSED, None),
        ("RCPT", "552 5.2.2 mailbox full", Verdict.REFUSED, None),
        ("RCPT", "550 blocked", Verdict.REFUSED, None),
        ("DATA", "554 5.6.0 looks like spam", Verdict.REFUSED, None),
        ("MAIL", "drop", Verdict.NOT_PROCESSED, None),
        ("RCPT", "drop", Verdict.NOT_PROCESSED, None),
        ("DATA", "drop", Verdict.UNKNOWN, None),
        ("DATA", "keep and drop", Verdict.UNKNOWN, None),
        ("DATA", "299 hm", Verdict.UNKNOWN, None),
    ],
)
def test_what_the_server_says_decides_what_is_known(
    mail: MailStandIn, command: str, answer: str, verdict: Verdict, fault: AddressFault | None
) -> None:
    mail.next(command, answer)
    (outcome,) = _sent(mail)
    assert (outcome.verdict, outcome.address_fault, outcome.halt) == (verdict, fault, False)
    assert outcome.reason
    assert "amina" not in outcome.reason
    assert mail.commands.count("DATA") <= 1


def test_a_server_that_offers_it_is_told_sender_and_recipient_in_one_go() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the sender only once it has heard the recipient as well."""
        says = {
            "EHLO": "250-mail\r\n250 PIPELINING",
            "RCPT": "250 ok\r\n250 ok",
            "DATA": "354 go on",
            "QUIT": "221 bye",
        }
        writer.write(b"220 mail\r\n")
        async for line in reader:
            answer = "250 taken" if line == b".\r\n" else says.get(line[:4].decode().upper(), "")
            writer.write(f"{answer}\r\n".encode() if answer else b"")
        writer.close()

    async def run() -> Outcome:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sender = SmtpEmails(
            host="127.0.0.1", port=port, tls="none", from_address="a@example.org", socket_seconds=2
        )
        await sender.open()
        outcome = await sender.send(EMAIL)
        await sender.close()
        server.close()
        return outcome

    assert asyncio.run(run()).verdict is Verdict.ACCEPTED


def test_a_refusal_of_one_email_does_not_touch_the_next(mail: MailStandIn) -> None:
    mail.next("RCPT", "550 5.1.1 no such user")
    mail.next("DATA", "554 spam")
    outcomes = _sent(mail, EMAIL, EMAIL, EMAIL)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.REFUSED, Verdict.REFUSED, Verdict.ACCEPTED]
    assert len(mail.taken) == 1


@pytest.mark.parametrize("gone", ["drop", "421 4.4.2 idle too long"])
def test_a_kept_connection_that_the_server_has_closed_is_replaced_and_nothing_goes_twice(
    mail: MailStandIn, gone: str
) -> None:
    async def send(sender: SmtpEmails) -> list[Outcome]:
        first = await sender.send(EMAIL)
        mail.next("MAIL", gone)
        return [first, await sender.send(EMAIL)]

    outcomes = _with(_sender(mail), send)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert len(mail.taken) == 2


def test_a_server_that_does_not_take_mail_from_us_stops_everything(mail: MailStandIn) -> None:
    mail.next("MAIL", "550 5.7.60 you may not send as this")
    (outcome,) = _sent(mail)
    assert (outcome.verdict, outcome.halt) == (Verdict.NOT_PROCESSED, True)


def test_a_login_is_used_and_a_wrong_password_stops_everything(tmp_path: Path) -> None:
    secure = {"tls": "starttls", "ssl_context": make_certificate(tmp_path / "mail.pem"), "username": USER}
    with MailStandIn(certificate=tmp_path / "mail.pem", needs_login=True) as mail:
        (good,) = _sent(mail, password=PASSWORD, **secure)
        (bad,) = _sent(mail, password="wrong", **secure)
    assert good.verdict is Verdict.ACCEPTED
    assert (bad.verdict, bad.code, bad.halt) == (Verdict.NOT_PROCESSED, "535", True)


def test_where_no_server_answers_nothing_was_handed_over(mail: MailStandIn) -> None:
    (outcome,) = _sent(mail, port=9, tls="tls")
    assert outcome.verdict is Verdict.NOT_PROCESSED


def test_an_encrypted_connection_is_made_only_to_a_server_that_can_be_trusted(tmp_path: Path) -> None:
    trusted = make_certificate(tmp_path / "mail.pem")
    with MailStandIn(certificate=tmp_path / "mail.pem") as mail:
        (good,) = _sent(mail, tls="starttls", ssl_context=trusted)
        (distrusted,) = _sent(mail, tls="starttls")
        (open_to_all,) = _sent(mail, tls="none")
    assert good.verdict is Verdict.ACCEPTED
    assert distrusted.verdict is open_to_all.verdict is Verdict.NOT_PROCESSED
    assert len(mail.taken) == 1


def test_a_server_that_cannot_encrypt_gets_nothing(mail: MailStandIn) -> None:
    (outcome,) = _sent(mail, tls="starttls")
    assert (outcome.verdict, len(mail.taken)) == (Verdict.NOT_PROCESSED, 0)


def test_an_address_in_another_script_goes_to_a_server_that_takes_it(mail: MailStandIn) -> None:
    (outcome,) = _sent(mail, replace(EMAIL, to="żółć@example.org"))
    assert outcome.verdict is Verdict.ACCEPTED
    assert mail.taken[0].recipient == "żółć@example.org"


@pytest.mark.parametrize(
    "change", [{"text": "half \ud83d"}, {"to": "a\nb@example.org"}, {"to": "nobody"}], ids=str
)
def test_what_cannot_be_written_is_refused_before_it_leaves(
    mail: MailStandIn, change: dict[str, str]
) -> None:
    (outcome,) = _sent(mail, replace(EMAIL, **change))
    assert (outcome.verdict, mail.commands) == (Verdict.REFUSED, [])


def test_an_email_that_would_wait_too_long_for_its_turn_is_not_handed_over(mail: MailStandIn) -> None:
    async def send_more_than_fit(sender: SmtpEmails) -> list[Outcome]:
        return await asyncio.gather(*(sender.send(EMAIL) for _ in range(CONNECTIONS + 3)))

    outcomes = _with(_sender(mail, turn_seconds=0), send_more_than_fit)
    waited = [each for each in outcomes if each.verdict is Verdict.NOT_PROCESSED]
    assert len(waited) == 3
    assert len(mail.taken) == CONNECTIONS


def test_a_mail_server_cannot_be_asked_about_a_lost_answer(mail: MailStandIn) -> None:
    lost = LostAttempt(EMAIL.attempt, EMAIL.to, datetime.now(UTC), EMAIL.text, frozenset())
    assert _with(_sender(mail), lambda sender: sender.find(lost)).found is Found.CANNOT_TELL


def test_no_address_and_no_word_reaches_the_log(mail: MailStandIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="outreach"):
        _sent(mail)
    assert "amina" not in caplog.text


@pytest.mark.parametrize(
    ("host", "live"), [("127.0.0.1", False), ("localhost", False), ("smtp.example.org", True)]
)
def test_only_a_server_on_this_machine_is_not_live(host: str, live: bool) -> None:
    sender = SmtpEmails(host=host, port=25, tls="none", from_address="hello@example.org")
    assert sender.is_live is live
