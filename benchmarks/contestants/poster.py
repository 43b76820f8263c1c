"""A provider that posts replies, each signed beforehand: `poster PORT COUNT AT_ONCE SECRET`."""

import asyncio
import secrets
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from benchmarks.contestants.turn import tell, wait_for_go
from outreach.providers.twilio_hooks import sign
from tests.posting import REPLIES, text_form

PUBLIC_URL = "http://127.0.0.1:8000"
WARMING = 40
"""Posted before it counts: every process has then seen one of each."""

WORDS = "I will be at the appointment on Monday and bring the letter that you asked for"


def _request(number: int, secret: str) -> bytes:
    form = text_form(f"SM{secrets.token_hex(16)}", WORDS, sender=f"+447700900{number:03}")
    body = urlencode(form).encode()
    head = (
        f"POST {REPLIES} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {sign(secret, PUBLIC_URL + REPLIES, form)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _post_some(port: int, left: Iterator[bytes], took: list[tuple[float, float]]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for each in left:
        began = time.perf_counter()
        writer.write(each)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if not head.startswith("http/1.1 200"):
            raise RuntimeError(head.partition("\r\n")[0])
        await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
        took.append((began, time.perf_counter() - began))
    writer.close()


async def _post_all(port: int, requests: list[bytes], at_once: int) -> list[tuple[float, float]]:
    left, took = iter(requests), list[tuple[float, float]]()
    await asyncio.gather(*(_post_some(port, left, took) for _ in range(at_once)))
    return took


def main() -> None:
    """Post them all, and tell when each began and how long it took, in seconds."""
    port, count, at_once = (int(word) for word in sys.argv[1:4])
    requests = [_request(number, sys.argv[4]) for number in range(count)]
    asyncio.run(_post_all(port, [_request(999 - number, sys.argv[4]) for number in range(WARMING)], at_once))
    wait_for_go()
    start = time.perf_counter()
    took = asyncio.run(_post_all(port, requests, at_once))
    seconds = time.perf_counter() - start
    tell(seconds=seconds, posts=[(began - start, each) for began, each in took])


if __name__ == "__main__":
    main()
