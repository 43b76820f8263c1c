"""What follows from a reply: opt-outs, tasks, holds and an answer, each finding on its own."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.actions.answers import Answered, answer
from outreach.actions.following import Following, following
from outreach.actions.hold import hold
from outreach.actions.opt_out import Stop, opt_in, opt_out
from outreach.actions.peers import peers
from outreach.actions.sender import Sender
from outreach.actions.take_place import take_group_answer, tell_apart
from outreach.actions.tasks import NewTask, raise_task
from outreach.models import Person, Reply, Task
from outreach.models.event import note
from outreach.models.staff import staff_with
from outreach.rules.capacity import Peer, Talk, Wish, first_talk
from outreach.rules.duty import first_alert_at
from outreach.rules.reading import Findings
from outreach.rules.reading_wish import Wished, wished_safely
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Reading, Role, TaskKind, Urgency

CALLBACK_HOLDS = timedelta(days=7)


def follow(
    session: Session, services: Services, sender: Sender, findings: Findings, *, in_response: bool
) -> Answered:
    """Do everything that these findings ask for; returns what goes back in the response.

    The reply waits for a person to read it, whatever the findings are.
    """
    reply, now = sender.reply, sender.now
    on_its_way = following(session, services, sender, findings)
    _keep_findings(services, reply, findings)
    take_steps(on_its_way, findings.readings)
    known = on_its_way.person is not None
    reply.read_due_at = on_its_way.duties.read_by(now) if known else on_its_way.duties.end_of_day
    answered = answer(on_its_way, in_response=in_response)
    tell_apart(on_its_way)
    return answered


def take_steps(on_its_way: Following, readings: frozenset[Reading]) -> None:
    """Do what each of these readings asks for, and what nobody known, or somebody who has died, needs besides."""
    for reading, step in STEPS.items():
        if reading in readings - on_its_way.overtaken:
            step(on_its_way)
    if Reading.WANTS_TALK not in readings:
        _better_time(on_its_way)
    if on_its_way.has_died:
        _after_death(on_its_way)
    elif on_its_way.person is None:
        _unmatched(on_its_way)


def _keep_findings(services: Services, reply: Reply, findings: Findings) -> None:
    reply.readings = sorted(reading.value for reading in findings.readings)
    reply.reader_fault = findings.fault
    reply.opt_out_channel, reply.opt_out_purpose = findings.opt_out_scope
    if findings.matched:
        matched = json.dumps(findings.matched)
        reply.matched = services.keyring.seal(matched, f"reply|matched|{reply.id}")


def _possible_crisis(following: Following) -> None:
    _urgent(following, "possible crisis in a reply")


def _needs_reader(following: Following) -> None:
    if following.flagged_task is None:
        _urgent(following, "a reply that software could not read needs a reader now")


def _urgent(following: Following, reason: str) -> None:
    """An urgent task for a clinician, with alerts until somebody acknowledges it, and the person's messages held."""
    reply, now = following.reply, following.now
    task = raise_urgent(following.session, following.services, reply, reason, now)
    following.flagged_task = task
    if reply.person_id:
        hold(following.session, reply.person_id, now, who="outreach", why=reason, task_id=task.id)


def raise_urgent(session: Session, services: Services, reply: Reply, reason: str, now: datetime) -> Task:
    """The urgent task of this reply, raised now unless it already was; alerts begin as the hours on call allow."""
    on_call = services.config.duty.out_of_hours == "on_call"
    first_alert = first_alert_at(now, services.calendar, on_call=on_call)
    new = NewTask(
        kind=TaskKind.URGENT,
        urgency=Urgency.URGENT,
        cause=f"reply:{reply.id}:{TaskKind.URGENT.value}",
        reason=reason,
        due_at=first_alert,
        person_id=reply.person_id,
        referral_id=reply.referral_id,
        reply_id=reply.id,
        words=reply.opened(services.keyring),
        next_alert_at=first_alert,
        candidates=reply.candidates,
    )
    return raise_task(session, services.keyring, new, now)


def _opt_out(following: Following) -> None:
    reply = following.reply
    channel, purpose = following.stops
    stop = Stop(
        cause=Cause.CARRIER if reply.carrier_opt_out == "STOP" else Cause.REPLY,
        person_id=reply.person_id,
        address_token=reply.sender_token,
        channel=channel,
        purpose=purpose,
    )
    opt_out(following.session, stop, reply.received_at, who="the person", concerning=reply.candidates)
    if following.person and purpose is None:
        _routine(following, TaskKind.KEEP_IN_TOUCH, "has opted out: agree another way to keep in touch")


def _opt_in(following: Following) -> None:
    reply, keyring = following.reply, following.services.keyring
    if following.has_died:
        return
    kind = "email" if reply.channel is Channel.EMAIL else "mobile"
    for token in keyring.blinds(kind, reply.opened_sender(keyring)):
        opt_in(
            following.session,
            following.now,
            person_id=reply.person_id,
            address_token=token,
            channel=reply.channel,
            who="the person",
            why="wrote START",
            until=reply.received_at,
        )


