"""The sending loop: one window of hand-overs under way, refilled continuously, its database work on one thread."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from outreach.actions.claim import Claim, claim_due, release
from outreach.actions.record import NOT_HANDED_OVER, Result, record
from outreach.actions.send import Handover, begin_sending
from outreach.actions.take_receipt import take_receipt
from outreach.ports import OutboundText, Outcome, Verdict
from outreach.services import Services

T = TypeVar("T")

FRESH = timedelta(seconds=10)
"""A hand-over older than this is not made: the window or the person's wishes may have changed meanwhile."""

RECORD_AT = 200
SMALLEST_WINDOW = 1


@dataclass(slots=True)
class Tally:
    """What one run of the loop came to."""

    accepted: int = 0
    planned_again: int = 0
    refused: int = 0
    unknown: int = 0
    halted: str = ""

    def count(self, outcome: Outcome) -> None:
        """Add one outcome."""
        match outcome.verdict:
            case Verdict.ACCEPTED:
                self.accepted += 1
            case Verdict.NOT_PROCESSED:
                self.planned_again += 1
            case Verdict.REFUSED:
                self.refused += 1
            case Verdict.UNKNOWN:
                self.unknown += 1
        if outcome.halt:
            self.halted = outcome.reason


@dataclass(slots=True)
class Window:
    """How many hand-overs may be under way; shrinks when the provider says "too many", and recovers slowly."""

    most: int
    size: float = field(init=False)

    def __post_init__(self) -> None:
        self.size = float(self.most)

    def learn(self, outcome: Outcome) -> None:
        """Halve on "too many requests", grow by about one a full window otherwise."""
        if outcome.verdict is Verdict.NOT_PROCESSED and outcome.code in ("429", "20429"):
            self.size = max(SMALLEST_WINDOW, self.size / 2)
        elif outcome.verdict is Verdict.ACCEPTED:
            self.size = min(self.most, self.size + 1 / self.size)

    def room(self, under_way: int) -> int:
        """How many more may start now."""
        return max(0, int(self.size) - under_way)


class Delivery:
    """One run: claims, hands over and records until nothing is due or `stop` is called."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._window = Window(services.config.sending.max_in_flight)
        self._database = ThreadPoolExecutor(1, thread_name_prefix="sender-database")
        self._claimed: deque[str] = deque()
        self._claim: Claim | None = None
        self._under_way: set[asyncio.Task[Result]] = set()
        self._results: list[Result] = []
        self._stopping = False
        self._tally = Tally()

    def stop(self) -> None:
        """Hand nothing more over; what is under way is finished and recorded."""
        self._stopping = True

    async def run(self) -> Tally:
        """Send until nothing is due. Hand-overs under way are always waited for and recorded."""
        senders = (self._services.texts, self._services.emails)
        for sender in senders:
            await sender.open()
        try:
            await self._send_all()
            await self._take_news()
        finally:
            for sender in senders:
                await sender.close()
            self._database.shutdown()
        return self._tally

    async def _send_all(self) -> None:
        while True:
            await self._refill()
            if not self._under_way:
                await self._record()
                if self._stopping or not self._claimed:
                    return await self._give_back()
                continue
            done, self._under_way = await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                self._take(task.result())
            if len(self._results) >= RECORD_AT:
                await self._record()

    async def _refill(self) -> None:
        """Start as many hand-overs as the window has room for."""
        room = 0 if self._stopping else self._window.room(len(self._under_way))
        if room and not self._claimed:
            await self._claim_more()
        if not room or not self._claimed or self._claim is None:
            return
        ids = [self._claimed.popleft() for _ in range(min(room, len(self._claimed)))]
        claim = self._claim
        now = self._services.now()
        for handover in await self._on_thread(lambda: begin_sending(self._services, claim, ids, now)):
            self._under_way.add(asyncio.create_task(self._hand_over(handover)))

    async def _claim_more(self) -> None:
        await self._record()
        now = self._services.now()
        self._claim = await self._on_thread(lambda: claim_due(self._services, now))
        self._claimed.extend(self._claim.message_ids)

    async def _give_back(self) -> None:
        claim = self._claim
        if self._claimed and claim is not None:
            await self._on_thread(lambda: release(self._services, claim))

    async def _hand_over(self, handover: Handover) -> Result:
        """Hand over once, unless we were held up so long that the decision to send is no longer fresh."""
        if self._services.now() - handover.committed_at > FRESH:
            return Result(handover, NOT_HANDED_OVER)
        if isinstance(handover.outbound, OutboundText):
            return Result(handover, await self._services.texts.send(handover.outbound))
        return Result(handover, await self._services.emails.send(handover.outbound))

    def _take(self, result: Result) -> None:
        self._tally.count(result.outcome)
        self._window.learn(result.outcome)
        self._results.append(result)
        if result.outcome.halt:
            self._stopping = True

    async def _record(self) -> None:
        results, self._results = self._results, []
        if results:
            now = self._services.now()
            await self._on_thread(lambda: record(self._services, results, now))

    async def _take_news(self) -> None:
        """Take in the delivery news that a provider hands over without a webhook."""
        now = self._services.now()
        for sender in (self._services.texts, self._services.emails):
            for receipt in sender.news():
                await self._on_thread(partial(take_receipt, self._services, receipt, now))

    async def _on_thread(self, work: Callable[[], T]) -> T:
        """Database work never blocks the loop: a blocked loop turns answered calls into time-outs."""
        return await asyncio.get_running_loop().run_in_executor(self._database, work)
