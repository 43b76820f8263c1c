"""The sender's database work, on one thread of its own: a blocked event loop turns answered calls into time-outs."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from outreach.database import TROUBLE

T = TypeVar("T")
log = structlog.get_logger()

PATIENCE_SECONDS = 300.0
"""For so long results are kept in memory and tried again while the database is away."""

PATIENCE_AT_THE_END_SECONDS = 20.0
PAUSE_SECONDS = 0.5


class DatabaseThread:
    """Runs one piece of work at a time, in the order in which it came."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sender-database")
        self.in_a_hurry = False

    async def run(self, work: Callable[[], T]) -> T:
        """Do it once."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def insist(self, work: Callable[[], T]) -> T:
        """Do it, again and again while the database is in trouble; it must be harmless to do it twice."""
        began = time.monotonic()
        while True:
            try:
                return await self.run(work)
            except TROUBLE as fault:
                patience = PATIENCE_AT_THE_END_SECONDS if self.in_a_hurry else PATIENCE_SECONDS
                if time.monotonic() - began > patience:
                    raise
                log.warning("the database is in trouble; trying again", error=type(fault).__name__)
            await self.rest()

    async def rest(self) -> None:
        """Give a database in trouble a moment."""
        await asyncio.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()