def _wants_talk(following: Following) -> None:
    """A callback for the peer worker who can hold it soonest, and no check-ins until it has taken place."""
    session, services, now = following.session, following.services, following.now
    if following.person is None:
        return
    free = peers(session, now)
    wishes = _wishes(following, free)
    wish = _wish(following.person, wishes)
    following.talk = _standing_talk(following, wishes) or first_talk(free, wish, now, services.calendar)
    talk = following.talk
    task = _task(
        following,
        TaskKind.CALLBACK,
        Urgency.SOON,
        "asked to talk",
        due_at=talk.ends if talk else following.duties.read_by(now),
        begins_at=talk.starts if talk else None,
        wished_language=wish.language,
        wished_background=wish.background,
        wished_time=wishes.words or None,
        assignee_id=talk.peer_id if talk else None,
    )
    why = "a callback is open"
    ends_at = now + CALLBACK_HOLDS
    hold(session, following.person.id, now, who="outreach", why=why, task_id=task.id, ends_at=ends_at)


def _wishes(following: Following, free: list[Peer]) -> Wished:
    shared = sorted({background for peer in free for background in peer.backgrounds})
    today = following.services.calendar.day_of(following.now)
    return wished_safely(following.words, today, shared)


def _wish(person: Person, wishes: Wished) -> Wish:
    base = person.language.partition("-")[0]
    language = wishes.language or (None if base == "en" else base)
    return Wish(language, wishes.background, wishes.days, wishes.after, wishes.before)


def _standing_talk(following: Following, wishes: Wished) -> Talk | None:
    """Somebody who asks again hears of the same call, unless they now name another time."""
    task = following.open_callback
    if task is None or wishes.words or not task.assignee_id or not task.begins_at:
        return None
    return Talk(task.assignee_id, task.begins_at, task.due_at) if task.due_at > following.now else None


def _better_time(following: Following) -> None:
    """ "Text us a better time", our answer says: a time in a later reply goes onto the open callback."""
    task = following.open_callback
    wishes = _wishes(following, []) if task else Wished()
    if task and wishes.words and task.wished_time != wishes.words:
        task.wished_time = wishes.words
        note(following.session, following.now, "the person", "named a time", task, reply=following.reply.id)


def _wants_change(following: Following) -> None:
    if following.person:
        _soon(following, TaskKind.CHANGE, "asked for another appointment time")


def _wants_other_contact(following: Following) -> None:
    if following.person:
        _routine(following, TaskKind.KEEP_IN_TOUCH, "asked to change how we keep in touch")


def _wrong_number(following: Following) -> None:
    """Whoever has this address is not the person: nobody is written to there again."""
    reply = following.reply
    stop = Stop(Cause.WRONG_NUMBER, address_token=reply.sender_token, channel=reply.channel)
    concerning = [*reply.candidates, *([reply.person_id] if reply.person_id else [])]
    opt_out(following.session, stop, following.now, who="whoever has the number", concerning=concerning)
    _soon(
        following, TaskKind.WRONG_NUMBER, "the number or address belongs to somebody else: find the right one"
    )


def _unmatched(following: Following) -> None:
    """Never guessed onto a person: staff attach it, on the same day."""
    shared = bool(following.reply.candidates)
    reason = "two or more people have this address" if shared else "nobody on the list has this address"
    _soon(
        following,
        TaskKind.UNMATCHED,
        f"a message we cannot match: {reason}",
        due_at=following.duties.end_of_day,
    )


def _after_death(following: Following) -> None:
    """Somebody writes from the number of a person who is recorded as dead: the lead reads it."""
    leads = staff_with(following.session, Role.PEER_LEAD)
    _task(
        following,
        TaskKind.AFTER_DEATH,
        Urgency.SOON,
        "a reply from the number of somebody who is recorded as dead: whoever wrote may be grieving",
        due_at=following.duties.end_of_day,
        assignee_id=leads[0].id if leads else None,
    )


def _soon(following: Following, kind: TaskKind, reason: str, due_at: datetime | None = None) -> Task:
    due_at = due_at or following.duties.read_by(following.now)
    return _task(following, kind, Urgency.SOON, reason, due_at=due_at)


def _routine(following: Following, kind: TaskKind, reason: str) -> Task:
    return _task(following, kind, Urgency.ROUTINE, reason, due_at=following.duties.in_two_days)


def _task(
    following: Following,
    kind: TaskKind,
    urgency: Urgency,
    reason: str,
    *,
    due_at: datetime,
    begins_at: datetime | None = None,
    wished_language: str | None = None,
    wished_background: str | None = None,
    wished_time: str | None = None,
    assignee_id: str | None = None,
) -> Task:
    reply = following.reply
    new = NewTask(
        kind=kind,
        urgency=urgency,
        cause=f"reply:{reply.id}:{kind.value}",
        reason=reason,
        due_at=due_at,
        begins_at=begins_at,
        person_id=reply.person_id,
        referral_id=reply.referral_id,
        reply_id=reply.id,
        words=following.words,
        wished_language=wished_language,
        wished_background=wished_background,
        wished_time=wished_time,
        assignee_id=assignee_id,
        candidates=reply.candidates,
    )
    return raise_task(following.session, following.services.keyring, new, following.now)


STEPS: dict[Reading, Callable[[Following], None]] = {
    Reading.POSSIBLE_CRISIS: _possible_crisis,
    Reading.NEEDS_READER: _needs_reader,
    Reading.OPT_OUT: _opt_out,
    Reading.OPT_IN: _opt_in,
    Reading.WANTS_TALK: _wants_talk,
    Reading.WANTS_CHANGE: _wants_change,
    Reading.WANTS_OTHER_CONTACT: _wants_other_contact,
    Reading.WRONG_NUMBER: _wrong_number,
    Reading.JOINS: take_group_answer,
    Reading.DECLINES: take_group_answer,
}
"""What each finding leads to, the most urgent first; survey answers and thanks only wait to be read."""
