"""Simulated providers: everything is accepted and delivered, and nothing leaves the process."""

from datetime import datetime

from outreach.ports import (
    Found,
    Heard,
    Leaving,
    Listed,
    Lookup,
    LostAttempt,
    OutboundEmail,
    OutboundText,
    Outcome,
    Receipt,
    Verdict,
    unnoted,
)
from outreach.vocabulary import ReceiptStatus


class _Simulator:
    """Accepts each message at once and has news of its delivery right after."""

    name = "simulator"
    most_at_once = 100
    is_simulated = True
    is_live = False

    def __init__(self) -> None:
        self._news: list[Receipt] = []

    async def open(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def find(self, lost: LostAttempt) -> Lookup:
        """What was not answered was not taken: a simulator keeps nothing."""
        return Lookup(Found.ABSENT, reason="a simulator keeps nothing")

    def news(self) -> list[Receipt]:
        """The deliveries since the last call."""
        news, self._news = self._news, []
        return news

    def _take(self, attempt: str) -> Outcome:
        provider_id = f"simulated-{attempt}"
        self._news.append(Receipt(provider_id, ReceiptStatus.DELIVERED))
        return Outcome(Verdict.ACCEPTED, provider_id)


class SimulatedTexts(_Simulator):
    """Texts that nobody gets."""

    async def send(self, text: OutboundText, leaving: Leaving = unnoted) -> Outcome:
        """Accept it."""
        leaving()
        return self._take(text.attempt)

    async def listed(self, to: str, since: datetime) -> list[Listed]:
        """Nothing: nobody got anything."""
        return []

    async def heard(self, since: datetime) -> list[Heard]:
        """Nothing: replies to a simulator come through the hook alone."""
        return []


class SimulatedEmails(_Simulator):
    """Emails that nobody gets."""

    async def send(self, email: OutboundEmail, leaving: Leaving = unnoted) -> Outcome:
        """Accept it."""
        leaving()
        return self._take(email.attempt)
