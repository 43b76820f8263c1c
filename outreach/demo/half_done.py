"""Work that the made-up team leaves half done, so that each page of a task has something to show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions import hand_off
from outreach.actions.keep_draft import keep_draft
from outreach.actions.put_aside import put_aside
from outreach.demo.team import Team
from outreach.models import Referral, StaffMember, Task
from outreach.services import Services
from outreach.vocabulary import TaskKind, TaskState, TryResult

TRIED = "Rang twice. A child picked up: better after four."
PASSED_ON = "Nadia, could you take this one? They asked for somebody they have talked to before."
BEGUN = "Sounded tired, was glad of"
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class HalfDone:
    """Who asked for a call, who stopped texts, and who is there to practise on: referral ids, blank for nobody."""

    caller: str
    stopped: str
    practice: str


def leave_half_done(services: Services, team: Team, whose: HalfDone, now: datetime) -> None:
    """A call tried in vain and passed on with a note, a task put aside until an answer, a note just begun."""
    with services.begin() as session:
        nadia, lead = (session.get_one(StaffMember, each.id) for each in (team.nadia, team.lead))
        if call := _open_task(session, whose.caller, TaskKind.CALLBACK):
            hand_off.record_try(
                session, services, call, lead, now=now, result=TryResult.NO_ANSWER, words=TRIED
            )
            hand_off.transfer(session, services, call, lead, to=nadia, now=now, words=PASSED_ON)
        if other := _open_task(session, whose.stopped, TaskKind.KEEP_IN_TOUCH):
            hand_off.claim(session, other, nadia, now)
            put_aside(session, other, nadia, now, now + A_WEEK, or_answer=True)
        if begun := _open_task(session, whose.practice, TaskKind.CALLBACK):
            place = f"task:{begun.id}:note"
            keep_draft(session, services.keyring, nadia, place=place, words=BEGUN, now=now)


def _open_task(session: Session, local_id: str, kind: TaskKind) -> Task | None:
    query = (
        select(Task)
        .join(Referral, Referral.id == Task.referral_id)
        .where(Referral.local_id == local_id, Task.kind == kind, Task.state != TaskState.CLOSED)
    )
    return session.scalars(query.order_by(Task.id.desc())).first() if local_id else None
