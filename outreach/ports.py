"""What Outreach asks of any provider of texts and emails, in neutral words that no vendor owns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from outreach.vocabulary import Channel
from outreach.vocabulary import ReceiptStatus as ReceiptStatus  # noqa: PLC0414 - part of the port

POST_AGAIN = "#rc=5&rp=all"
"""Behind a webhook's address: post again up to five times, whatever went wrong (Twilio's connection overrides)."""


Leaving = Callable[[], object]
"""Called once, right before the provider can get anything that it might act on; when it raises, it gets nothing."""


def unnoted() -> None:
    """For a hand-over of which nobody keeps a journal."""


class Verdict(StrEnum):
    """What a hand-over came to, as far as we can know."""

    ACCEPTED = "accepted"  # the provider has it and gave an id
    NOT_PROCESSED = "not_processed"  # documented as never processed: may be planned again
    REFUSED = "refused"  # documented as never processed, and will never be
    UNKNOWN = "unknown"  # the provider may or may not have it: never sent again blindly


class AddressFault(StrEnum):
    """What the provider told us about an address, for good."""

    OPTED_OUT = "opted_out"  # the carrier or provider blocks us at the person's wish
    UNUSABLE = "unusable"  # no such number, a landline, a dead mailbox


@dataclass(frozen=True, slots=True)
class OutboundText:
    """A text ready to hand over. `to` is E.164; `attempt` is our signed attempt id."""

    attempt: str
    to: str
    body: str
    receipt_url: str
    valid_for: timedelta


@dataclass(frozen=True, slots=True)
class OutboundEmail:
    """An email ready to hand over; `unsubscribe_url` goes into the one-click header where there is one."""

    attempt: str
    to: str
    subject: str
    text: str
    html: str
    unsubscribe_url: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back from one hand-over. `code` is the provider's own; `reason` is for staff to read."""

    verdict: Verdict
    provider_id: str | None = None
    code: str | None = None
    reason: str = ""
    retry_after: timedelta | None = None
    address_fault: AddressFault | None = None
    halt: bool = False  # the account itself is refused: stop sending and raise the alarm
    not_now: bool = (
        False  # with NOT_PROCESSED: it takes nothing, or not so fast; this message is as good as any
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """One piece of delivery news about the message that the provider calls `provider_id`."""

    provider_id: str
    status: ReceiptStatus
    code: str | None = None
    reason: str = ""
    address_fault: AddressFault | None = None
    halt: bool = False


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What somebody sent us, as received; `headers` are an email's, by lower-case name."""

    provider_id: str
    channel: Channel
    sender: str  # E.164, an email address, or whatever the provider gave
    recipient: str
    body: str
    media: int = 0
    carrier_opt_out: str | None = None  # the carrier acted on STOP | START | HELP itself
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """An inbound message on the provider's own list, and when it came in there."""

    inbound: InboundMessage
    at: datetime


class Found(StrEnum):
    """Whether the provider has a message whose answer we lost."""

    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer to `find`; with FOUND come the provider's id and its latest news."""

    found: Found
    provider_id: str | None = None
    receipt: Receipt | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LostAttempt:
    """An attempt without an answer: to whom, when it was committed, and what it said."""

    attempt: str
    to: str
    started_at: datetime
    body: str
    adopted_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Listed:
    """An outbound message on the provider's own list: its latest news, when it was made there, and its words."""

    receipt: Receipt
    at: datetime
    body: str


class TextSender(Protocol):
    """A provider of texts. `send` hands over once and never raises for what the provider answers.

    It calls `leaving` first, as late as it can: what was not announced so is sent again after a crash.
    More than `most_at_once` hand-overs under way would only wait for each other.
    """

    name: str
    most_at_once: int

    @property
    def is_simulated(self) -> bool:
        """Nothing leaves this process."""
        ...

    @property
    def is_live(self) -> bool:
        """Messages can reach real people: neither simulated nor on a loopback address."""
        ...

    async def open(self) -> None:
        """Make connections inside the running loop."""
        ...

    async def close(self) -> None:
        """Close connections; `open` may follow again."""
        ...

    async def send(self, text: OutboundText, leaving: Leaving = unnoted) -> Outcome:
        """Hand over once. Raises only what `leaving` raises."""
        ...

    async def find(self, lost: LostAttempt) -> Lookup:
        """Look for a message whose answer was lost."""
        ...

    async def listed(self, to: str, since: datetime) -> list[Listed]:
        """What the provider has sent to this number since then for our account. UnreachableError without a list."""
        ...

    async def heard(self, since: datetime) -> list[Heard]:
        """What came in since then by the provider's list, the oldest first. UnreachableError without a list."""
        ...

    def news(self) -> list[Receipt]:
        """Delivery news that comes without a webhook, each piece once."""
        ...


class EmailSender(Protocol):
    """A provider of emails; as `TextSender`."""

    name: str
    most_at_once: int

    @property
    def is_simulated(self) -> bool: ...

    @property
    def is_live(self) -> bool: ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, email: OutboundEmail, leaving: Leaving = unnoted) -> Outcome: ...

    async def find(self, lost: LostAttempt) -> Lookup: ...

    def news(self) -> list[Receipt]: ...
