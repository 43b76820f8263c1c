"""One task as its page shows it: how to reach the person safely first, then the words, the tries, what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.ask_the_team import wants_to_talk
from outreach.actions.following import FLAGGED
from outreach.actions.hand_off import MAY_ACKNOWLEDGE, MAY_CLOSE_URGENT, days_tried
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Reply, StaffMember, Task
from outreach.models.draft import draft_of
from outreach.models.staff import duty_on, staff_with
from outreach.models.task import tries_at
from outreach.rules.due_words import due_in_words, moment_in_words
from outreach.rules.tongues import language_name
from outreach.services import Services
from outreach.vocabulary import NumberIs, Role, TaskKind, TaskState, Urgency
from outreach.web.people_shown import as_dialled, full_name, languages, marks_of
from outreach.web.task_lists import who_looks, wishes
from outreach.web.task_words import CALLS, KindWords, kind_words
from outreach.web.task_words import TRIES as TRY_WORDS

WHOSE = {NumberIs.SHARED: "somebody else may answer: the phone is shared", NumberIs.CARER: "a carer answers"}


@dataclass(frozen=True, slots=True)
class Try:
    """One try as people read it."""

    when: str
    who: str
    result: str
    words: str


@dataclass(frozen=True, slots=True)
class Phone:
    """A number to press."""

    label: str
    shown: str
    rings: str


@dataclass(frozen=True, slots=True)
class TaskShown:
    """Everything on the page of one task."""

    task: Task
    kind: KindWords
    name: str
    when: str
    is_late: bool
    know: Sequence[str]
    contact_note: str
    phones: Sequence[Phone]
    email: str
    voicemail: bool
    tries: Sequence[Try]
    days_in_vain: int
    holder: str
    is_mine: bool
    is_open: bool
    is_urgent: bool
    is_call: bool
    may_work: bool
    may_acknowledge: bool
    may_close: bool
    looking: str
    wants_talk: str
    handover: str
    has_words: bool
    is_flagged: bool
    words: str
    reply_id: str | None
    resting: str
    draft: str
    on_duty: Sequence[Phone]
    aftermath: Sequence[str]


def shown(
    session: Session,
    services: Services,
    task: Task,
    member: StaffMember,
    now: datetime,
    *,
    with_words: bool,
    aftermath: Sequence[str] = (),
) -> TaskShown:
    """Gather the page. Flagged words come only `with_words`: they stay folded until somebody opens them."""
    person = _person(session, services, task)
    tries = tries_at(session, task.id)
    flagged = _is_flagged(session, task)
    is_open, is_urgent = task.state is not TaskState.CLOSED, task.kind is TaskKind.URGENT
    draft = draft_of(session, member.id, f"task:{task.id}:note")
    holder = session.get(StaffMember, task.assignee_id) if task.assignee_id else None
    rests = task.rests_until if task.rests_until and task.rests_until > now else None
    talk = wants_to_talk(session, [task.id]).get(task.id)
    return TaskShown(
        task=task,
        kind=kind_words(task.kind),
        name=full_name(person) if person else "Nobody on record yet",
        when=due_in_words(task.due_at, now, services.calendar),
        is_late=is_open and task.due_at < now and task.urgency is not Urgency.URGENT,
        know=tuple(_know(session, services, task, person, now)),
        contact_note=person.details.contact_note if person else "",
        phones=_phones(person),
        email=person.details.email if person and person.row.safe_to_email is not False else "",
        voicemail=person is not None and person.row.safe_to_voicemail is True,
        tries=[
            Try(
                moment_in_words(each.at, now, services.calendar),
                each.who,
                TRY_WORDS.get(each.result, each.result.value),
                each.opened_note(services.keyring),
            )
            for each in tries
        ],
        days_in_vain=days_tried(session, services, task),
        holder=holder.name if holder else "",
        is_mine=task.assignee_id == member.id,
        is_open=is_open,
        is_urgent=is_urgent,
        is_call=task.kind in CALLS,
        may_work=_may_work(task, member),
        may_acknowledge=member.role in MAY_ACKNOWLEDGE,
        may_close=not is_urgent or member.role in MAY_CLOSE_URGENT,
        looking=who_looks(session, member, [task.id], now).get(task.id, ""),
        wants_talk=f"{talk.who}, {moment_in_words(talk.at, now, services.calendar)}" if talk else "",
        handover=task.opened_handover(services.keyring),
        has_words=task.words is not None,
        is_flagged=flagged,
        words=task.opened_words(services.keyring) if with_words or not flagged else "",
        reply_id=task.reply_id,
        resting=_resting(task, rests, services, now),
        draft=draft.opened(services.keyring) if draft else "",
        on_duty=on_duty(session, services, now),
        aftermath=aftermath,
    )


def _may_work(task: Task, member: StaffMember) -> bool:
    """Say how a try went: whoever has it, whoever would take it with that, and those who watch over the work."""
    is_free = task.assignee_id is None and task.kind is not TaskKind.URGENT
    return is_free or task.assignee_id == member.id or member.role is not Role.PEER_WORKER


def _person(session: Session, services: Services, task: Task) -> WaitingPerson | None:
    if task.person_id is None:
        return None
    return load_people(session, services.keyring, [task.person_id])[task.person_id]


def _is_flagged(session: Session, task: Task) -> bool:
    """Words that may be hard to read are folded, wherever they stand."""
    if task.kind is TaskKind.URGENT:
        return True
    reply = session.get(Reply, task.reply_id) if task.reply_id else None
    return reply is not None and bool(FLAGGED & set(reply.readings))


def _know(
    session: Session, services: Services, task: Task, person: WaitingPerson | None, now: datetime
) -> Sequence[str]:
    """What to know before ringing, the most important first."""
    if person is None:
        return []
    row, told = person.row, []
    if row.deceased_on:
        told.append(f"Recorded as having died on {services.calendar.day_name(row.deceased_on)}")
    told.append(
        "Voicemail is safe"
        if row.safe_to_voicemail is True
        else "Leave no voicemail: it is not safe"
        if row.safe_to_voicemail is False
        else "Leave no voicemail: nobody has asked whether it is safe"
    )
    if row.number_is in WHOSE:
        told.append(f"When it rings, {WHOSE[row.number_is]}")
    if row.interpreter:
        told.append(f"Needs an interpreter: {language_name(row.language)}")
    elif not row.language.startswith("en"):
        told.append(f"Language: {language_name(row.language)}")
    if row.format:
        told.append(f"Needs {row.format.replace('_', ' ')}")
    told += [f"{wish[0].upper()}{wish[1:]}" for wish in wishes(task)]
    return told + marks_of(person, services, languages(session, services), now)


def _phones(person: WaitingPerson | None) -> Sequence[Phone]:
    if person is None:
        return []
    numbers = (("Mobile", person.details.mobile), ("Phone", person.details.phone))
    return [Phone(label, as_dialled(number), number) for label, number in numbers if number]


def _resting(task: Task, rests: datetime | None, services: Services, now: datetime) -> str:
    if rests is None or task.state is TaskState.CLOSED:
        return ""
    return moment_in_words(rests, now, services.calendar) + (
        ", or until they write" if task.until_answer else ""
    )


def on_duty(session: Session, services: Services, now: datetime) -> Sequence[Phone]:
    """Today's duty clinician and deputy with their numbers; without a rota every clinician."""
    duty = duty_on(session, services.calendar.day_of(now))
    named = [("Duty clinician", duty.clinician_id), ("Deputy", duty.deputy_id)] if duty else []
    found = [(label, session.get(StaffMember, each)) for label, each in named if each]
    members = found or [("Clinician", each) for each in staff_with(session, Role.CLINICIAN)]
    return [
        Phone(f"{label}: {each.name}", as_dialled(each.mobile or ""), each.mobile or "")
        for label, each in members
        if each
    ]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may have written from an unknown or shared number."""

    person_id: str
    name: str
    born: str


def candidates_of(session: Session, services: Services, ids: Sequence[str]) -> list[Candidate]:
    """Everyone who has the address that a message came from."""
    people = load_people(session, services.keyring, ids)
    return [_candidate(people[each], services) for each in ids if each in people]


def _candidate(person: WaitingPerson, services: Services) -> Candidate:
    born = person.details.born
    known = f"{services.calendar.day_name(born)} {born.year}" if born else "not known"
    return Candidate(person.id, full_name(person), known)
