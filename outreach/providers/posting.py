"""Posts forms to one address over kept connections: asked once, answered once, and never by itself asked again.

General clients spend several times as much on a small request. Whatever is unusual in an answer ends the connection.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

IDLE_SECONDS = 15.0
"""A connection that has rested longer is not used again: the other side may be closing it right now."""

LONGEST_ANSWER = 1 << 20
END_OF_HEAD = b"\r\n\r\n"
WITHOUT_BODY = (204, 304)

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")


class NeverConnectedError(Exception):
    """No connection could be made: nothing of the request has left."""


class BrokenAnswerError(Exception):
    """The connection ended before the answer did, or the answer is none that can be understood."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def form(fields: Mapping[str, str]) -> bytes:
    """These fields as a form is posted (application/x-www-form-urlencoded), in UTF-8."""
    return b"&".join(_quoted(name) + b"=" + _quoted(value) for name, value in fields.items())


def _quoted(text: str) -> bytes:
    raw = text.encode().replace(b"%", b"%25")  # first: every other sign is written with it
    for sign in set(raw) - _PLAIN - {ord("%"), ord(" ")}:
        raw = raw.replace(bytes((sign,)), b"%%%02X" % sign)
    return raw.replace(b" ", b"+")


class Poster:
    """Connections to one address, `most` at once; made inside the running loop."""

    def __init__(
        self, url: str, headers: Mapping[str, str], most: int, *, trusted: ssl.SSLContext | None = None
    ) -> None:
        address = urlsplit(url)
        self._host, self._is_tls = address.hostname or "", address.scheme == "https"
        self._port = address.port or (443 if self._is_tls else 80)
        head = {"Host": address.netloc.rpartition("@")[2], "Accept-Encoding": "identity", **headers}
        lines = [
            f"POST {address.path or '/'} HTTP/1.1",
            *(f"{name}: {value}" for name, value in head.items()),
        ]
        if not all(line.isascii() and line.isprintable() for line in lines):
            raise ValueError("an address or a header cannot be written on one line")
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode()
        self._resting: deque[_Line] = deque()
        self._turns = asyncio.Semaphore(most)
        self._trusted = trusted or (ssl.create_default_context() if self._is_tls else None)

    def close(self) -> None:
        """Close the connections that rest."""
        while self._resting:
            self._resting.pop().end()

    async def post(self, body: bytes) -> Answer:
        """Ask once. Raises NeverConnectedError, BrokenAnswerError, or OSError when the connection breaks.

        A caller that gives up waiting closes the connection with it.
        """
        async with self._turns:
            line = self._rested() or await self._connected()
            try:
                answer = await line.ask(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            except BaseException:
                line.end()
                raise
            if line.may_be_kept:
                line.rests_since = time.monotonic()
                self._resting.append(line)
            else:
                line.end()
            return answer

    def _rested(self) -> "_Line | None":
        """The connection used last, if there is one that is still good."""
        while self._resting:
            line = self._resting.pop()
            if line.may_be_kept and time.monotonic() - line.rests_since < IDLE_SECONDS:
                return line
            line.end()
        return None

    async def _connected(self) -> "_Line":
        options: dict[str, Any] = {"ssl": self._trusted} if self._is_tls else {}
        try:
            _, line = await asyncio.get_running_loop().create_connection(
                _Line, self._host, self._port, happy_eyeballs_delay=0.25, **options
            )
        except (OSError, UnicodeError) as fault:
            raise NeverConnectedError(type(fault).__name__) from None
        return line


class _Line(asyncio.Protocol):
    """One connection, with at most one request on it."""

    def __init__(self) -> None:
        self.may_be_kept = True
        self.rests_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._reader = _Reader()

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Write the request; the answer comes later."""
        self._answer = asyncio.get_running_loop().create_future()
        self._reader = _Reader()
        if self._transport is None or self._transport.is_closing():
            self._answer.set_exception(BrokenAnswerError("closed"))
        else:
            self._transport.write(request)
        return self._answer

    def end(self) -> None:
        """Close it, whatever is under way."""
        self.may_be_kept = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.end()  # words that nobody asked for: what follows could be taken for the answer to another request
            return
        try:
            answer = self._reader.take(data)
        except (ValueError, LookupError) as fault:
            self._break(type(fault).__name__)
            return
        if answer is not None:
            self.may_be_kept = self._reader.may_be_kept
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.may_be_kept = False
        if self._answer is None or self._answer.done():
            return
        answer = self._reader.at_the_end() if exc is None else None
        if answer is not None:
            self._answer.set_result(answer)
        else:
            self._break("closed")

    def _break(self, why: str) -> None:
        self.end()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BrokenAnswerError(why))


@dataclass(slots=True)
class _Reader:
    """Puts one answer together. Raises ValueError or LookupError for what is none."""

    may_be_kept: bool = False
    _held: bytes = b""
    _status: int = 0
    _headers: dict[str, str] = field(default_factory=dict)

    def take(self, data: bytes) -> Answer | None:
        """Take in what came; the answer once it is whole."""
        self._held = self._held + data if self._held else data
        if len(self._held) > LONGEST_ANSWER:
            raise ValueError("longer than any answer should be")
        while not self._status:
            head, end, rest = self._held.partition(END_OF_HEAD)
            if not end:
                return None
            self._held = rest
            self._read_head(head)
        return self._whole()

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        status = int(rest[:3])
        if version not in ("HTTP/1.1", "HTTP/1.0") or not 100 <= status < 600 or rest[3:4] not in ("", " "):
            raise ValueError("not HTTP")
        if status < 200:
            return  # news on the way: the answer itself follows
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            known = headers.setdefault(name.lower(), value.strip())
            if not colon or (name.lower() == "content-length" and known != value.strip()):
                raise ValueError("a header that cannot be read")
        self._status, self._headers = status, headers
        keeps = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        self.may_be_kept = keeps

    def _whole(self) -> Answer | None:
        headers = self._headers
        if self._status in WITHOUT_BODY:
            return self._answered(b"", self._held)
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise ValueError("an encoding we did not ask for")
            return self._from_chunks()
        if "content-length" not in headers:
            self.may_be_kept = False
            return None  # all until the connection ends
        length = _number(headers["content-length"], 10)
        if len(self._held) < length:
            return None
        return self._answered(self._held[:length], self._held[length:])

    def _from_chunks(self) -> Answer | None:
        body, rest = b"", self._held
        while True:
            size, end, rest = rest.partition(b"\r\n")
            if not end:
                return None
            length = _number(size.partition(b";")[0].strip().decode("latin-1"), 16)
            if length == 0:
                break
            if len(rest) < length + 2:
                return None
            if rest[length : length + 2] != b"\r\n":
                raise ValueError("a chunk without its end")
            body, rest = body + rest[:length], rest[length + 2 :]
        while True:  # trailers, which tell us nothing
            trailer, end, rest = rest.partition(b"\r\n")
            if not end:
                return None
            if not trailer:
                return self._answered(body, rest)

    def at_the_end(self) -> Answer | None:
        """The answer of a server that says where it ends by closing; None when something is missing."""
        told = {"content-length", "transfer-encoding"} & self._headers.keys()
        if not self._status or told:
            return None
        return Answer(self._status, self._headers, self._held)

    def _answered(self, body: bytes, rest: bytes) -> Answer:
        self.may_be_kept = self.may_be_kept and not rest
        return Answer(self._status, self._headers, body)


def _number(text: str, base: int) -> int:
    """A length as HTTP writes it: digits alone."""
    if not text or not all(sign in "0123456789abcdefABCDEF"[: 10 if base == 10 else None] for sign in text):
        raise ValueError("not a length")
    return int(text, base)
