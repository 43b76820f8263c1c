"""Staff skip, move or hold one message that is still to come, or let a held one go, with who and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.courses import courses_of, lay_out_courses
from outreach.actions.first_contacts import FirstContacts
from outreach.actions.plan import replan, way_for
from outreach.actions.plan_book import PlanBook
from outreach.actions.timeline import HORIZON
from outreach.actions.waits import load_people
from outreach.errors import RefusedError
from outreach.models import Message, Referral, StaffMember
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.models.template import translations
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, MessageState

HELD_BY = "staff"
GONE = "this message is not coming any more; look at the page again"


@dataclass(frozen=True, slots=True)
class Occasion:
    """One repeat of a step that is not on record yet, as the timeline names it."""

    schedule: str
    step: str
    occurrence: str


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, when, and why."""

    staff: StaffMember
    now: datetime
    why: str

    def reason(self, verb: str) -> str:
        """As it is kept with the message."""
        return f"{verb} by {self.staff.name}: {self.why}"


def put_on_record(
    session: Session, services: Services, referral: Referral, occasion: Occasion, now: datetime
) -> Message:
    """The message of this occasion, written down before it is due so that staff can decide about it.

    The caller decides within the same transaction. RefusedError when it is not coming any more.
    """
    lock_people(session, [referral.person_id])
    person = load_people(session, services.keyring, [referral.person_id])[referral.person_id]
    courses = courses_of(person, in_force(session), services.calendar, now)
    placed = lay_out_courses(
        person,
        courses,
        now=now,
        until=now + HORIZON,
        calendar=services.calendar,
        gap_days=services.gap_days,
    )
    translated = translations(session)
    for course, placement in placed:
        coming = placement.occurrence
        its = Occasion(course.schedule.key, coming.step.key, coming.key)
        way = way_for(services, person, course, placement, translated)
        if course.wait.id != referral.id or its != occasion or placement.at is None or way.channel is None:
            continue
        book = PlanBook(session, services, now, FirstContacts(services, now), translated)
        book.message(
            person, course, placement, MessageState.PLANNED, reason=placement.reason, channel=way.channel
        )
        book.write(people=1)
        replan(session, services, [person.id], now)  # what follows is looked for anew
        return _recorded(session, course.place.id, its)
    raise RefusedError(GONE)


def _recorded(session: Session, enrolment_id: str, occasion: Occasion) -> Message:
    query = select(Message).where(
        Message.enrolment_id == enrolment_id,
        Message.step == occasion.step,
        Message.occurrence == occasion.occurrence,
        Message.state.in_(CANCELLABLE),
    )
    return session.scalars(query).one()


def skip(session: Session, message: Message, by: By) -> None:
    """It never goes; the ones after it do."""
    _decide(session, message, by, MessageState.CANCELLED, "skipped")


def hold_back(session: Session, message: Message, by: By) -> None:
    """It waits until somebody lets it go, or until its time has passed."""
    _decide(session, message, by, MessageState.HELD, "held")
    message.held_by = HELD_BY


def move(session: Session, services: Services, message: Message, to: datetime, by: By) -> None:
    """It goes at another moment. RefusedError outside our hours, or when it would come too late to be of use."""
    calendar = services.calendar
    if to <= by.now:
        raise RefusedError("this moment has passed; choose a later one")
    if closed := calendar.why_closed(to):
        raise RefusedError(f"{closed}; choose another time")
    _decide(session, message, by, MessageState.PLANNED, "moved")
    if message.late_after and to > message.late_after:
        if _comes_before_something(session, message):
            raise RefusedError(
                f"by then its time has passed; it may go until {calendar.in_words(message.late_after)}"
            )
        message.late_after = to + (message.late_after - message.planned_for)
    message.planned_for, message.moved_by, message.held_by = to, by.staff.name, None


def _comes_before_something(session: Session, message: Message) -> bool:
    schedule = in_force(session).get(message.schedule or "")
    steps = schedule.steps if schedule else ()
    step = next((each for each in steps if each.key == message.step), None)
    return step is None or step.is_before_anchor


def let_go(session: Session, services: Services, message: Message, by: By) -> None:
    """What staff held goes on at its moment, or at the next one in which we may write."""
    if message.state is not MessageState.HELD or message.held_by != HELD_BY:
        raise RefusedError("nobody on the staff holds this message; look at the page again")
    _decide(session, message, by, MessageState.PLANNED, "let go")
    message.planned_for = services.calendar.next_slot(max(by.now, message.planned_for))
    message.held_by = None


def _decide(session: Session, message: Message, by: By, state: MessageState, verb: str) -> None:
    if not by.why.strip():
        raise RefusedError("say why, in a few words")
    lock_people(session, [message.person_id] if message.person_id else [])
    session.refresh(message, with_for_update=True)
    if message.state not in CANCELLABLE:
        raise RefusedError(GONE)
    message.state, message.reason = state, by.reason(verb)
    message.claim_token = message.claimed_until = None
    note(session, by.now, by.staff.name, verb, message)
