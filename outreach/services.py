"""What every door hands to an action: settings, transactions, the clock, the keyring and the senders."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outreach.config import Settings
from outreach.database import let_others_first, reading, writing
from outreach.journal import Journals
from outreach.ports import EmailSender, TextSender
from outreach.rules.calendar import Calendar
from outreach.rules.reading import Findings
from outreach.sealing import Keyring
from outreach.sent_mark import SentMark
from outreach.vocabulary import Channel, Reading


class Reader(Protocol):
    """Software that reads a reply into findings; it never raises."""

    def __call__(
        self,
        text: str,
        /,
        *,
        channel: Channel,
        media: int,
        recent: int,
        carrier_opt_out: str | None,
        expecting_survey: bool,
        asked: AbstractSet[Reading],
        ours: str,
    ) -> Findings: ...


def wall_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """One bundle per process; passed in, never imported."""

    config: Settings
    engine: Engine
    keys: Callable[[], Keyring]
    calendar: Calendar
    texts: TextSender
    emails: EmailSender
    reader: Reader
    clock: Callable[[], datetime] = field(default=wall_clock)
    sent_mark: SentMark = field(default_factory=SentMark)
    journals: Journals = field(default_factory=Journals)

    def now(self) -> datetime:
        """The time now; only doors and loops ask."""
        return self.clock()

    @property
    def keyring(self) -> Keyring:
        """The keys as they are now: they may be rotated while this process runs."""
        return self.keys()

    def with_keys_as_they_are(self) -> "Services":
        """The same with the keys read once, for one batch."""
        keyring = self.keys()
        return replace(self, keys=lambda: keyring)

    def read(self) -> AbstractContextManager[Session]:
        """One consistent, read-only view."""
        return reading(self.engine)

    def begin(self) -> AbstractContextManager[Session]:
        """One write transaction, which takes its lock at once and commits at the end of the block."""
        return writing(self.engine)

    def let_others_first(self) -> None:
        """Before the next batch of long work: replies and pages that wait to write go first."""
        let_others_first(self.engine)

    @property
    def is_live(self) -> bool:
        """Messages can reach real people."""
        return self.texts.is_live or self.emails.is_live

    @property
    def gap_days(self) -> int:
        """The days that must lie between two messages that are not about an appointment."""
        return self.config.sending.minimum_gap_days


def clock_set_to(start: datetime) -> Callable[[], datetime]:
    """A clock that stands at `start` now and runs on from there."""
    offset = start - wall_clock()
    return lambda: wall_clock() + offset
