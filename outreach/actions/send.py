"""Decides, at the last moment, about each claimed message, and commits what is about to be handed over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from outreach.actions.circumstances import Case, Circumstances, circumstances
from outreach.actions.claim import Claim
from outreach.actions.compose import Composed, compose
from outreach.actions.courses import courses_of
from outreach.actions.other_ways import Unsendable, open_other_ways
from outreach.actions.own_words import own_words, wanted_instead
from outreach.actions.staff_words import way_of_words
from outreach.actions.telephone_now import telephone_now
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Attempt, Message, PageLink
from outreach.models.base import new_id
from outreach.models.message import in_state, sealed_body
from outreach.models.person import lock_people
from outreach.ports import OutboundEmail, OutboundText
from outreach.rules.contact import Route, route
from outreach.rules.guard import Decision, Do, Facts, check, validity
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose

ASIDE = timedelta(hours=1)

BEGUN_COLUMNS = (
    "state",
    "reason",
    "attempts",
    "attempt_id",
    "sending_at",
    "valid_until",
    "channel",
    "language",
    "wanted_language",
    "template_version_id",
    "segments",
    "body",
)


@dataclass(frozen=True, slots=True)
class Handover:
    """One message that is committed as `sending` and must now be handed over once, within seconds."""

    message_id: str
    person_id: str | None
    attempt_id: str
    number: int
    committed_at: datetime
    outbound: OutboundText | OutboundEmail
    introduces: bool = True


def begin_sending(
    services: Services, claim: Claim, message_ids: Iterable[str], now: datetime
) -> list[Handover]:
    """Guard, render and commit these claimed messages; what may not go now gets its reason instead.

    Nothing may be handed over before this returns: the committed attempt is what keeps a crash from sending twice.
    """
    ids = list(message_ids)
    with services.begin() as session:
        whose = session.scalars(select(Message.person_id).where(Message.id.in_(ids)))
        locked = lock_people(session, [person_id for person_id in whose if person_id])
        people = load_people(session, services.keyring, locked)
        messages = _still_ours(session, claim, ids, now)
        around = circumstances(session, services, now, {message.template for message in messages})
        begun = _Begun()
        for message in messages:
            case = _case(services, around, people.get(message.person_id or ""), message)
            _consider(session, services, around, case, begun)
        begun.write(session)
    return begun.handovers


BEGIN = (
    update(Message)
    .where(Message.id == bindparam("message"))
    .values({name: bindparam(name) for name in BEGUN_COLUMNS})
)


@dataclass(slots=True)
class _Begun:
    """What is about to be handed over, written in two statements however many messages it is."""

    handovers: list[Handover] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    links: list[PageLink] = field(default_factory=list)

    def write(self, session: Session) -> None:
        if self.attempts:
            session.connection().execute(BEGIN, self.messages)
            session.connection().execute(insert(Attempt), self.attempts)
            session.add_all(self.links)


def _still_ours(session: Session, claim: Claim, ids: list[str], now: datetime) -> list[Message]:
    """The messages whose claim is ours and alive; anything cancelled or claimed again is not among them."""
    query = (
        select(Message)
        .where(
            Message.id.in_(ids),
            in_state(MessageState.CLAIMED),
            Message.claim_token == claim.token,
            Message.claimed_until > now,
        )
        .order_by(Message.planned_for, Message.id)
        .with_for_update()
    )
    return list(session.scalars(query))


def _case(services: Services, around: Circumstances, person: WaitingPerson | None, message: Message) -> Case:
    if person is None:
        return Case(message, None, None, Route(message.channel, ""))
    if message.purpose.is_written_by_staff and message.channel:
        way = way_of_words(services, person, message.channel, message.language or "", around.now)
        return Case(message, person, None, way)
    courses = courses_of(person, around.schedules, services.calendar, around.now)
    course = next((each for each in courses if each.place.id == message.enrolment_id), None)
    facts = person.reachability(course.wait if course else None)
    today = services.calendar.day_of(around.now)
    own = own_words(person.row, message.template, around.versions)
    way = route(facts, message.purpose, services.config.contact.not_asked, today, own)
    if message.address and not facts.deceased:
        way = Route(message.channel, "")  # an answer goes back the way the reply came
    return Case(message, person, course, way)


def _consider(session: Session, services: Services, around: Circumstances, case: Case, begun: _Begun) -> None:
    """Send, move, hold, cancel or expire one message."""
    if case.way.channel not in (None, case.message.channel):
        _change_channel(case)
        return
    composed = compose(services, around, case) if case.way.channel else None
    decision = check(_facts(services, around, case, composed))
    if decision.do is Do.SEND and composed:
        _begin(services, around, case, composed, begun)
        return
    _settle(case.message, decision)
    if decision.do is Do.CANCEL:
        open_other_ways(session, services, _unsendable(case), around.now)
    telephone_now(session, services, case.message, around.now)


def _unsendable(case: Case) -> list[Unsendable]:
    """The step, if what reaches this person has changed since it was planned and a letter or a call does now."""
    person, course, message = case.person, case.course, case.message
    if not (person and course and case.way.channel is None and case.way.instead) or _no_longer_holds(case):
        return []
    anchor_row = message.occurrence.rpartition(":")[0]
    step = next(each for each in course.schedule.steps if each.key == message.step)
    anchor = next(each for each in course.anchors if (each.kind, each.row) == (step.anchor, anchor_row))
    return [Unsendable(message.id, person, message.referral_id, step, anchor, case.way, message.planned_for)]


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
    allowed = {each.replace(" ", "").casefold() for each in sending.allow_list}
    return sender.is_simulated or sending.allow_everyone or address.casefold() in allowed


def _change_channel(case: Case) -> None:
    """What reaches the person has changed since it was planned: the sender of the other channel takes it."""
    case.message.state = MessageState.PLANNED
    case.message.channel = case.way.channel
    case.message.claim_token = case.message.claimed_until = None


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


def _begin(services: Services, around: Circumstances, case: Case, composed: Composed, begun: _Begun) -> None:
    """Put down the attempt that is about to be made."""
    message, now, words = case.message, around.now, composed.words
    attempt_id, number = new_id(), message.attempts + 1
    valid_for = validity(now, services.calendar, message.purpose)
    wanted = wanted_instead(case.person.row.language, words.language) if case.person else None
    html = words.html if message.enrolment_id is None else ""  # a scheduled one is put into words again
    begun.messages.append(
        {
            "message": message.id,
            "state": MessageState.SENDING,
            "reason": "",
            "attempts": number,
            "attempt_id": attempt_id,
            "sending_at": now,
            "valid_until": now + valid_for,
            "channel": case.way.channel,
            "language": words.language,
            "wanted_language": wanted,
            "template_version_id": words.version_id,
            "segments": composed.segments,
            "body": sealed_body(services.keyring, message.id, words.subject, words.text, html),
        }
    )
    begun.attempts.append(
        {
            "id": attempt_id,
            "message_id": message.id,
            "number": number,
            "started_at": now,
            "body_digest": services.keyring.digest(words.text),
        }
    )
    if link := around.links.pop(message.id, None):
        begun.links.append(link)
    around.room_today -= 1
    if case.person:
        case.person.reached.append((now, message.purpose))
    outbound = composed.outbound(services, attempt_id, valid_for)
    begun.handovers.append(
        Handover(message.id, message.person_id, attempt_id, number, now, outbound, message.introduces)
    )
