"""What was sent, what arrived, what did not, and what it cost."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.models import Message
from outreach.reports.document import HIDDEN, Exported, Row, Section, Table
from outreach.reports.rows import rows_of
from outreach.reports.shares import percent, rate_in_words
from outreach.rules.rates import Share
from outreach.rules.suppression import Group, Shown, suppressed
from outreach.vocabulary import LEFT_US, Channel, MessageState

CHANNEL_NAMES = {Channel.SMS: "Texts", Channel.EMAIL: "Emails"}

ARRIVED, NO_NEWS, LOST, UNKNOWN, NOT_SENT = (
    "Arrived",
    "Taken, no news since",
    "Did not arrive",
    "Nobody can tell",
    "Not sent, with a reason",
)
OUTCOMES = {
    MessageState.DELIVERED: ARRIVED,
    MessageState.SENT: NO_NEWS,
    MessageState.SENDING: NO_NEWS,
    MessageState.UNDELIVERED: LOST,
    MessageState.FAILED: LOST,
    MessageState.UNCONFIRMED: UNKNOWN,
    MessageState.CANCELLED: NOT_SENT,
    MessageState.EXPIRED: NOT_SENT,
    MessageState.HELD: NOT_SENT,
}
HANDED_OVER = (ARRIVED, NO_NEWS, LOST, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Tally:
    """Messages of one month, channel and state: how many, and how many segments texts came to."""

    month: str  # such as 2026-03: of sending, else of the plan, in UTC
    channel: Channel | None
    state: MessageState
    messages: int
    segments: int


def tallies_in(session: Session, instants: tuple[datetime, datetime]) -> list[Tally]:
    """Every message sent between the two instants (UTC), and every one planned for then that was not sent."""
    unsent = Message.sending_at.is_(None) & Message.state.in_(
        [state for state, outcome in OUTCOMES.items() if outcome == NOT_SENT]
    )
    return [
        *_tallies(session, Message.sending_at, instants, true()),
        *_tallies(session, Message.planned_for, instants, unsent),
    ]


def _tallies(
    session: Session,
    at: InstrumentedAttribute[Any],
    instants: tuple[datetime, datetime],
    which: ColumnElement[bool],
) -> Iterator[Tally]:
    month = func.substr(cast(at, String), 1, 7)
    query = (
        select(
            month, Message.channel, Message.state, func.count(), func.coalesce(func.sum(Message.segments), 0)
        )
        .where(at >= instants[0], at < instants[1], which)
        .group_by(month, Message.channel, Message.state)
    )
    return (Tally(*row) for row in rows_of(session, query))


def sending_section(tallies: Sequence[Tally], pence_per_segment: Decimal) -> Section:
    """Messages by month and channel with what came of them, and what texts cost."""
    section = Section("messages", "Messages: sent, arrived, cost")
    counts = Counter[str]()
    for tally in tallies:
        counts[OUTCOMES.get(tally.state, "")] += tally.messages
    handed_over = sum(counts[outcome] for outcome in HANDED_OVER)
    if not handed_over:
        section.summary.append("No message was sent in this period.")
        return section
    segments = sum(
        tally.segments for tally in tallies if tally.channel is Channel.SMS and tally.state in LEFT_US
    )
    arrived, lost = Share(counts[ARRIVED], handed_over), Share(counts[LOST], handed_over)
    section.summary += [
        f"{handed_over:,} messages were sent; {rate_in_words(arrived)} are known to have arrived and "
        f"{rate_in_words(lost)} did not.",
        f"Texts came to {segments:,} segments, about £{_pounds(segments, pence_per_segment):,.2f} "
        f"at {pence_per_segment} pence each.",
    ]
    section.parts.append(_by_month(tallies, pence_per_segment))
    return section


def _pounds(segments: int, pence_per_segment: Decimal) -> Decimal:
    return segments * pence_per_segment / 100


def _by_month(tallies: Sequence[Tally], pence_per_segment: Decimal) -> Table:
    counts: dict[tuple[str, Channel], Counter[str]] = defaultdict(Counter)
    segments: Counter[tuple[str, Channel]] = Counter()
    for tally in tallies:
        if tally.channel is None or tally.state not in OUTCOMES:
            continue
        key = (tally.month, tally.channel)
        counts[key][OUTCOMES[tally.state]] += tally.messages
        if tally.state in LEFT_US and tally.channel is Channel.SMS:
            segments[key] += tally.segments
    keys = sorted(counts, key=lambda key: (key[0], key[1] is Channel.EMAIL))
    rows: list[Row] = [
        (
            *_names(key),
            *(counts[key][outcome] for outcome in (*HANDED_OVER, NOT_SENT)),
            segments[key],
            float(_pounds(segments[key], pence_per_segment)),
        )
        for key in keys
    ]
    columns = ("Month", "How", *HANDED_OVER, NOT_SENT, "Segments", "Pounds")
    return Table("messages-months", "Messages by month", columns, rows, _exported(keys, counts))


def _exported(
    keys: Sequence[tuple[str, Channel]], counts: dict[tuple[str, Channel], Counter[str]]
) -> Exported:
    """Sent and arrived only: more columns would add up to what is hidden."""
    groups = [
        Group(
            " ".join(_names(key)),
            sum(counts[key][outcome] for outcome in HANDED_OVER),
            (counts[key][ARRIVED],),
        )
        for key in keys
    ]
    rows = [_exported_row(row) for row in suppressed(groups)]
    return Exported(("Month and channel", "Sent", "Arrived", "Arrived (%)"), rows)


def _exported_row(row: Shown) -> Row:
    (arrived,) = row.counts
    if row.of is None or arrived is None:
        return (row.name, HIDDEN if row.of is None else row.of, HIDDEN, HIDDEN)
    return (row.name, row.of, arrived, percent(arrived / row.of))


def _names(key: tuple[str, Channel]) -> tuple[str, str]:
    month = date.fromisoformat(f"{key[0]}-01")
    return f"{month:%b %Y}", CHANNEL_NAMES[key[1]]
