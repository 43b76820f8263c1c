"""Who is on the list and got nothing, why, and from which groups: to be reached by letter or phone instead."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from outreach.models import Letter, LookupToken, Message, OptOut, Person, Referral, Reply, Task, TaskTry
from outreach.reports.document import HIDDEN, Row, Section, Table
from outreach.reports.rows import rows_of
from outreach.reports.shares import NOTE, by_group, of_team, rate_in_words
from outreach.rules.adjustments import read_formats
from outreach.rules.rates import Share
from outreach.rules.spans import Span
from outreach.rules.subgroups import ETHNICITY_ORDER, ethnicity_name, language_name
from outreach.rules.suppression import Group, Shown, suppressed
from outreach.vocabulary import Cause, MessageState, NumberIs, PreferredChannel, Purpose, TaskKind, TryResult

ARRIVED = (MessageState.SENT, MessageState.DELIVERED)
"""Some providers tell of no delivery: what they took and did not give back counts as arrived."""

STARTED_BY_US = (Purpose.APPOINTMENT, Purpose.CHECK_IN, Purpose.SUPPORT, Purpose.SURVEY)


@dataclass(slots=True)
class Reached:
    """One person on the list in the period, and what came of our messages to them."""

    person_id: str
    local_id: str
    ethnicity: str | None
    language: str
    interpreter: bool
    format: str | None
    preferred: PreferredChannel | None
    number_is: NumberIs
    unsafe: bool
    do_not_contact: bool
    addresses: set[str] = field(default_factory=set)  # kinds: mobile, email
    refused: bool = False
    opted_out: bool = False
    tried: int = 0
    arrived: int = 0
    answered: bool = False
    by_post_or_phone: bool = False

    @property
    def needs_another_format(self) -> bool:
        """A format or an interpreter is on record, or they have asked for letters or calls."""
        by_paper_or_phone = self.preferred in (PreferredChannel.LETTER, PreferredChannel.PHONE)
        return bool(read_formats(self.format or "")) or self.interpreter or by_paper_or_phone

    @property
    def got_nothing(self) -> bool:
        """No message of ours arrived in the period, no letter went to them, and nobody spoke with them instead."""
        return not self.arrived and not self.by_post_or_phone


Test = Callable[[Reached], bool]

MEASURES: tuple[tuple[str, Test], ...] = (
    ("Got no message", lambda who: who.got_nothing),
    ("No mobile number", lambda who: "mobile" not in who.addresses),
    ("Number or address refused", lambda who: who.refused),
    ("Messages sent, none arrived", lambda who: bool(who.tried) and not who.arrived),
    ("Reached by letter or phone instead", lambda who: who.by_post_or_phone),
    ("Stopped texts, emails or both", lambda who: who.opted_out),
    ("Needs another format", lambda who: who.needs_another_format),
    ("Got messages, never answered", lambda who: bool(who.arrived) and not who.answered),
)

WHY_NOTHING: tuple[tuple[str, Test], ...] = (
    ("marked do-not-contact", lambda who: who.do_not_contact),
    ("has stopped texts, emails or both: a letter or a call", lambda who: who.opted_out),
    ("no mobile number and no email address: a letter or a call", lambda who: not who.addresses),
    ("needs another format, or asked for letters or calls", lambda who: who.needs_another_format),
    ("the number or address was refused: find the right one", lambda who: who.refused),
    ("the number is shared or a carer's: staff decide", lambda who: who.number_is is not NumberIs.OWN),
    ("texts and emails are not safe: a call", lambda who: who.unsafe),
    ("messages were sent and none arrived: a letter or a call", lambda who: bool(who.tried)),
)
NOTHING_DUE = "nothing was due in this period, or they were never asked whether messages are safe"


def people_reached(session: Session, span: Span, instants: tuple[datetime, datetime]) -> list[Reached]:
    """Everyone living whose referral was open on some day of the span; `instants` are its ends in UTC."""
    people = _people(session, span)
    for person_id, kind in _addresses(session):
        if person_id in people:
            people[person_id].addresses.add(kind)
    for person_id, cause in _stops(session):
        if person_id in people:
            if cause.is_about_the_address:
                people[person_id].refused = True
            else:
                people[person_id].opted_out = True
    for person_id, tried, arrived in _messages(session, instants):
        if person_id in people:
            people[person_id].tried, people[person_id].arrived = tried, arrived
    for person_id in _answered(session, instants):
        if person_id in people:
            people[person_id].answered = True
    for person_id in _by_post_or_phone(session, instants):
        if person_id in people:
            people[person_id].by_post_or_phone = True
    return list(people.values())


def _people(session: Session, span: Span) -> dict[str, Reached]:
    query = (
        select(
            Person.id,
            Referral.local_id,
            Person.ethnicity,
            Person.language,
            Person.interpreter,
            Person.format,
            Person.preferred_channel,
            Person.number_is,
            Person.safe_to_text.is_(False) & Person.safe_to_email.is_(False),
            Person.do_not_contact_since.is_not(None),
        )
        .join(Referral, Referral.person_id == Person.id)
        .where(
            Person.deceased_on.is_(None),
            Referral.referred_on <= span.last,
            Referral.closed_on.is_(None) | (Referral.closed_on >= span.first),
        )
        .order_by(Referral.referred_on, Referral.local_id)
    )
    return {row[0]: Reached(*row) for row in rows_of(session, query)}


def _addresses(session: Session) -> Iterable[tuple[str, str]]:
    query = select(LookupToken.person_id, LookupToken.kind).where(LookupToken.kind.in_(("mobile", "email")))
    return rows_of(session, query.distinct())


def _stops(session: Session) -> Iterable[tuple[str, Cause]]:
    """(person id, cause) of every open opt-out from all kinds of message, by person or by one of their addresses."""
    is_open = OptOut.undone_at.is_(None) & OptOut.purpose.is_(None)
    by_person = select(OptOut.person_id, OptOut.cause).where(is_open, OptOut.person_id.is_not(None))
    by_address = (
        select(LookupToken.person_id, OptOut.cause)
        .join(OptOut, OptOut.address_token == LookupToken.token)
        .where(is_open)
    )
    return [*rows_of(session, by_person), *rows_of(session, by_address)]


def _messages(session: Session, instants: tuple[datetime, datetime]) -> Iterable[tuple[str, int, int]]:
    """(person id, handed over, arrived) of the messages that we started."""
    query = (
        select(
            Message.person_id,
            func.count(),
            func.sum(case((Message.state.in_(ARRIVED), 1), else_=0)),
        )
        .where(
            Message.sending_at >= instants[0],
            Message.sending_at < instants[1],
            Message.purpose.in_(STARTED_BY_US),
            Message.person_id.is_not(None),
        )
        .group_by(Message.person_id)
    )
    return rows_of(session, query)


def _answered(session: Session, instants: tuple[datetime, datetime]) -> Iterable[str]:
    query = select(Reply.person_id).where(
        Reply.received_at >= instants[0], Reply.received_at < instants[1], Reply.person_id.is_not(None)
    )
    return session.scalars(query.distinct())


def _by_post_or_phone(session: Session, instants: tuple[datetime, datetime]) -> Iterable[str]:
    """Those who got a letter, or with whom somebody spoke because no message could carry a step."""
    letters = select(Letter.person_id).where(
        Letter.posted_at >= instants[0], Letter.posted_at < instants[1], Letter.undone_at.is_(None)
    )
    calls = (
        select(Task.person_id)
        .join(TaskTry, TaskTry.task_id == Task.id)
        .where(
            Task.kind.in_((TaskKind.CALL, TaskKind.REACH_OUT)),
            Task.person_id.is_not(None),
            TaskTry.result == TryResult.REACHED,
            TaskTry.at >= instants[0],
            TaskTry.at < instants[1],
        )
    )
    return [*session.scalars(letters.distinct()), *session.scalars(calls.distinct())]


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody who got nothing: who (by id) and why. Names are for those who may see them, on the staff pages."""

    person_id: str
    local_id: str
    why: str


