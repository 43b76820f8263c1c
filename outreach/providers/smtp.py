"""Emails through a mail server: smtplib on a few threads, over connections that are kept."""

import asyncio
import json
import smtplib
import ssl
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from email.utils import parseaddr

from outreach.ports import (
    AddressFault,
    Found,
    Leaving,
    Lookup,
    LostAttempt,
    OutboundEmail,
    Outcome,
    Receipt,
    Verdict,
    unnoted,
)
from outreach.providers.loopback import is_loopback
from outreach.providers.mime import write_email
from outreach.providers.sendgrid_hooks import ATTEMPT

SOCKET_SECONDS = 10
CONNECTIONS = 8
"""At most; mail servers do not like more from one client."""

TURN_SECONDS = 10
"""An email that waits longer for a free connection is not handed over: the decision to send it is no longer fresh."""

DEAD_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
"""RFC 3463: no such mailbox or system, moved without a new address, or switched off."""

GOES_AWAY = 421

Reply = tuple[int, bytes]
NOT_SAID: Reply = (-1, b"")


class _NotHandedOverError(Exception):
    """It ended before any of the message was given to the server."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class SmtpEmails:
    """A sender of emails. What is lost after the message began to travel is unknown, never tried again."""

    name = "smtp"
    most_at_once = CONNECTIONS
    is_simulated = False

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: str,
        username: str = "",
        password: str = "",
        from_address: str,
        socket_seconds: float = SOCKET_SECONDS,
        turn_seconds: float = TURN_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._username, self._password = username, password
        self._from_name, self._from = parseaddr(from_address)
        self._socket_seconds, self._turn_seconds = socket_seconds, turn_seconds
        self._ssl_context, self._read_context = ssl_context, ssl_context
        self._kept: deque[smtplib.SMTP] = deque()
        self._threads: ThreadPoolExecutor | None = None
        self._turns = asyncio.Semaphore(CONNECTIONS)

    @property
    def is_live(self) -> bool:
        """Emails can reach real people, unless the server is on this machine."""
        return not is_loopback(self._host)

    async def open(self) -> None:
        """Start the threads; connections are made when the first email needs one."""
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="smtp")
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def close(self) -> None:
        """Say goodbye on every connection."""
        if self._threads is None:
            return
        while self._kept:
            await asyncio.get_running_loop().run_in_executor(self._threads, _quit, self._kept.popleft())
        self._threads.shutdown()
        self._threads, self._read_context = None, self._ssl_context

    async def send(self, email: OutboundEmail, leaving: Leaving = unnoted) -> Outcome:
        """Hand over once. Never raises for what the server answers or does not answer."""
        try:
            async with asyncio.timeout(self._turn_seconds):
                await self._turns.acquire()
        except TimeoutError:
            return Outcome(Verdict.NOT_PROCESSED, reason="not handed over: the mail server was busy too long")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._send, email, leaving)
        finally:
            self._turns.release()

    async def find(self, lost: LostAttempt) -> Lookup:
        """SMTP has no way to ask."""
        return Lookup(Found.CANNOT_TELL, reason="a mail server cannot be asked what it took")

    def news(self) -> list[Receipt]:
        """None: news of emails is posted by the provider, where it does so."""
        return []

    def _send(self, email: OutboundEmail, leaving: Leaving) -> Outcome:
        try:
            message = self._written(email)
        except (ValueError, LookupError):
            return Outcome(Verdict.REFUSED, reason="the email holds a character that cannot be sent")
        try:
            connection = self._announced(email)
        except _NotHandedOverError as fault:
            return fault.outcome
        return self._hand_over(connection, message, self.message_id(email), leaving)

    def message_id(self, email: OutboundEmail) -> str:
        """What the email is called, here and in the provider's news: the attempt at our domain."""
        return f"<{email.attempt}@{self._from.rpartition('@')[2]}>"

    def _written(self, email: OutboundEmail) -> bytes:
        headers = [("Message-ID", self.message_id(email))]
        if email.unsubscribe_url:
            headers.append(("List-Unsubscribe", f"<{email.unsubscribe_url}>"))
            headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        if self._host.endswith("sendgrid.net"):
            headers.append(("X-SMTPAPI", json.dumps({"unique_args": {ATTEMPT: email.attempt}})))
        return write_email(
            sender=(self._from_name, self._from),
            to=email.to,
            subject=email.subject,
            headers=headers,
            text=email.text,
            html=email.html,
        )

    def _announced(self, email: OutboundEmail) -> smtplib.SMTP:
        """A connection on which the server has taken sender and recipient. Raises _NotHandedOverError."""
        while self._kept:
            kept = self._kept.pop()
            try:
                return self._announce(kept, email)
            except (OSError, smtplib.SMTPException):
                kept.close()  # the server has closed it meanwhile; nothing was handed over on it
        try:
            return self._announce(self._connected(), email)
        except (OSError, smtplib.SMTPException) as fault:
            reason = f"the mail server could not be reached ({type(fault).__name__})"
            raise _NotHandedOverError(Outcome(Verdict.NOT_PROCESSED, reason=reason, not_now=True)) from None

    def _connected(self) -> smtplib.SMTP:
        """A new connection, encrypted and signed in as the settings say."""
        if self._tls == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._socket_seconds, context=self._trusted()
            )
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=self._socket_seconds)
        try:
            if self._tls == "starttls":
                connection.starttls(context=self._trusted())
            connection.ehlo_or_helo_if_needed()
            if self._username:
                connection.login(self._username, self._password)
        except smtplib.SMTPAuthenticationError as fault:
            connection.close()
            raise _NotHandedOverError(_after_login(fault.smtp_code)) from None
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
        return connection

    def _trusted(self) -> ssl.SSLContext:
        """Which servers we trust: read once while we are open, since it takes longer than a hundred emails."""
        if self._read_context is None:
            self._read_context = ssl.create_default_context()
        return self._read_context

    def _announce(self, connection: smtplib.SMTP, email: OutboundEmail) -> smtplib.SMTP:
        """Name sender and recipient; what the server says to that is the answer."""
        needs_utf8 = not email.to.isascii()
        if needs_utf8 and not connection.has_extn("smtputf8"):
            self._kept.append(connection)
            reason = "the mail server cannot write to an address in this script"
            raise _NotHandedOverError(Outcome(Verdict.REFUSED, reason=reason))
        (code, words), recipient = _named(connection, self._from, email.to, needs_utf8=needs_utf8)
        if code == 250:
            code, words = recipient
            if code in (250, 251):
                return connection
            self._keep(connection)
            raise _NotHandedOverError(_after_recipient(code, words))
        if code == GOES_AWAY:
            raise smtplib.SMTPServerDisconnected("the server closes the connection")
        self._keep(connection)
        raise _NotHandedOverError(_after_sender(code, words))

    def _hand_over(
        self, connection: smtplib.SMTP, message: bytes, message_id: str, leaving: Leaving
    ) -> Outcome:
        """Give the message. Once it has begun to travel, only a clear answer counts."""
        try:
            code, words = connection.docmd("data")
        except (OSError, smtplib.SMTPException) as fault:
            connection.close()
            reason = f"the mail server went away before it took anything ({type(fault).__name__})"
            return Outcome(Verdict.NOT_PROCESSED, reason=reason)
        if code != 354:
            self._keep(connection)
            return _after_refusal(code, words)
        try:
            leaving()
        except BaseException:
            connection.close()  # it waits for a message that does not come
            raise
        try:
            connection.send(_dotted(message))
            code, words = connection.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            connection.close()
            return Outcome(Verdict.UNKNOWN, reason=f"no clear answer ({type(fault).__name__})")
        if code == 250:
            self._kept.append(connection)
            return Outcome(Verdict.ACCEPTED, message_id)
        self._keep(connection)
        if 400 <= code < 600:
            return _after_refusal(code, words)
        return Outcome(Verdict.UNKNOWN, code=str(code), reason="the mail server gave no clear answer")

    def _keep(self, connection: smtplib.SMTP) -> None:
        """Keep a connection on which a message was refused, if it can be made ready for the next one."""
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            connection.close()
        else:
            self._kept.append(connection)


