"""A real mail server on this machine that keeps what it takes, and refuses or drops as it is told to."""

import asyncio
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

USER, PASSWORD = "outreach", "not-a-real-password"


@dataclass(frozen=True, slots=True)
class Taken:
    """One email with its envelope; `connection` tells which emails came over one connection."""

    sender: str
    recipient: str
    message: EmailMessage
    raw: bytes
    connection: Any


@dataclass(slots=True)
class MailStandIn:
    """A mail server. `says` holds, for each command, what it answers next: a line, or "drop", or "keep and drop"."""

    certificate: Path | None = None
    needs_login: bool = False  # only with a certificate
    pipelines: bool = False
    says: dict[str, deque[str]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _thread: threading.Thread | None = None

    def next(self, command: str, *answers: str) -> None:
        """Answer this command (MAIL, RCPT or DATA) so the next times."""
        self.says.setdefault(command, deque()).extend(answers)

    def __enter__(self) -> "MailStandIn":
        context = None
        if self.certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate)
        options: dict[str, Any] = {
            "hostname": "mail.example.org",
            "tls_context": context,
            "require_starttls": context is not None,
            "authenticator": _check if self.needs_login else None,
            "auth_required": self.needs_login,
            "auth_require_tls": True,
            "enable_SMTPUTF8": True,
            "loop": self._loop,
        }
        serving = self._loop.create_server(lambda: SMTP(self, **options), "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(serving)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(10)
        self._loop.close()

    async def _finish(self) -> None:
        """Stop listening, and end what is still connected."""
        assert self._server is not None
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        """Say what it can."""
        session.host_name = hostname
        return ["250-PIPELINING", *lines] if self.pipelines else lines

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Note who sends."""
        answer = self._answer(server, "MAIL")
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Note for whom."""
        answer = self._answer(server, "RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the email."""
        says = self.says.get("DATA")
        if not says or says[0] == "keep and drop":
            raw = envelope.original_content or b""
            message = message_from_bytes(raw, policy=policy.default)
            assert isinstance(message, EmailMessage)
            whose = (envelope.mail_from or "", envelope.rcpt_tos[0])
            self.taken.append(Taken(*whose, message, raw, session.peer))
        return self._answer(server, "DATA") or "250 2.0.0 taken"

    def _answer(self, server: SMTP, command: str) -> str | None:
        self.commands.append(command)
        waiting = self.says.get(command)
        answer = waiting.popleft() if waiting else None
        if answer and answer.endswith("drop") and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return answer


def _check(_server: SMTP, _session: Session, _envelope: Envelope, _kind: str, login: Any) -> AuthResult:
    known = isinstance(login, LoginPassword) and login == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


def make_certificate(path: Path) -> ssl.SSLContext:
    """Write a certificate for 127.0.0.1 with its key; returns what a client needs to trust it and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server for tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    path.write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return ssl.create_default_context(cadata=pem.decode())
