"""Who is on the list and got nothing, why, and from which groups: to be reached by letter or phone instead."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

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

Asked = Select[*tuple[Any, ...]]

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

    def stopped(self, cause: Cause) -> None:
        """They have stopped us, or one of their addresses was refused."""
        if cause.is_about_the_address:
            self.refused = True
        else:
            self.opted_out = True

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
LOOKED_AT = 400
"""So many people are looked at for one page of those whom nothing reached."""

NOTHING_DUE = "nothing was due in this period, or they were never asked whether messages are safe"


def people_reached(
    session: Session, span: Span, instants: tuple[datetime, datetime], ids: Sequence[str] | None = None
) -> list[Reached]:
    """Everyone living whose referral was open on some day of the span, or those of `ids`.

    `instants` are the ends of the span in UTC.
    """

    def of(query: Asked, person_id: InstrumentedAttribute[Any]) -> Asked:
        return query if ids is None else query.where(person_id.in_(ids))

    people = {row[0]: Reached(*row) for row in rows_of(session, of(_on_the_list(_FACTS, span), Person.id))}
    for person_id, kind in rows_of(session, of(_ADDRESSES, LookupToken.person_id)):
        if person_id in people:
            people[person_id].addresses.add(kind)
    for query, whose in _stops():
        for person_id, cause in rows_of(session, of(query, whose)):
            if person_id in people:
                people[person_id].stopped(cause)
    for person_id, tried, arrived in rows_of(session, of(_messages(instants), Message.person_id)):
        if person_id in people:
            people[person_id].tried, people[person_id].arrived = tried, arrived
    for person_id in session.scalars(of(_answered(instants), Reply.person_id)):
        if person_id in people:
            people[person_id].answered = True
    for letters_or_calls, whose in _by_post_or_phone(instants):
        for person_id in session.scalars(of(letters_or_calls, whose)):
            if person_id in people:
                people[person_id].by_post_or_phone = True
    return list(people.values())


_FACTS = (
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
    .order_by(Referral.referred_on, Referral.local_id)
)

_ADDRESSES = (
    select(LookupToken.person_id, LookupToken.kind)
    .where(LookupToken.kind.in_(("mobile", "email")))
    .distinct()
)


def _on_the_list(query: Asked, span: Span) -> Asked:
    """Living people with a referral that was open on some day of the span."""
    return query.where(
        Person.deceased_on.is_(None),
        Referral.referred_on <= span.last,
        Referral.closed_on.is_(None) | (Referral.closed_on >= span.first),
    )


def _stops() -> Iterable[tuple[Asked, InstrumentedAttribute[Any]]]:
    """(person id, cause) of every open opt-out from all kinds of message, by person and by one of their addresses."""
    is_open = OptOut.undone_at.is_(None) & OptOut.purpose.is_(None)
    by_person = select(OptOut.person_id, OptOut.cause).where(is_open, OptOut.person_id.is_not(None))
    by_address = (
        select(LookupToken.person_id, OptOut.cause)
        .join(OptOut, OptOut.address_token == LookupToken.token)
        .where(is_open)
    )
    return (by_person, OptOut.person_id), (by_address, LookupToken.person_id)


def _messages(instants: tuple[datetime, datetime]) -> Asked:
    """(person id, handed over, arrived) of the messages that we started."""
    return (
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


def _answered(instants: tuple[datetime, datetime]) -> Asked:
    in_time = Reply.received_at >= instants[0], Reply.received_at < instants[1]
    return select(Reply.person_id).where(*in_time, Reply.person_id.is_not(None)).distinct()


def _by_post_or_phone(
    instants: tuple[datetime, datetime],
) -> Iterable[tuple[Asked, InstrumentedAttribute[Any]]]:
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
    return (letters.distinct(), Letter.person_id), (calls.distinct(), Task.person_id)


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody who got nothing: who (by id) and why. Names are for those who may see them, on the staff pages."""

    person_id: str
    local_id: str
    why: str


def unreached(people: Iterable[Reached]) -> list[Unreached]:
    """Everyone who got no message, with the first reason that applies."""
    return [Unreached(who.person_id, who.local_id, _why(who)) for who in people if who.got_nothing]


def unreached_after(
    session: Session,
    span: Span,
    instants: tuple[datetime, datetime],
    allowed: ColumnElement[bool],
    after: str,
    *,
    most: int = LOOKED_AT,
) -> tuple[list[Unreached], str]:
    """Those of the next `most` people on the list whom nothing reached, and the person's id to go on after.

    `allowed` says who may be looked at. However long the list is, this costs the same. The id is blank at its end.
    """
    query = _on_the_list(select(Person.id).join(Referral, Referral.person_id == Person.id), span)
    following = query.where(allowed, Person.id > after).distinct().order_by(Person.id).limit(most + 1)
    ids = list(session.scalars(following))
    reached = people_reached(session, span, instants, ids[:most])
    return unreached(reached), ids[most - 1] if len(ids) > most else ""


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
