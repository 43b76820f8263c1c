"""`python -m benchmarks.posts [COUNT]`: CPU time of a post of a text, by each way, and of noting it in a journal."""

import asyncio
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp

from benchmarks.contestants.bare_sdk import send_all
from benchmarks.provider import SCRATCH, texts
from outreach.journal import journals_beside
from outreach.models.base import new_id
from outreach.ports import OutboundText
from outreach.providers.twilio import TwilioTexts

IN_FLIGHT = 64
FORM = {"To": "+447700900001", "Body": "Hello, this is the waiting list team. " * 7, "From": "+447700900999"}
TEXT = OutboundText("a", FORM["To"], FORM["Body"], "http://127.0.0.1/receipts/a", timedelta(hours=1))


async def _ours(port: int, count: int) -> None:
    sender = TwilioTexts(
        account_sid="AC", auth_token="x", from_number=FORM["From"], api_base_url=f"http://127.0.0.1:{port}"
    )
    await sender.open()
    await _in_flight(count, lambda: sender.send(TEXT))
    await sender.close()


async def _general(port: int, count: int) -> None:
    address = f"http://127.0.0.1:{port}/2010-04-01/Accounts/AC/Messages.json"
    async with aiohttp.ClientSession() as session:

        async def post() -> None:
            async with session.post(address, data=FORM) as answer:
                await answer.read()

        await _in_flight(count, post)


async def _in_flight(count: int, post: Callable[[], Awaitable[object]]) -> None:
    left = iter(range(count))

    async def some() -> None:
        for _ in left:
            await post()

    await asyncio.gather(*(some() for _ in range(IN_FLIGHT)))


async def _sdk(port: int, count: int) -> None:
    await send_all(port, count, IN_FLIGHT)


async def _noted(_port: int, count: int) -> None:
    SCRATCH.mkdir(parents=True, exist_ok=True)
    attempt, sid = new_id(), "SM" + "0" * 32
    with journals_beside(SCRATCH / "keyring.json", "").begin("") as journal:
        for _ in range(count):
            journal.hands_over(attempt)
            journal.accepted(attempt, sid)


def main() -> None:
    """Each way three times, in turns; the best of each, because the machine does other things too."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    warnings.simplefilter("ignore")
    ways = {"ours": _ours, "aiohttp": _general, "the provider's SDK": _sdk, "the sender's journal": _noted}
    best = dict.fromkeys(ways, float("inf"))
    with texts() as provider:
        for _ in range(3):
            for name, way in ways.items():
                began = time.process_time()
                asyncio.run(way(provider.port, count))
                best[name] = min(best[name], (time.process_time() - began) * 1000 / count)
    for name, milliseconds in best.items():
        print(f"{milliseconds:.3f} ms  {name}")


if __name__ == "__main__":
    main()
