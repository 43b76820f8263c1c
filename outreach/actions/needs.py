"""Records what a person needs in order to read and hear us, and asks staff to look at it again when that is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.tasks import NewTask, raise_tasks
from outreach.errors import RefusedError
from outreach.models import NeedsReview, Person, Referral, StaffMember, Task
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.services import Services
from outreach.vocabulary import PreferredChannel, TaskKind, TaskState, Urgency

FIRST_LOOK = timedelta(days=28)
"""What only a list says is checked with the person within this time."""

LOOK_AGAIN = timedelta(days=182)
"""Unless staff name another day: needs change over a wait of 18 months."""

FARTHEST = timedelta(days=366)
BY_HAND = (PreferredChannel.LETTER, PreferredChannel.PHONE)
AT_ONCE = 200
"""Reviews that one run of the job raises, so that it stays short."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a person told staff. `format` is in words ("large print"), blank for none.

    `texts_suit` and `emails_suit` say that this channel suits them all the same.
    """

    language: str
    interpreter: bool
    format: str
    preferred: PreferredChannel | None = None
    texts_suit: bool = False
    emails_suit: bool = False
    next_on: date | None = None


def record_needs(
    session: Session,
    services: Services,
    person: Person,
    needs: Needs,
    *,
    staff: StaffMember,
    now: datetime,
    why: str,
) -> NeedsReview:
    """Keep what this person needs from now on, with who asked and why; open reviews of it are done.

    Raises RefusedError without a reason, or for a day of review that is not within the coming year.
    """
    if not why.strip():
        raise RefusedError("say in a few words what the person told you, without names")
    today = services.calendar.day_of(now)
    next_on = needs.next_on or today + LOOK_AGAIN
    if not today < next_on <= today + FARTHEST:
        raise RefusedError("ask again on a day within the coming year")
    lock_people(session, [person.id])
    format_ = " ".join(needs.format.split()) or None
    person.language, person.interpreter, person.format = needs.language, needs.interpreter, format_
    person.preferred_channel = needs.preferred
    person.texts_suit, person.emails_suit = needs.texts_suit, needs.emails_suit
    person.needs_review_on = next_on if has_needs(person) else None
    review = NeedsReview(
        id=new_id(),
        person_id=person.id,
        at=now,
        who=staff.name,
        why=why.strip(),
        language=needs.language,
        interpreter=needs.interpreter,
        format=format_,
        preferred_channel=needs.preferred,
        texts_suit=needs.texts_suit,
        emails_suit=needs.emails_suit,
        next_on=person.needs_review_on,
    )
    session.add(review)
    note(session, now, staff.name, "recorded needs", person)
    _end_open_reviews(session, person.id, staff, now)
    return review


def has_needs(person: Person) -> bool:
    """They need an interpreter or a format, or are reached by letter or phone only."""
    return person.interpreter or bool(person.format) or person.preferred_channel in BY_HAND


def _end_open_reviews(session: Session, person_id: str, staff: StaffMember, now: datetime) -> None:
    standing = select(Task).where(
        Task.person_id == person_id, Task.kind == TaskKind.NEEDS_REVIEW, Task.state != TaskState.CLOSED
    )
    for task in session.scalars(standing):
        task.state, task.outcome = TaskState.CLOSED, "what they need is on record"
        task.closed_at, task.closed_by = now, staff.name
        note(session, now, staff.name, "closed", task)


def raise_needs_reviews(services: Services, now: datetime) -> int:
    """A task for everybody whose needs are due to be looked at again; returns how many people that is."""
    with services.begin() as session:
        today = services.calendar.day_of(now)
        query = (
            select(Person, Referral.id)
            .join(Referral, and_(Referral.person_id == Person.id, Referral.closed_on.is_(None)))
            .where(Person.deceased_on.is_(None), _is_due(today, now), Person.id.not_in(_under_review()))
            .order_by(Person.id, Referral.referred_on.desc())
            .limit(AT_ONCE)
        )
        due: dict[str, tuple[Person, str]] = {}
        for person, referral_id in session.execute(query):
            due.setdefault(person.id, (person, referral_id))
        lock_people(session, due)
        raise_tasks(session, services.keyring, _reviews(session, services, list(due.values()), now), now)
        for person, _ in due.values():
            person.needs_review_on = today + LOOK_AGAIN  # unless whoever asks names another day
        return len(due)


def _is_due(today: date, now: datetime) -> ColumnElement[bool]:
    needy = or_(Person.interpreter, Person.format.is_not(None), Person.preferred_channel.in_(BY_HAND))
    first = and_(Person.needs_review_on.is_(None), Person.created_at <= now - FIRST_LOOK)
    return and_(needy, or_(Person.needs_review_on <= today, first))


def _under_review() -> ColumnElement[str]:
    """People with a review open: nobody is asked twice at once."""
    return select(Task.person_id).where(
        Task.kind == TaskKind.NEEDS_REVIEW, Task.state != TaskState.CLOSED, Task.person_id.is_not(None)
    )  # type: ignore[return-value]


def _reviews(
    session: Session, services: Services, due: Sequence[tuple[Person, str]], now: datetime
) -> list[NewTask]:
    if not due:
        return []
    due_at = duties(session, services.calendar, now).in_two_days
    return [
        NewTask(
            kind=TaskKind.NEEDS_REVIEW,
            urgency=Urgency.ROUTINE,
            cause=f"needs:{person.id}:{services.calendar.day_of(now)}",
            reason="ask whether we reach them in the way they need, and keep what they say",
            due_at=due_at,
            person_id=person.id,
            referral_id=referral_id,
            wished_language=person.language if person.interpreter else None,
        )
        for person, referral_id in due
    ]
