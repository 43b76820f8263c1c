"""What follows from a reply: opt-outs, tasks, holds and an answer, each finding on its own."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.actions.answers import answer
from outreach.actions.duty import duties
from outreach.actions.following import Following
from outreach.actions.hold import hold
from outreach.actions.opt_out import Stop, opt_in, opt_out
from outreach.actions.peers import peers
from outreach.actions.tasks import NewTask, raise_task
from outreach.models import Person, Reply, Task
from outreach.rules.capacity import Wish, first_talk
from outreach.rules.duty import first_alert_at
from outreach.rules.reading import Findings
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Reading, TaskKind, Urgency

CALLBACK_HOLDS = timedelta(days=7)


def follow(
    session: Session,
    services: Services,
    reply: Reply,
    findings: Findings,
    now: datetime,
    *,
    in_response: bool,
) -> None:
    """Do everything that these findings ask for. The reply waits for a person to read it, whatever they are."""
    _keep_findings(services, reply, findings)
    following = Following(
        session,
        services,
        reply,
        findings,
        session.get(Person, reply.person_id) if reply.person_id else None,
        duties(session, services.calendar, now),
        now,
    )
    reply.read_due_at = following.duties.read_by(now)
    for reading, step in STEPS.items():
        if reading in findings.readings:
            step(following)
    if following.person is None:
        _unmatched(following)
    answer(following, in_response=in_response)


def _keep_findings(services: Services, reply: Reply, findings: Findings) -> None:
    reply.readings = sorted(reading.value for reading in findings.readings)
    reply.reader_fault = findings.fault
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
    services, reply, now = following.services, following.reply, following.now
    on_call = services.config.duty.out_of_hours == "on_call"
    first_alert = first_alert_at(now, services.calendar, on_call=on_call)
    task = _task(
        following,
        TaskKind.URGENT,
        Urgency.URGENT,
        reason,
        due_at=first_alert,
        next_alert_at=first_alert,
    )
    following.flagged_task = task
    if reply.person_id:
        hold(following.session, reply.person_id, now, who="outreach", why=reason, task_id=task.id)


def _opt_out(following: Following) -> None:
    reply, findings = following.reply, following.findings
    channel, purpose = findings.opt_out_scope
    stop = Stop(
        cause=Cause.CARRIER if reply.carrier_opt_out == "STOP" else Cause.REPLY,
        person_id=reply.person_id,
        address_token=reply.sender_token,
        channel=channel or reply.channel,
        purpose=purpose,
    )
    opt_out(following.session, stop, following.now, who="the person", concerning=reply.candidates)
    if following.person and purpose is None:
        _routine(following, TaskKind.KEEP_IN_TOUCH, "has opted out: agree another way to keep in touch")


def _opt_in(following: Following) -> None:
    reply, keyring = following.reply, following.services.keyring
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
        )


def _wants_talk(following: Following) -> None:
    """A callback for the peer worker who can hold it soonest, and no check-ins until it has taken place."""
    session, services, now = following.session, following.services, following.now
    if following.person is None:
        return
    wish = Wish(language=_wished_language(following.person))
    following.talk = first_talk(peers(session, now), wish, now, services.calendar)
    task = _task(
        following,
        TaskKind.CALLBACK,
        Urgency.SOON,
        "asked to talk",
        due_at=following.talk.ends if following.talk else following.duties.read_by(now),
        wished_language=wish.language,
        assignee_id=following.talk.peer_id if following.talk else None,
    )
    why = "a callback is open"
    ends_at = now + CALLBACK_HOLDS
    hold(session, following.person.id, now, who="outreach", why=why, task_id=task.id, ends_at=ends_at)


def _wished_language(person: Person) -> str | None:
    base = person.language.partition("-")[0]
    return None if base == "en" else base


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
    next_alert_at: datetime | None = None,
    wished_language: str | None = None,
    assignee_id: str | None = None,
) -> Task:
    reply = following.reply
    new = NewTask(
        kind=kind,
        urgency=urgency,
        cause=f"reply:{reply.id}:{kind.value}",
        reason=reason,
        due_at=due_at,
        person_id=reply.person_id,
        referral_id=reply.referral_id,
        reply_id=reply.id,
        words=following.words,
        wished_language=wished_language,
        assignee_id=assignee_id,
        next_alert_at=next_alert_at,
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
}
"""What each finding leads to, the most urgent first; survey answers and thanks only wait to be read."""
