"""One provider account's messages on their way out, in a window of hand-overs that is always refilled."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from outreach.actions.begun import Handover
from outreach.actions.claim import BATCH, LEASE, Claim, claim_due, give_back
from outreach.actions.record import NOT_HANDED_OVER, Result, record
from outreach.actions.send import begin_sending, set_aside
from outreach.database import TROUBLE
from outreach.engines.database_thread import DatabaseThread
from outreach.engines.window import LEAST_AHEAD, Pace, Window
from outreach.errors import HeldBackError
from outreach.journal import Journal
from outreach.ports import OutboundText, Outcome, Verdict
from outreach.services import Services
from outreach.vocabulary import Channel

log = structlog.get_logger()

FRESH = timedelta(seconds=10)
"""A hand-over older than this is not made: the window or the person's wishes may have changed meanwhile."""

RECORD_AT = 200
RECORD_EVERY_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.2
LOOK_UP_SECONDS = 0.5
CLAIM_FOR_SECONDS = 3.0
"""Claims are for about this long, so that an alert never waits behind a long queue and no lease runs out."""

LEAST_LEASE = LEASE / 2


@dataclass(frozen=True, slots=True)
class Ready:
    """A committed hand-over, and when that was on a clock that nobody can set."""

    handover: Handover
    at: float


