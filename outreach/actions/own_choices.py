"""What people choose on their own page: language, channel, time of day, quiet, what they get, and a call."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.hold import hold
from outreach.actions.keep_in_touch import agree_another_way
from outreach.actions.opt_out import Stop, opt_out, undo
from outreach.actions.peers import peers
from outreach.actions.plan import replan
from outreach.actions.tasks import NewTask, raise_task
from outreach.errors import RefusedError
from outreach.models import Hold, OptOut, OwnChoice, Person, StaffMember, Task
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.own_page import standing_choices
from outreach.models.person import lock_people
from outreach.models.referral import current_referral
from outreach.rules.capacity import CALL_TAKES, Talk, Wish, talk_in_words, talk_times
from outreach.services import Services
from outreach.vocabulary import (
    Cause,
    Channel,
    ChoiceKind,
    DayPart,
    PreferredChannel,
    Purpose,
    TaskKind,
    TaskState,
    Urgency,
)

BY = "the person"
QUIET = "asked for quiet on their own page"
BECAUSE = "they chose it on their own page"
LONGEST_QUIET = timedelta(weeks=26)
SPACED = tuple(purpose for purpose in Purpose if purpose.is_spaced)
CALLBACK_HOLDS = timedelta(days=7)
MOST_TIMES = 6
TAKEN = "that time has just been taken; please choose another"


def choose_language(
    session: Session, services: Services, person: Person, language: str, now: datetime
) -> None:
    """Write to them in this language from now on, where there are approved words in it."""
    _take(session, services, person, ChoiceKind.LANGUAGE, listed=person.language, now=now)
    person.language = language
    _changed(session, services, person, now, "language")


def choose_channel(
    session: Session, services: Services, person: Person, channel: PreferredChannel, now: datetime
) -> None:
    """How they want to hear from us. Choosing texts or emails says that these are safe, unless staff know better."""
    details = person.opened(services.keyring)
    usable = {PreferredChannel.SMS: details.mobile, PreferredChannel.EMAIL: details.email}
    safe = {PreferredChannel.SMS: person.safe_to_text, PreferredChannel.EMAIL: person.safe_to_email}
    if channel in usable and (not usable[channel] or safe[channel] is False):
        raise RefusedError("we cannot use this way at present; please ring us")
    _take(session, services, person, ChoiceKind.CHANNEL, listed=person.preferred_channel or "", now=now)
    person.preferred_channel = channel
    if channel is PreferredChannel.SMS:
        person.safe_to_text = True
    if channel is PreferredChannel.EMAIL:
        person.safe_to_email = True
    _changed(session, services, person, now, "preferred_channel")


def choose_day_part(
    session: Session, services: Services, person: Person, part: DayPart | None, now: datetime
) -> None:
    """When on a day they like to hear from us."""
    lock_people(session, [person.id])
    person.day_part = part
    _changed(session, services, person, now, "day_part")


def be_quiet_until(
    session: Session, services: Services, person: Person, until: date | None, now: datetime
) -> None:
    """Hold check-ins, support and surveys until this day; None ends the quiet. Appointment messages go on."""
    today = services.calendar.day_of(now)
    if until is not None and not today < until <= today + LONGEST_QUIET:
        raise RefusedError("choose a day within the next six months")
    lock_people(session, [person.id])
    query = select(Hold).where(Hold.person_id == person.id, Hold.why == QUIET, Hold.quiet_until.is_not(None))
    for row in session.scalars(query):
        row.quiet_until = None
    if until is not None:
        row = Hold(
            id=new_id(),
            person_id=person.id,
            with_appointments=False,
            opened_at=now,
            who=BY,
            why=QUIET,
            released_at=now,
            released_by=BY,
            quiet_until=until,
        )
        session.add(row)
    note(session, now, BY, "asked for quiet" if until else "ended the quiet", person)


def quiet_until(session: Session, person_id: str, today: date) -> date | None:
    """Until when they have asked for quiet; None when they have not, or it is over."""
    query = select(Hold.quiet_until).where(Hold.person_id == person_id, Hold.why == QUIET)
    return max((day for day in session.scalars(query) if day and day > today), default=None)


def stopped_by(session: Session, person_id: str) -> set[tuple[Channel | None, Purpose | None]]:
    """What this person has stopped themselves, as (channel, purpose); None means every one."""
    wishes = [each for each in Cause if not each.is_about_the_address]
    query = select(OptOut.channel, OptOut.purpose).where(
        OptOut.person_id == person_id, OptOut.undone_at.is_(None), OptOut.cause.in_(wishes)
    )
    return {(channel, purpose) for channel, purpose in session.execute(query)}


def only_appointments(session: Session, services: Services, person: Person, now: datetime) -> None:
    """Stop check-ins, support and surveys; messages about appointments go on."""
    for purpose in SPACED:
        opt_out(session, Stop(Cause.OWN_PAGE, person.id, purpose=purpose), now, who=BY)
    _changed(session, services, person, now, "kinds")


def everything_again(session: Session, services: Services, person: Person, now: datetime) -> None:
    """Take back what they had stopped by kind; a channel that they stopped is started where they stopped it."""
    lock_people(session, [person.id])
    query = select(OptOut).where(
        OptOut.person_id == person.id, OptOut.undone_at.is_(None), OptOut.purpose.in_(SPACED)
    )
    for row in session.scalars(query):
        undo(session, row, now, who=BY, why=BECAUSE)
    _changed(session, services, person, now, "kinds")


def stop_all(session: Session, services: Services, person: Person, now: datetime) -> None:
    """No texts and emails any more; staff agree another way, and the place on the list stays."""
    stop = opt_out(session, Stop(Cause.OWN_PAGE, person.id), now, who=BY)
    agree_another_way(session, services, person.id, stop, now)


def call_times(session: Session, services: Services, person: Person, now: datetime) -> list[Talk]:
    """Mornings and afternoons in which somebody has room to ring this person."""
    base = person.language.partition("-")[0]
    wish = Wish(None if base == "en" else base)
    query = select(Task.assignee_id, Task.due_at).where(
        Task.kind == TaskKind.CALLBACK, Task.state != TaskState.CLOSED, Task.begins_at.is_not(None)
    )
    promised = Counter((peer_id, ends) for peer_id, ends in session.execute(query))
    times = talk_times(peers(session, now), wish, now, services.calendar)
    free = [each for each in times if _room(each) > promised[each.peer_id, each.ends]]
    return free[:MOST_TIMES]


def _room(talk: Talk) -> int:
    return int((talk.ends - talk.starts) / CALL_TAKES)


def ask_for_call(
    session: Session, services: Services, person: Person, ends: datetime | None, now: datetime
) -> Task:
    """A callback at the chosen time, or as soon as staff can where none is given; one is open at a time.

    Raises RefusedError when the time has been taken meanwhile.
    """
    lock_people(session, [person.id])
    talk = _chosen(session, services, person, ends, now) if ends else None
    words = talk_in_words(talk, services.calendar) if talk else None
    task = _open_callback(session, person) or _new_callback(session, services, person, now)
    if talk:
        task.assignee_id, task.begins_at, task.due_at = talk.peer_id, talk.starts, talk.ends
        task.state, task.claimed_at, task.wished_time = TaskState.CLAIMED, now, words
    why = "a callback is open"
    hold(session, person.id, now, who="outreach", why=why, task_id=task.id, ends_at=now + CALLBACK_HOLDS)
    note(session, now, BY, "asked for a call", task)
    return task


def _chosen(session: Session, services: Services, person: Person, ends: datetime, now: datetime) -> Talk:
    """The time they chose, with its peer worker locked, so that two people never get the last room in it."""
    session.execute(select(StaffMember.id).order_by(StaffMember.id).with_for_update())
    for talk in call_times(session, services, person, now):
        if talk.ends == ends:
            return talk
    raise RefusedError(TAKEN)


def _open_callback(session: Session, person: Person) -> Task | None:
    query = select(Task).where(
        Task.person_id == person.id, Task.kind == TaskKind.CALLBACK, Task.state != TaskState.CLOSED
    )
    return session.scalar(query.order_by(Task.id).limit(1).with_for_update())


def _new_callback(session: Session, services: Services, person: Person, now: datetime) -> Task:
    referral = current_referral(session, person.id)
    base = person.language.partition("-")[0]
    new = NewTask(
        kind=TaskKind.CALLBACK,
        urgency=Urgency.SOON,
        cause=f"own_page:{person.id}:{now.isoformat()}",
        reason="asked for a call on their own page",
        due_at=duties(session, services.calendar, now).in_two_days,
        person_id=person.id,
        referral_id=referral.id if referral else None,
        wished_language=None if base == "en" else base,
    )
    return raise_task(session, services.keyring, new, now)


def _take(
    session: Session, services: Services, person: Person, kind: ChoiceKind, *, listed: str, now: datetime
) -> None:
    """Remember what the list said when they chose, so that the same list does not undo their choice."""
    lock_people(session, [person.id])
    remember(session, services, person.id, kind, listed=listed, now=now)


def remember(
    session: Session, services: Services, person_id: str, kind: ChoiceKind, *, listed: str, now: datetime
) -> None:
    """Keep a choice against the list; who chooses again chooses against what the list said at first."""
    if any(each.kind is kind for each in standing_choices(session, [person_id])):
        return
    token = listed_token(services, kind, listed)
    session.add(OwnChoice(id=new_id(), person_id=person_id, kind=kind, listed_token=token, at=now))


def listed_token(services: Services, kind: ChoiceKind, listed: str) -> bytes:
    """What the list says, as a blind token."""
    return services.keyring.blind(f"listed {kind.value}", listed)


def _changed(session: Session, services: Services, person: Person, now: datetime, *columns: str) -> None:
    note(session, now, BY, "chose", person, columns=list(columns))
    session.flush()
    replan(session, services, [person.id], now, because=BECAUSE)


def talks_by_end(talks: Sequence[Talk]) -> dict[str, Talk]:
    """Each time under the word that a form carries for it."""
    return {talk.ends.isoformat(): talk for talk in talks}