def unreached(people: Iterable[Reached]) -> list[Unreached]:
    """Everyone who got no message, with the first reason that applies."""
    return [Unreached(who.person_id, who.local_id, _why(who)) for who in people if who.got_nothing]


def _why(who: Reached) -> str:
    return next((why for why, applies in WHY_NOTHING if applies(who)), NOTHING_DUE)


def reach_section(people: Sequence[Reached]) -> Section:
    """How many got nothing, for which reasons, and from which groups."""
    section = Section("reach", "Whom do we not reach?")
    nothing = _nothing(people)
    section.summary.append(
        f"Of {nothing.of:,} people on the list in this period, {rate_in_words(nothing)} got no message from us."
    )
    if not people:
        return section
    section.parts += [_everyone(people), _reasons(people)]
    for grouping, first, by, order in GROUPINGS:
        groups: dict[str, list[Reached]] = defaultdict(list)
        for who in people:
            groups[by(who)].append(who)
        section.parts.append(_counts(f"reach-{grouping}", first, groups, order))
        without = {name: _nothing(there) for name, there in groups.items()}
        title = f"Got no message by {first.lower()}"
        section.parts.append(
            by_group(f"reach-nothing-{grouping}", title, first, "People", without, order=order)
        )
    return section


def _nothing(people: Sequence[Reached]) -> Share:
    return Share(sum(who.got_nothing for who in people), len(people))


def _everyone(people: Sequence[Reached]) -> Table:
    shares = [(name, Share(sum(map(test, people)), len(people))) for name, test in MEASURES]
    return of_team(
        "reach", "Everyone on the list; one person can count in several rows", "What", "People", shares
    )


def _reasons(people: Sequence[Reached]) -> Table:
    counts = Counter(each.why for each in unreached(people))
    shares = [(why, Share(count, counts.total())) for why, count in counts.most_common()]
    return of_team(
        "reach-why", "Why people got no message", "The first reason that applies", "People", shares
    )


GROUPINGS: tuple[tuple[str, str, Callable[[Reached], str], Sequence[str]], ...] = (
    ("ethnicity", "Ethnicity", lambda who: ethnicity_name(who.ethnicity), ETHNICITY_ORDER),
    ("language", "Language", lambda who: language_name(who.language), ()),
)


def _counts(key: str, first: str, groups: dict[str, list[Reached]], order: Sequence[str]) -> Table:
    """How many of each group count under each measure, with small counts hidden for everybody."""
    place = {name: index for index, name in enumerate(order)}
    names = sorted(groups, key=lambda name: (place.get(name, len(place)), -len(groups[name]), name))
    shown = suppressed(
        [
            Group(name, len(groups[name]), tuple(sum(map(test, groups[name])) for _, test in MEASURES))
            for name in names
        ]
    )
    columns = (first, "People", *(name for name, _ in MEASURES))
    return Table(key, f"Reach by {first.lower()}", columns, [_shown_row(row) for row in shown], note=NOTE)


def _shown_row(row: Shown) -> Row:
    return (row.name, *(HIDDEN if count is None else count for count in (row.of, *row.counts)))
