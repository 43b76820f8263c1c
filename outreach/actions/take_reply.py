"""Takes in what people write to us: stored and committed first, then read, acted on and answered."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.actions.answers import Answered, stored_answer
from outreach.actions.follow_reply import follow, raise_urgent
from outreach.actions.sender import Sender, locked_sender, whose_address
from outreach.models import Message, Reply
from outreach.models.base import new_id, put
from outreach.ports import InboundMessage
from outreach.rules.crisis_lines import CRISIS_LINES, TRANSLATED
from outreach.rules.reading import Findings
from outreach.services import Services
from outreach.vocabulary import LEFT_US, Channel, Reading

MOST_QUOTED = 5
"""Of our emails to somebody, whose words are known again in their answer."""


def take_reply(
    services: Services, inbound: InboundMessage, now: datetime, *, automatic: bool = False
) -> Answered:
    """Store a reply and do everything that follows; a repeated one changes nothing and gets the same answer.

    The reply is committed before it is read: whatever fails after that, a person will see it, and the sweep acts.
    """
    return act_on(services, store(services, inbound, now, automatic=automatic), now, in_response=True)


def store(services: Services, inbound: InboundMessage, now: datetime, *, automatic: bool = False) -> str:
    """The id under which this reply is stored, now or since it came the first time."""
    try:
        with services.begin() as session:
            return _insert(session, services, inbound, now, automatic=automatic)
    except IntegrityError:
        known = _known(services, inbound)
        if known is None:
            raise
        return known


def _known(services: Services, inbound: InboundMessage) -> str | None:
    with services.read() as session:
        return session.scalar(select(Reply.id).where(Reply.provider_id == inbound.provider_id))


def _insert(
    session: Session, services: Services, inbound: InboundMessage, now: datetime, *, automatic: bool
) -> str:
    keyring, reply_id = services.keyring, new_id()
    kind = "email" if inbound.channel is Channel.EMAIL else "mobile"
    whose = whose_address(session, keyring, kind, inbound.sender)
    person_id, referral_id = next(iter(whose.items())) if len(whose) == 1 else (None, None)
    put(
        session,
        Reply(
            id=reply_id,
            provider_id=inbound.provider_id,
            channel=inbound.channel,
            sender=keyring.seal(inbound.sender, f"reply|sender|{reply_id}"),
            sender_token=keyring.blind(kind, inbound.sender),
            body=keyring.seal(_all_words(inbound), f"reply|body|{reply_id}"),
            media=inbound.media,
            carrier_opt_out=inbound.carrier_opt_out,
            is_automatic=automatic,
            received_at=now,
            person_id=person_id,
            referral_id=referral_id,
            candidates=[] if person_id else sorted(whose),
        ),
    )
    return reply_id


def _all_words(inbound: InboundMessage) -> str:
    """People write in the subject line too."""
    return f"{inbound.subject}\n{inbound.body}" if inbound.subject else inbound.body


def act_on(services: Services, reply_id: str, now: datetime, *, in_response: bool = False) -> Answered:
    """Read a stored reply and do what follows from it, in one transaction; done already, only tell its answer.

    With `in_response` the answer travels in the response to the webhook that brought the reply.
    """
    with services.begin() as session:
        sender = locked_sender(session, reply_id, now)
        reply = sender.reply
        if reply.acted_at is not None:
            return stored_answer(session, services, reply)
        findings = _read(session, services, sender)
        answered = follow(session, services, sender, findings, in_response=in_response)
        reply.acted_at = now
        return answered


def _read(session: Session, services: Services, sender: Sender) -> Findings:
    """What software makes of it; a reader that raises, against its promise, means that a person reads it now."""
    reply = sender.reply
    words, ours = reply.opened(services.keyring), _ours(session, services, reply)
    try:
        return services.reader(
            words,
            channel=reply.channel,
            media=reply.media,
            recent=sender.lately.texts,
            carrier_opt_out=reply.carrier_opt_out,
            expecting_survey=sender.expects_survey,
            asked=sender.asked,
            ours=ours,
        )
    except Exception as fault:  # noqa: BLE001 a fault of the reader must never keep a reply from a person
        return Findings(frozenset({Reading.NEEDS_READER}), fault=type(fault).__name__)


def _ours(session: Session, services: Services, reply: Reply) -> str:
    """What an email from them may quote: our last emails to them, and the crisis lines, which everybody gets."""
    if reply.channel is not Channel.EMAIL:
        return ""
    lines = [CRISIS_LINES[Channel.EMAIL], *(each[Channel.EMAIL] for each in TRANSLATED.values())]
    answers = select(Reply.answer_id).where(Reply.sender_token == reply.sender_token)
    theirs = [Message.id.in_(answers), *([Message.person_id == reply.person_id] if reply.person_id else [])]
    query = select(Message).where(or_(*theirs), Message.channel == Channel.EMAIL, Message.state.in_(LEFT_US))
    last = session.scalars(query.order_by(Message.sending_at.desc()).limit(MOST_QUOTED))
    return "\n".join([*lines, *(message.opened(services.keyring)[1] for message in last)])


def act_on_pending(services: Services, now: datetime) -> int:
    """Act on replies that were stored by a process that died before it acted; returns how many.

    One that cannot be acted on keeps none of the others waiting: a person is asked to read it at once, and the fault
    is raised at the end.
    """
    with services.read() as session:
        pending = list(
            session.scalars(
                select(Reply.id).where(Reply.acted_at.is_(None)).order_by(Reply.received_at, Reply.id)
            )
        )
    faults: list[Exception] = []
    for reply_id in pending:
        try:
            act_on(services, reply_id, now)
        except Exception as fault:  # noqa: BLE001 raised again below, for the log
            faults.append(fault)
            _ask_for_a_reader(services, reply_id, now)
    if faults:
        raise ExceptionGroup("replies that could not be acted on", faults)
    return len(pending)


def _ask_for_a_reader(services: Services, reply_id: str, now: datetime) -> None:
    """An urgent task for a reply that software cannot act on; acting on it later finds the same task."""
    with services.begin() as session:
        reply = session.get_one(Reply, reply_id)
        raise_urgent(
            session, services, reply, "a reply that software could not act on needs a reader now", now
        )