def _named(connection: smtplib.SMTP, sender: str, to: str, *, needs_utf8: bool) -> tuple[Reply, Reply]:
    """What the server says to sender and recipient; to the second nothing where the first was refused or it left.

    A server that offers it is told both in one go (RFC 2920), which spares a journey there and back. The message
    waits for both answers.
    """
    if needs_utf8 or not connection.has_extn("pipelining"):
        said = connection.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8 else [])
        return said, connection.rcpt(to) if said[0] == 250 else NOT_SAID
    if not f"{sender}{to}".isprintable():
        raise smtplib.SMTPException("an address is one line")
    connection.send(f"MAIL FROM:{smtplib.quoteaddr(sender)}\r\nRCPT TO:{smtplib.quoteaddr(to)}\r\n")
    said = connection.getreply()
    return said, NOT_SAID if said[0] == GOES_AWAY else connection.getreply()


def _dotted(message: bytes) -> bytes:
    """The message as it travels: a line's first dot doubled, and a lone dot at the end."""
    body = message.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _after_login(code: int) -> Outcome:
    reason = "the mail server refuses the user name or password"
    return Outcome(Verdict.NOT_PROCESSED, code=str(code), reason=reason, halt=code >= 500)


def _after_recipient(code: int, words: bytes) -> Outcome:
    outcome = _after_refusal(code, words)
    if outcome.verdict is not Verdict.REFUSED or _enhanced(words) not in DEAD_MAILBOX:
        return outcome
    return Outcome(
        Verdict.REFUSED,
        code=outcome.code,
        reason="there is no such mailbox",
        address_fault=AddressFault.UNUSABLE,
    )


def _after_sender(code: int, words: bytes) -> Outcome:
    """The server does not take mail from us: every other email would get the same answer."""
    if code >= 500:
        reason = "the mail server does not take mail from our address"
        return Outcome(Verdict.NOT_PROCESSED, code=_code(code, words), reason=reason, halt=True)
    return _after_refusal(code, words)


def _after_refusal(code: int, words: bytes) -> Outcome:
    """4xx is "not now", 5xx is "never" (RFC 5321); anything else is no answer, and nothing was handed over."""
    if 500 <= code < 600:
        return Outcome(Verdict.REFUSED, code=_code(code, words), reason="the mail server refused this email")
    return Outcome(
        Verdict.NOT_PROCESSED, code=_code(code, words), reason="the mail server did not take it now"
    )


def _code(code: int, words: bytes) -> str:
    return f"{code} {_enhanced(words)}".strip()[:20]


def _enhanced(words: bytes) -> str:
    """The enhanced status code (RFC 3463) such as 5.1.1 at the start of what the server says; else blank."""
    first = words.split(b" ", 1)[0].decode("ascii", "replace")
    return first if first.count(".") == 2 and first.replace(".", "").isdecimal() else ""


def _quit(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
