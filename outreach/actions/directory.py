"""The directory of activities that peer workers keep: new entries, changes, reviews, and what fits whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from outreach.actions.waits import WaitingPerson
from outreach.errors import RefusedError
from outreach.models import Activity, StaffMember
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.rules.activities import Offer, Seeker, district_of
from outreach.vocabulary import Access, ActivityKind

LONGEST_WITHOUT_REVIEW = timedelta(days=366)
"""Community groups move and end; nobody's entry is trusted for longer than a year."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a peer worker writes about an activity."""

    name: str
    kind: ActivityKind
    review_on: date
    is_group: bool = False
    about: str = ""
    when: str = ""
    place: str = ""
    districts: Sequence[str] = ()
    languages: Sequence[str] = ()
    access: Sequence[Access] = ()
    cost: str = ""
    contact: str = ""


def add_activity(
    session: Session, entry: Entry, staff: StaffMember, *, now: datetime, today: date
) -> Activity:
    """Take an activity in. RefusedError says what is missing."""
    _check(entry, today)
    row = Activity(id=new_id(), created_at=now, keeper_id=staff.id, **_columns(entry))
    session.add(row)
    note(session, now, staff.name, "added", row)
    return row


def change_activity(
    session: Session, row: Activity, entry: Entry, staff: StaffMember, *, now: datetime, today: date
) -> None:
    """Replace what the entry says; whoever changes it has looked at it, and keeps it from now on."""
    _check(entry, today)
    for name, value in _columns(entry).items():
        setattr(row, name, value)
    row.keeper_id = staff.id
    note(session, now, staff.name, "changed", row, review_on=entry.review_on.isoformat())


def retire_activity(session: Session, row: Activity, staff: StaffMember, now: datetime) -> None:
    """The activity is over: it is in no message any more. Nothing happens to sessions already set."""
    if row.retired_at is None:
        row.retired_at, row.retired_by = now, staff.name
        note(session, now, staff.name, "retired", row)


def _check(entry: Entry, today: date) -> None:
    if not entry.name.strip():
        raise RefusedError("give the activity a name")
    if not entry.contact.strip() and not entry.is_group:
        raise RefusedError("say how people get in touch with it: a phone number, or where to go")
    if not today <= entry.review_on <= today + LONGEST_WITHOUT_REVIEW:
        raise RefusedError("set a review date within the next 12 months: until then messages may name it")


def _columns(entry: Entry) -> dict[str, object]:
    return {
        "name": _line(entry.name),
        "kind": entry.kind,
        "is_group": entry.is_group,
        "about": entry.about.strip(),
        "when_words": _line(entry.when),
        "place": _line(entry.place),
        "districts": sorted({each.strip().upper() for each in entry.districts if each.strip()}),
        "languages": sorted({each.strip().lower() for each in entry.languages if each.strip()}),
        "access": sorted(each.value for each in entry.access),
        "cost": _line(entry.cost),
        "contact": _line(entry.contact),
        "review_on": entry.review_on,
    }


def _line(text: str) -> str:
    return " ".join(text.split())


CURRENT = (
    select(Activity)
    .where(Activity.retired_at.is_(None), Activity.review_on >= bindparam("on"))
    .order_by(Activity.id)
)


def current_offers(session: Session, on: date) -> list[Offer]:
    """Every activity that a message of this day may name."""
    return [offer_of(row) for row in session.scalars(CURRENT, {"on": on})]


def to_review(session: Session, on: date) -> list[Activity]:
    """Entries that nobody has looked at since their review date: no message names them."""
    query = select(Activity).where(Activity.retired_at.is_(None), Activity.review_on < on)
    return list(session.scalars(query.order_by(Activity.review_on, Activity.id)))


def offer_of(row: Activity) -> Offer:
    """The activity as the rules see it."""
    return Offer(
        id=row.id,
        name=row.name,
        kind=row.kind,
        is_group=row.is_group,
        when=row.when_words,
        place=row.place,
        districts=frozenset(row.districts),
        languages=frozenset(row.languages),
        access=frozenset(Access(each) for each in row.access),
        cost=row.cost,
        contact=row.contact,
        review_on=row.review_on,
    )


def seeker_of(person: WaitingPerson) -> Seeker:
    """What decides which activities fit this person."""
    return Seeker(
        district=district_of(person.details.postcode),
        language=person.row.language,
        interpreter=person.row.interpreter,
    )
