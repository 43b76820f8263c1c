"""Posts forms to one address over kept connections: asked once, answered once, and never by itself asked again.

General clients spend more on a small request, and some ask again by themselves. Whatever is unusual in an answer
ends the connection.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

from outreach.ports import Leaving, unnoted

IDLE_SECONDS = 15.0
"""A connection that has rested longer is not used again: the other side may be closing it right now."""

LONGEST_ANSWER = 1 << 20


class NeverConnectedError(Exception):
    """There was no connection: nothing of the request has left."""


class BrokenAnswerError(Exception):
    """The connection ended before the answer did, or the answer is none that can be understood."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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

    async def post(self, body: bytes, leaving: Leaving = unnoted) -> Answer:
        """Ask once. Raises NeverConnectedError, BrokenAnswerError, or OSError when the connection breaks.

        `leaving` is called when a connection is at hand, right before the request is written; it may raise instead.
        A caller that gives up waiting closes the connection with it.
        """
        async with self._turns:
            line = self._rested() or await self._connected()
            try:
                answer = await line.ask(b"%b%d\r\n\r\n%b" % (self._head, len(body), body), leaving)
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

    def ask(self, request: bytes, leaving: Leaving) -> "asyncio.Future[Answer]":
        """Write the request; the answer comes later. NeverConnectedError when the other side has just closed."""
        if self._transport is None or self._transport.is_closing():
            raise NeverConnectedError("closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._reader = _Reader()
        leaving()
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
        except (ValueError, HttpParserError) as fault:
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


class _Reader:
    """Puts one answer together; httptools reads it. Raises ValueError or HttpParserError for what is none."""

    def __init__(self) -> None:
        self.may_be_kept = False
        self._parser = HttpResponseParser(self)
        self._length = 0
        self._headers: dict[str, str] = {}
        self._head_is_whole = False
        self._body = b""
        self._answer: Answer | None = None

    def take(self, data: bytes) -> Answer | None:
        """Take in what came; the answer once it is whole."""
        self._length += len(data)
        if self._length > LONGEST_ANSWER:
            raise ValueError("longer than any answer should be")
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            if self._answer is None:
                raise
            self.may_be_kept = False
        return self._answer

    def at_the_end(self) -> Answer | None:
        """The answer of a server that says where it ends by closing; None when something is missing."""
        told = {"content-length", "transfer-encoding"} & self._headers.keys()
        if not self._head_is_whole or told:
            return None
        return Answer(self._parser.get_status_code(), self._headers, self._body)

    def on_message_begin(self) -> None:
        """Called by the parser. After the answer nothing may follow that nobody asked for."""
        self.may_be_kept = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._head_is_whole = True

    def on_body(self, body: bytes) -> None:
        """Called by the parser, for each piece."""
        self._body += body

    def on_message_complete(self) -> None:
        """Called by the parser; below 200 it is news on the way, and the answer itself follows."""
        status = self._parser.get_status_code()
        if status < 200:
            self._headers, self._head_is_whole = {}, False
        elif self._answer is None:
            self._answer = Answer(status, self._headers, self._body)
            self.may_be_kept = self._parser.should_keep_alive()
