"""Decides, at the last moment, about each claimed message, and commits what is about to be handed over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from outreach.actions.begun import Begun, Handover
from outreach.actions.circumstances import Case, Circumstances, circumstances
from outreach.actions.claim import Claim
from outreach.actions.claimed import Claimed, still_ours, whose
from outreach.actions.compose import Composed, compose
from outreach.actions.courses import courses_of
from outreach.actions.other_ways import Unsendable, call_about, open_other_ways
from outreach.actions.own_words import own_words
from outreach.actions.staff_words import way_of_words
from outreach.actions.telephone_now import telephone_now
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Message
from outreach.models.message import in_state
from outreach.models.person import lock_people
from outreach.rules.contact import Route, route
from outreach.rules.guard import Decision, Do, Facts, check
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose

ASIDE = timedelta(hours=1)


def begin_sending(
    services: Services, claim: Claim, message_ids: Iterable[str], now: datetime
) -> list[Handover]:
    """Guard, render and commit these claimed messages; what may not go now gets its reason instead.

    Nothing may be handed over before this returns: the committed attempt is what keeps a crash from sending twice.
    """
    ids, services = list(message_ids), services.with_keys_as_they_are()
    services.let_others_first()
    with services.begin() as session:
        locked = lock_people(session, whose(session, ids))
        people = load_people(session, services.keyring, locked)
        messages = still_ours(session, claim, ids, now)
        around = circumstances(session, services, now, {message.template for message in messages})
        begun = Begun()
        for message in messages:
            case = case_of(services, around, people.get(message.person_id or ""), message)
            _consider(session, services, around, case, begun)
        begun.write(session)
    if begun.handovers:
        services.sent_mark.write(begun.handovers[-1].attempt_id)
    return begun.handovers


def case_of(
    services: Services, around: Circumstances, person: WaitingPerson | None, message: Claimed
) -> Case:
    """The message with its person, their course, and the way on which it would go."""
    if person is None:
        return Case(message, None, None, Route(message.channel, ""))
    if message.purpose.is_written_by_staff and message.channel:
        way = way_of_words(services, person, message.channel, message.language or "", around.now)
        return Case(message, person, None, way)
    courses = courses_of(person, around.schedules, services.calendar, around.now)
    course = next((each for each in courses if each.place.id == message.enrolment_id), None)
    facts = person.reachability(course.wait if course else person.wait_for_no_schedule)
    today = services.calendar.day_of(around.now)
    own = own_words(person.row, message.template, around.versions)
    only = message.channel if message.is_written else None
    way = route(facts, message.purpose, services.config.contact.not_asked, today, own, only=only)
    if message.address and not facts.deceased:
        way = Route(message.channel, "")  # an answer goes back the way the reply came
    return Case(message, person, course, way)


def _consider(session: Session, services: Services, around: Circumstances, case: Case, begun: Begun) -> None:
    """Send, move, hold, cancel or expire one message."""
    if case.way.channel not in (None, case.message.channel):
        _change_channel(session.get_one(Message, case.message.id), case.way.channel)
        return
    composed = compose(services, around, case) if case.way.channel else None
    decision = check(_facts(services, around, case, composed))
    if decision.do is Do.SEND and composed:
        begun.add(services, around, case, composed)
        return
    message = session.get_one(Message, case.message.id)
    _settle(message, decision)
    if decision.do is Do.CANCEL:
        open_other_ways(session, services, _unsendable(case), around.now)
        _ring_instead(session, services, case, around.now)
    telephone_now(session, services, message, around.now)


def _unsendable(case: Case) -> list[Unsendable]:
    """The step, if what reaches this person has changed since it was planned and a letter or a call does now."""
    person, course, message = case.person, case.course, case.message
    if not (person and course and case.way.channel is None and case.way.instead) or _no_longer_holds(case):
        return []
    anchor_row = message.occurrence.rpartition(":")[0]
    step = next(each for each in course.schedule.steps if each.key == message.step)
    anchor = next(each for each in course.anchors if (each.kind, each.row) == (step.anchor, anchor_row))
    return [Unsendable(message.id, person, message.referral_id, step, anchor, case.way, message.planned_for)]


def _ring_instead(session: Session, services: Services, case: Case, now: datetime) -> None:
    """What was written about a call or a session of a group is told all the same, unless nothing is wanted."""
    message, way = case.message, case.way
    if message.is_written and message.purpose is Purpose.APPOINTMENT and way.instead:
        call_about(session, services, message, way.reason, now)


def set_aside(services: Services, claim: Claim, message_id: str, kind: str, now: datetime) -> None:
    """Hold a message that a fault of ours keeps from being put into words, so that it does not keep the others.

    It is tried again after an hour; `kind` is the kind of the error, for whoever runs this.
    """
    reason = f"held: it could not be put into words ({kind}); look at its template and at the person's record"
    with services.begin() as session:
        session.execute(
            update(Message)
            .where(
                Message.id == message_id, Message.claim_token == claim.token, in_state(MessageState.CLAIMED)
            )
            .values(
                state=MessageState.HELD,
                reason=reason,
                held_by="fault",
                planned_for=now + ASIDE,
                claim_token=None,
                claimed_until=None,
            )
        )


def _facts(services: Services, around: Circumstances, case: Case, composed: Composed | None) -> Facts:
    message, person, day_of = case.message, case.person, services.calendar.day_of
    reached = person.reached if person else []
    ahead = [each for each in person.unsent if each.id != message.id] if person else []
    return Facts(
        now=around.now,
        calendar=person.calendar(services.calendar) if person else services.calendar,
        purpose=message.purpose,
        schedule=message.schedule,
        step=message.step,
        late_after=message.late_after,
        route=case.way,
        gap_days=services.gap_days,
        contacts=[day_of(at) for at, purpose in reached if purpose.is_spaced],
        appointments_ahead=[
            day_of(each.planned_for) for each in ahead if each.purpose is Purpose.APPOINTMENT
        ],
        holds=person.holds if person else (),
        pauses=around.pauses,
        no_longer_holds=_no_longer_holds(case),
        list_is_stale=around.list_is_stale,
        has_template=case.way.channel is None or composed is not None,
        on_allow_list=composed is None or _allowed(services, case.way.channel, composed.to),
        cap_reached=around.room_today <= 0,
        somebody_reads=around.invites_answers,
        invites_call=_invites_call(case),
        calls_can_be_held=around.calls_can_be_held,
    )


def _no_longer_holds(case: Case) -> str:
    """Why a scheduled message is not true any more; blank while it is."""
    message, course = case.message, case.course
    if message.enrolment_id is None:
        return ""
    if course is None:
        return "cancelled: the referral has moved on"
    anchor_row = message.occurrence.rpartition(":")[0]
    return "" if course.counts_from(message.step, anchor_row) else "cancelled: its date no longer stands"


def _invites_call(case: Case) -> bool:
    steps = case.course.schedule.steps if case.course else ()
    return any(step.invites_call for step in steps if step.key == case.message.step)


def _allowed(services: Services, channel: Channel | None, address: str) -> bool:
    sender = services.emails if channel is Channel.EMAIL else services.texts
    sending = services.config.sending
    if sender.is_simulated or sending.allow_everyone:
        return True
    return address.casefold() in {each.replace(" ", "").casefold() for each in sending.allow_list}


def _change_channel(message: Message, channel: Channel | None) -> None:
    """What reaches the person has changed since it was planned: the sender of the other channel takes it."""
    message.state = MessageState.PLANNED
    message.channel = channel
    message.claim_token = message.claimed_until = None


def _settle(message: Message, decision: Decision) -> None:
    """Write down what was decided instead of sending."""
    states = {
        Do.MOVE: MessageState.PLANNED,
        Do.HOLD: MessageState.HELD,
        Do.CANCEL: MessageState.CANCELLED,
        Do.EXPIRE: MessageState.EXPIRED,
    }
    message.state = states[decision.do]
    message.reason = decision.reason
    message.held_by = decision.held_by
    message.planned_for = decision.until or message.planned_for
    message.claim_token = message.claimed_until = None
