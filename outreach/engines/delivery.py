"""One run of the sender: a lane for each provider account, sharing one database thread, until nothing is due."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from outreach.actions.claim import any_due
from outreach.actions.notice_restore import notice_restore
from outreach.actions.take_receipt import take_receipts
from outreach.engines.database_thread import DatabaseThread
from outreach.engines.lane import Lane
from outreach.journal import Journal
from outreach.ports import EmailSender, Outcome, TextSender, Verdict
from outreach.services import Services
from outreach.vocabulary import Channel


@dataclass(slots=True)
class Tally:
    """What one run of the loop came to."""

    accepted: int = 0
    planned_again: int = 0
    refused: int = 0
    unknown: int = 0
    set_aside: int = 0
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


class Delivery:
    """One run: claims, hands over and records until nothing is due, its time is up, or `stop` is called."""

    def __init__(self, services: Services, at_most: timedelta | None = None) -> None:
        self._services = services
        self._at_most = at_most
        self._database = DatabaseThread()
        self._tally = Tally()
        senders: dict[Channel, TextSender | EmailSender] = {
            Channel.SMS: services.texts,
            Channel.EMAIL: services.emails,
        }
        most = services.config.sending.max_in_flight
        self._lanes = [
            Lane(
                services,
                channel,
                most=min(most, sender.most_at_once),
                database=self._database,
                count=self._tally.count,
            )
            for channel, sender in senders.items()
        ]

    def stop(self) -> None:
        """Hand nothing more over; what is under way is finished and recorded."""
        self._database.in_a_hurry = True
        self._end()

    def _end(self) -> None:
        for lane in self._lanes:
            lane.stop()

    async def run(self) -> Tally:
        """Send until nothing is due. Hand-overs under way are always waited for and recorded."""
        try:
            now = self._services.now()
            if await self._database.run(partial(any_due, self._services, now)):
                place = await self._database.run(partial(notice_restore, self._services, now))
                with self._services.journals.begin(place) as journal:
                    await self._send(journal)
            await self._take_news()
        finally:
            self._database.close()
        return self._tally

    async def _send(self, journal: Journal) -> None:
        if self._at_most:
            asyncio.get_running_loop().call_later(self._at_most.total_seconds(), self._end)
        senders = (self._services.texts, self._services.emails)
        for sender in senders:
            await sender.open()
        try:
            ends = await asyncio.gather(*(lane.run(journal) for lane in self._lanes), return_exceptions=True)
        finally:
            for sender in senders:
                await sender.close()
        self._tally.set_aside = sum(lane.set_aside for lane in self._lanes)
        for fault in ends:
            if isinstance(fault, BaseException):
                raise fault

    async def _take_news(self) -> None:
        """Take in the delivery news that a provider hands over without a webhook."""
        now = self._services.now()
        for sender in (self._services.texts, self._services.emails):
            news = sender.news()
            if news:
                await self._database.run(partial(take_receipts, self._services, news, now))
