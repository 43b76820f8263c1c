"""Senders of texts that do as a test says; they stand for the port and for nothing else."""

import asyncio
from collections.abc import Awaitable, Callable

from outreach.ports import Leaving, OutboundText, Outcome, Verdict, unnoted
from outreach.providers.simulator import SimulatedTexts

Answer = Callable[["ScriptedTexts", OutboundText], Awaitable[Outcome]]


class ScriptedTexts(SimulatedTexts):
    """Answers each hand-over with `answer`, and keeps count of what was handed over and how much at once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer
        self.handed_over: list[OutboundText] = []
        self.under_way = 0
        self.most_under_way = 0

    async def send(self, text: OutboundText, leaving: Leaving = unnoted) -> Outcome:
        """As the test says."""
        leaving()
        self.handed_over.append(text)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._answer(self, text)
        finally:
            self.under_way -= 1


def accepted(text: OutboundText) -> Outcome:
    """The provider has it."""
    return Outcome(Verdict.ACCEPTED, f"SM{text.attempt}")


async def soon(texts: ScriptedTexts, text: OutboundText) -> Outcome:
    """Accepted after everybody else had a turn."""
    await asyncio.sleep(0)
    return accepted(text)
