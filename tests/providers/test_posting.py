"""Posting over kept connections, against a server that says exactly what it is told to, piece by piece."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from outreach.providers.posting import Answer, BrokenAnswerError, NeverConnectedError, Poster
from tests.standins.mail import make_certificate

GOOD = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
CLOSES = b""
"""Instead of words: the server closes the connection."""


@dataclass
class Server:
    """Says the next of these to each request, one piece after the other."""

    says: list[list[bytes]]
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while self.says:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(length))
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            for piece in self.says.pop(0):
                if piece is CLOSES:
                    writer.close()
                    return
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()


@asynccontextmanager
async def _serving(*says: list[bytes], tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(list(says))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for _ in range(20):  # the server's ends of the connections close
            await asyncio.sleep(0.001)


def _posted(*says: list[bytes], times: int = 1) -> tuple[list[Answer], Server]:
    """What was answered to so many posts, one after the other."""

    async def run() -> tuple[list[Answer], Server]:
        async with _serving(*says) as server:
            poster = Poster(f"http://127.0.0.1:{server.port}/texts", {"Accept": "application/json"}, 5)
            answers = []
            for number in range(times):
                answers.append(await poster.post(b"n=%d" % number))
                await asyncio.sleep(0.01)  # whatever the server does after its answer is seen
            poster.close()
            return answers, server

    return asyncio.run(run())


@pytest.mark.parametrize(
    "pieces",
    [
        [GOOD],
        [GOOD[:5], GOOD[5:30], GOOD[30:-1], GOOD[-1:]],
        [b"HTTP/1.1 100 Continue\r\n\r\n", GOOD],
        [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + GOOD],
        [
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
            b"1;x=y\r\n}\r\n0\r\nT: 1\r\n\r\n",
        ],
        [b"HTTP/1.1 201 Created\r\n\r\n{", b"}", CLOSES],
        [b"HTTP/1.0 201 Created\r\ncontent-length:2\r\n\r\n{}", CLOSES],
    ],
    ids=["whole", "in pieces", "after a continue", "after hints", "chunks", "until the end", "old"],
)
def test_an_answer_is_read_however_it_is_written(pieces: list[bytes]) -> None:
    (answer,), server = _posted(pieces)
    assert (answer.status, answer.body) == (201, b"{}")
    assert server.asked[0].startswith(b"POST /texts HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.asked[0].endswith(b"\r\n\r\nn=0")


@pytest.mark.parametrize(
    "pieces",
    [
        [CLOSES],
        [GOOD[:-1], CLOSES],
        [b"HTTP/1.1 201 Created\r\n", CLOSES],
        [b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", CLOSES],
        [b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n"],
        [b"HTTP/1.1 201 Created\r\nTransfer-Encoding: gzip\r\n\r\n{}"],
        [b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\n{}"],
        [b"HTTP/1.1 201 Created\r\nContent-Length: -2\r\n\r\n{}"],
        [b"HTTP/1.1 201 Created\r\nno header\r\n\r\n{}"],
        [b"HTTP/1.1 2o1 Created\r\n\r\n"],
        [b"SSH-2.0-OpenSSH\r\n\r\n"],
    ],
    ids=[
        "nothing",
        "cut off",
        "half a head",
        "a chunk less",
        "a chunk that does not end",
        "another encoding",
        "two lengths",
        "a negative length",
        "no header",
        "no status",
        "no HTTP",
    ],
)
def test_what_is_no_whole_answer_is_none(pieces: list[bytes]) -> None:
    with pytest.raises(BrokenAnswerError):
        _posted(pieces)


def test_a_connection_is_kept_while_nothing_is_strange_about_it() -> None:
    answers, server = _posted([GOOD], [GOOD], [GOOD], times=3)
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert server.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        [GOOD, CLOSES],
        [GOOD + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"],
        [GOOD, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"],
        [GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")],
        [GOOD.replace(b"1.1", b"1.0")],
    ],
    ids=["closed", "a second answer at once", "a second answer later", "says that it closes", "old"],
)
def test_no_answer_is_ever_taken_for_that_to_another_request(first: list[bytes]) -> None:
    answers, server = _posted(first, [GOOD], times=2)
    assert [(answer.status, answer.body) for answer in answers] == [(201, b"{}")] * 2
    assert server.connections == 2


def test_giving_up_on_an_answer_ends_its_connection() -> None:
    async def run() -> tuple[Answer, int]:
        async with _serving([GOOD[:10]], [GOOD]) as server:
            poster = Poster(f"http://127.0.0.1:{server.port}/", {}, 1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await poster.post(b"")
            return await poster.post(b""), server.connections

    answer, connections = asyncio.run(run())
    assert (answer.body, connections) == (b"{}", 2)


def test_no_more_connections_are_made_than_allowed() -> None:
    async def run() -> int:
        async with _serving(*[[GOOD]] * 20) as server:
            poster = Poster(f"http://127.0.0.1:{server.port}/", {}, 3)
            await asyncio.gather(*(poster.post(b"") for _ in range(20)))
            poster.close()
            return server.connections

    assert asyncio.run(run()) == 3


def test_a_server_that_cannot_show_who_it_is_gets_nothing(tmp_path: Path) -> None:
    make_certificate(tmp_path / "server.pem")
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(tmp_path / "server.pem")

    async def run() -> list[bytes]:
        async with _serving([GOOD], tls=theirs) as server:
            with pytest.raises(NeverConnectedError):
                await Poster(f"https://127.0.0.1:{server.port}/", {}, 1).post(b"To=somebody")
            return server.asked

    assert asyncio.run(run()) == []


def test_the_same_goes_over_an_encrypted_connection(tmp_path: Path) -> None:
    ours = make_certificate(tmp_path / "server.pem")
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(tmp_path / "server.pem")

    async def run() -> tuple[list[Answer], int]:
        async with _serving([GOOD], [GOOD], tls=theirs) as server:
            poster = Poster(f"https://127.0.0.1:{server.port}/", {}, 1, trusted=ours)
            answers = [await poster.post(b""), await poster.post(b"")]
            poster.close()
            return answers, server.connections

    answers, connections = asyncio.run(run())
    assert ([answer.status for answer in answers], connections) == ([201, 201], 1)


@pytest.mark.parametrize("header", ["a\r\nX: y", "a\nb", "ł"])
def test_a_header_that_would_be_more_than_one_line_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="on one line"):
        Poster("http://127.0.0.1/", {"Authorization": header}, 1)