class Lane:
    """Sends the due messages of one channel through one provider, until nothing is due or `stop` is called."""

    def __init__(
        self,
        services: Services,
        channel: Channel,
        *,
        most: int,
        database: DatabaseThread,
        count: Callable[[Outcome], None],
    ) -> None:
        self._services = services
        self._channel = channel
        self._database = database
        self._count = count
        self._window = Window(most)
        self._pace = Pace()
        self._claim: Claim | None = None
        self._claimed: deque[str] = deque()
        self._ready: deque[Ready] = deque()
        self._journal = Journal()
        self._under_way: dict[asyncio.Task[Outcome], tuple[Handover, int]] = {}
        self._results: list[Result] = []
        self._recorded_at = time.monotonic()
        self._nothing_due = False
        self._look_at = 0.0
        self._something_new = asyncio.Event()
        self._stopping = False
        self.set_aside = 0

    def stop(self) -> None:
        """Hand nothing more over; what is under way is finished and recorded."""
        self._stopping = True

    async def run(self, journal: Journal) -> None:
        """Send until nothing is due. Hand-overs under way are always waited for and recorded."""
        self._journal = journal
        try:
            await self._send_all()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)
            await self._record()
        if self._claimed:
            await self._give_back()

    async def _send_all(self) -> None:
        while True:
            self._something_new.clear()
            await self._refill()
            self._start()
            if self._is_done():
                return
            if self._under_way and not self._can_begin_more():
                await self._until_something_is_new()
            if self._is_time_to_record():
                await self._record()

    def _is_done(self) -> bool:
        rest = self._claimed or not self._nothing_due
        return not self._under_way and not self._ready and (self._stopping or not rest)

    def _can_begin_more(self) -> bool:
        return bool(self._claimed) and not self._stopping and self._wanted() > 0

    async def _until_something_is_new(self) -> None:
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await self._something_new.wait()
        except TimeoutError:
            return

    def _is_time_to_record(self) -> bool:
        waited = time.monotonic() - self._recorded_at
        return len(self._results) >= RECORD_AT or bool(self._results and waited >= RECORD_EVERY_SECONDS)

    # Claiming and beginning

    async def _refill(self) -> None:
        """Begin as many messages as there are free slots, and as will be free while the next are begun."""
        if self._window.takes_nothing:
            self._stopping = True
        if self._stopping:
            self._leave_what_is_ready()
            return
        wanted = self._wanted()
        if not wanted:
            return
        try:
            await self._claim_if_needed()
            await self._begin([self._claimed.popleft() for _ in range(min(wanted, len(self._claimed)))])
        except TROUBLE as fault:
            log.warning(
                "the database is in trouble; what was begun is given back", error=type(fault).__name__
            )
            await self._give_back()

    def _leave_what_is_ready(self) -> None:
        self._results.extend(Result(ready.handover, NOT_HANDED_OVER) for ready in self._ready)
        self._ready.clear()

    def _wanted(self) -> int:
        """0 while a batch would be too small to be worth its transaction; few at first, so that they go soon."""
        if not self._window.has_begun and not self._ready:
            return LEAST_AHEAD
        self._pace.measure()
        ahead = self._pace.ahead
        lacking = self._window.room(len(self._under_way)) + ahead - len(self._ready)
        return lacking if lacking > ahead // 2 else 0

    async def _claim_if_needed(self) -> None:
        now = self._services.now()
        if self._claimed and self._claim and self._claim.until - now < LEAST_LEASE:
            await self._give_back()  # too slow to be sure of the rest
        if self._claimed or time.monotonic() < self._look_at:
            return
        limit = min(BATCH, max(self._window.most, int(self._pace.per_second * CLAIM_FOR_SECONDS)))
        self._claim = await self._database.insist(
            lambda: claim_due(self._services, now, limit, self._channel)
        )
        if self._claim.message_ids:
            self._journal.claims(self._claim.token)
        self._claimed.extend(self._claim.message_ids)
        self._nothing_due = not self._claimed
        self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS if self._nothing_due else 0.0

    async def _begin(self, ids: Sequence[str]) -> None:
        claim, now = self._claim, self._services.now()
        if claim is None or not ids:
            return
        try:
            handovers = await self._database.run(lambda: begin_sending(self._services, claim, ids, now))
        except TROUBLE:
            raise
        except Exception as fault:  # noqa: BLE001 - one message's fault must not keep the others
            await self._begin_one_by_one(claim, ids, fault)
        else:
            self._ready.extend(Ready(handover, time.monotonic()) for handover in handovers)

    async def _begin_one_by_one(self, claim: Claim, ids: Sequence[str], fault: Exception) -> None:
        if len(ids) > 1:
            for each in ids:
                await self._begin([each])
            return
        log.error("a message cannot be put into words", message=ids[0], error=type(fault).__name__)
        now, kind = self._services.now(), type(fault).__name__
        await self._database.run(lambda: set_aside(self._services, claim, ids[0], kind, now))
        self.set_aside += 1

    # Handing over

    def _start(self) -> None:
        """Hand over what is ready, as far as the window has room."""
        while self._ready and self._window.room(len(self._under_way)):
            ready = self._ready.popleft()
            if self._is_stale(ready):
                self._results.append(Result(ready.handover, NOT_HANDED_OVER))
                continue
            task = asyncio.create_task(self._hand_over(ready.handover))
            self._under_way[task] = (ready.handover, self._window.begin())
            task.add_done_callback(self._ended)

    def _is_stale(self, ready: Ready) -> bool:
        """Held up too long, by either clock: one may have been set, the other may have stood still."""
        waited = self._services.now() - ready.handover.committed_at
        return abs(waited) > FRESH or time.monotonic() - ready.at > FRESH.total_seconds()

    async def _hand_over(self, handover: Handover) -> Outcome:
        leaving = partial(self._journal.hands_over, handover.attempt_id)
        try:
            if isinstance(handover.outbound, OutboundText):
                return await self._services.texts.send(handover.outbound, leaving)
            return await self._services.emails.send(handover.outbound, leaving)
        except HeldBackError as fault:
            return Outcome(Verdict.NOT_PROCESSED, reason=str(fault), not_now=True)

    def _ended(self, task: asyncio.Task[Outcome]) -> None:
        handover, call = self._under_way.pop(task)
        outcome = _outcome_of(task)
        self._note(handover, outcome)
        self._count(outcome)
        self._window.learn(call, outcome)
        self._pace.count()
        self._results.append(Result(handover, outcome))
        if outcome.halt:
            self._stopping = True
        if not self._stopping:
            self._start()
        if not self._under_way or len(self._results) >= RECORD_AT or self._wanted():
            self._something_new.set()

    def _note(self, handover: Handover, outcome: Outcome) -> None:
        """So that a crash before this is recorded leaves no doubt."""
        if outcome.verdict is Verdict.ACCEPTED and outcome.provider_id:
            self._journal.accepted(handover.attempt_id, outcome.provider_id)
        elif outcome.verdict in (Verdict.NOT_PROCESSED, Verdict.REFUSED):
            self._journal.not_taken(handover.attempt_id)

    # Recording and giving back

    async def _record(self) -> None:
        """Write down what came of the calls that ended; results are kept while the database is in trouble."""
        results, self._results = self._results, []
        self._recorded_at = time.monotonic()
        if not results:
            return
        now = self._services.now()
        try:
            await self._database.insist(lambda: record(self._services, results, now))
        except TROUBLE:
            raise
        except Exception as fault:  # noqa: BLE001 - one result's fault must not lose the others
            await self._record_one_by_one(results, fault)

    async def _record_one_by_one(self, results: Sequence[Result], fault: Exception) -> None:
        if len(results) == 1:
            message = results[0].handover.message_id
            log.error(
                "a result cannot be recorded; the sweep will ask", message=message, error=type(fault).__name__
            )
            return
        log.error("results cannot be recorded together; one by one instead", error=type(fault).__name__)
        for each in results:
            self._results = [each, *self._results]
            await self._record()

    async def _give_back(self) -> None:
        """Let others have what was claimed and not begun, and what was begun in a transaction whose end we missed."""
        claim, self._claim = self._claim, None
        self._claimed.clear()
        if claim is None:
            return
        known = [ready.handover.attempt_id for ready in self._ready]
        known += [handover.attempt_id for handover, _ in self._under_way.values()]
        known += [result.handover.attempt_id for result in self._results]
        now = self._services.now()
        await self._database.insist(lambda: give_back(self._services, claim.token, known, now))


def _outcome_of(task: asyncio.Task[Outcome]) -> Outcome:
    """What a sender said; one that fails against its promise leaves a doubt, and so no second try."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.error("a sender failed", error=type(fault).__name__)
    if task.cancelled() or fault is not None:
        return Outcome(Verdict.UNKNOWN, reason="the program was interrupted during the hand-over")
    return task.result()
