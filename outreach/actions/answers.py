"""The immediate message back to somebody who wrote: stored before it is given, the same again when asked again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.compose import NOTHING, Promises, Words, compose_answer
from outreach.actions.following import Following
from outreach.actions.own_link import new_link
from outreach.actions.own_words import wanted_instead
from outreach.actions.take_place import tell
from outreach.actions.telephone_now import telephone_now
from outreach.models import Attempt, Message, Reply
from outreach.models.base import new_id, put
from outreach.models.message import sealed_address, sealed_body
from outreach.rules.addresses import can_get_texts
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, Reading

IN_RESPONSE = "in_response"
"""The verdict of an attempt that travels in a webhook's own response: only a receipt will tell what came of it."""

RECEIPT_DUE = timedelta(minutes=5)
"""An answer in a response that has no receipt by then is sent once by the provider's API."""

MOST_A_DAY = 5
"""Unflagged answers to one sender in 24 hours, so that two machines never talk to each other for ever."""

CRISIS_LINES = "answers/crisis-lines"
KEEP_IN_TOUCH = "answers/keep-in-touch"
NO_WAY_BACK = "the sender's number is withheld or no phone number: nothing can be sent back"


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back in the response; blank when nothing does. `attempt_id` is for its receipt."""

    text: str = ""
    attempt_id: str | None = None


def answer(following: Following, *, in_response: bool) -> Answered:
    """Choose and store the answer to this reply, if it gets one; returns what goes back in the response."""
    template = _choose(following)
    if template is None:
        return Answered()
    reply, now = following.reply, following.now
    words = compose_answer(
        following.session,
        following.services,
        template,
        channel=reply.channel,
        person=following.person,
        promises=Promises(now, following.talk, following.duties.read_by(now)),
        known=_known(following, template),
    )
    is_text = reply.channel is Channel.SMS
    nowhere = is_text and not can_get_texts(reply.opened_sender(following.services.keyring))
    at_once = in_response and is_text and not nowhere
    message = _message(following, template, words, in_response=at_once)
    if nowhere:
        message.state, message.reason = MessageState.CANCELLED, NO_WAY_BACK
    put(following.session, message)
    if following.group and following.group.template == template:
        tell(following.group.invitation, message, now)
        following.group_told = True
    reply.answer_id = message.id
    if following.flagged_task:
        following.flagged_task.message_id = message.id
    if nowhere:
        telephone_now(following.session, following.services, message, now)
    if not at_once:
        return Answered()
    put(following.session, _first_attempt(following, message, words))
    return Answered(words.text, message.attempt_id)


def _known(following: Following, template: str) -> Mapping[str, str | datetime]:
    """What only this answer says: about a group, or a fresh link for whoever wants to change how we keep in touch."""
    if template == KEEP_IN_TOUCH and following.person:
        link, address = new_link(following.services, following.person.id, following.now, "reply")
        following.session.add(link)
        return {"own_page": address}
    return following.group.values if following.group else NOTHING


def _choose(following: Following) -> str | None:
    """Which answer, if any. A flagged reply gets the crisis lines every time, whatever else it says."""
    readings, reply = following.findings.readings, following.reply
    if reply.is_automatic:
        return None
    if following.is_flagged:
        return CRISIS_LINES
    if Reading.OPT_OUT in readings and reply.carrier_opt_out == "STOP":
        return None  # the carrier has answered, and lets nothing of ours through
    if following.software_reads and following.sender.lately.answers_in_a_day >= MOST_A_DAY:
        return None
    if following.overtaken and not following.standing_readings:
        return None  # whoever has changed their mind since knows, and the answer would not be true
    return _calm_answer(following)


def _calm_answer(following: Following) -> str | None:
    readings = following.standing_readings
    if Reading.OPT_OUT in readings:
        plain = following.stops == (following.reply.channel, None)
        return "answers/opted-out" if plain else "answers/opted-out-of-some"
    if Reading.WRONG_NUMBER in readings:
        return "answers/wrong-number"
    if following.person is None:
        known = following.software_reads and following.sender.lately.answers_in_12_hours
        return None if known or Reading.AUTOMATIC in readings else "answers/unmatched"
    if following.group and Reading.WANTS_TALK not in readings:
        return following.group.template
    for reading, template in FITTING.items():
        if reading in readings:
            return template
    if Reading.AUTOMATIC in readings:
        return None
    if readings == {Reading.THANKS}:
        return None if following.sender.lately.answers_in_14_days else "answers/thanks"
    return _human_sentence(following)


FITTING = {
    Reading.WANTS_TALK: "answers/talk-soon",
    Reading.WANTS_CHANGE: "answers/change-appointment",
    Reading.WANTS_OTHER_CONTACT: KEEP_IN_TOUCH,
    Reading.OPT_IN: "answers/opted-in",
}


def _human_sentence(following: Following) -> str:
    """Free text: when a person will read it, with the lines at most once in 12 hours; without a reader, always."""
    if following.software_reads and following.sender.lately.lines_in_12_hours:
        return "answers/reply-received"
    return "answers/reply-received-with-lines"


def _message(following: Following, template: str, words: Words, *, in_response: bool) -> Message:
    """The answer as a row; the response to the webhook, where it goes back in that, is its first attempt."""
    keyring, reply, now, message_id = following.services.keyring, following.reply, following.now, new_id()
    return Message(
        id=message_id,
        person_id=None if following.has_died else reply.person_id,
        referral_id=reply.referral_id,
        step=template.rpartition("/")[2],
        occurrence=f"{reply.id}:0",
        purpose=Purpose.ANSWER,
        template=template,
        channel=reply.channel,
        state=MessageState.SENDING if in_response else MessageState.PLANNED,
        reason="",
        due_at=now,
        planned_for=now,
        created_at=now,
        attempts=int(in_response),
        attempt_id=new_id() if in_response else None,
        sending_at=now if in_response else None,
        superseded=False,
        language=words.language,
        wanted_language=wanted_instead(following.person.language, words.language)
        if following.person
        else None,
        template_version_id=words.version_id,
        segments=count(words.text).segments if reply.channel is Channel.SMS else None,
        body=sealed_body(keyring, message_id, words.subject, words.text, words.html),
        address=sealed_address(keyring, message_id, reply.opened_sender(keyring)),
    )


def _first_attempt(following: Following, message: Message, words: Words) -> Attempt:
    return Attempt(
        id=message.attempt_id,
        message_id=message.id,
        number=1,
        started_at=following.now,
        body_digest=following.services.keyring.digest(words.text),
        verdict=IN_RESPONSE,
    )


def stored_answer(session: Session, services: Services, reply: Reply) -> Answered:
    """The answer this reply got, if it travels in the response; a repeated post gets the very same."""
    message = session.get(Message, reply.answer_id) if reply.answer_id else None
    if message is None or message.attempt_id is None:
        return Answered()
    first = session.scalar(
        select(Attempt).where(Attempt.message_id == message.id, Attempt.verdict == IN_RESPONSE)
    )
    return Answered(message.opened(services.keyring)[1], first.id) if first else Answered()
