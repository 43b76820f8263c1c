"""What the made-up team does on a working day: reads replies, rings people, answers alarms, clears its list."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions import hand_off
from outreach.actions.alert import send_alerts
from outreach.actions.letter_words import not_to_post
from outreach.actions.letters import letter_called, mark_posted, print_letters, undo_letter
from outreach.actions.read_reply import mark_read
from outreach.demo import words
from outreach.demo.team import Team
from outreach.models import LetterBatch, Referral, Reply, StaffMember, Task
from outreach.services import Services
from outreach.vocabulary import TaskKind, TaskState, TryResult

Planner = Callable[[datetime, Callable[[], object]], None]
"""Puts something on the agenda of the simulated time."""

ALARM_HEARD_AFTER = timedelta(minutes=11)
ALARM_SETTLED_AFTER = timedelta(hours=4)
RINGS_AFTER = timedelta(minutes=25)

NEVER = datetime.max.replace(tzinfo=UTC)


class StaffDays:
    """The team at work, until `rest_from`. Each task has its own chance, so that one more changes no other."""

    def __init__(self, services: Services, team: Team, seed: int, plan: Planner) -> None:
        self._services, self._team, self._seed, self._plan = services, team, seed, plan
        self._known: set[str] = set()
        self.rest_from = NEVER

    def work(self, now: datetime) -> None:
        """Half a day's work."""
        if now >= self.rest_from:
            return
        with self._services.begin() as session:
            reader = self._member(session, self._team.reader_on(self._services.calendar.day_of(now)))
            for reply in session.scalars(select(Reply).where(Reply.read_at.is_(None)).order_by(Reply.id)):
                mark_read(session, reply, reader, now)
            open_tasks = select(Task).where(Task.state != TaskState.CLOSED, Task.opened_at < now)
            for task in session.scalars(open_tasks.order_by(Task.opened_at, Task.id)).all():
                session.refresh(task)
                if task.state is not TaskState.CLOSED:
                    self._work_on(session, task, now)

    def write_letters(self, now: datetime) -> None:
        """The admin prints what waits; on the next half day it is in the post. The last stays on the desk."""
        admin = self._team.admin.name
        with self._services.begin() as session:
            printed = select(LetterBatch).where(LetterBatch.posted_at.is_(None), LetterBatch.made_at < now)
            batches = session.scalars(printed).all() if now < self.rest_from else []
            for batch in batches:
                for letter_id, why in not_to_post(session, self._services, batch.id, now).items():
                    letter = letter_called(session, letter_id)
                    undo_letter(session, letter, self._member(session, self._team.admin), now, why)
                mark_posted(session, self._services, batch, now, admin)
        if now < self.rest_from:
            print_letters(self._services, now, admin)

    def hear(self, now: datetime) -> None:
        """Something came in: an alarm is acknowledged soon and settled the same day, a call made when promised."""
        with self._services.read() as session:
            query = select(Task).where(Task.state != TaskState.CLOSED).order_by(Task.opened_at, Task.id)
            new = [task for task in session.scalars(query) if task.id not in self._known]
        self._known |= {task.id for task in new}
        for task in new:
            if task.kind is TaskKind.URGENT:
                rung = max(now, task.next_alert_at or now)
                self._plan(rung, partial(send_alerts, self._services, rung))
                heard = rung + ALARM_HEARD_AFTER
                self._plan(heard, partial(self._acknowledge, task.id, heard))
                settled = heard + ALARM_SETTLED_AFTER
                self._plan(settled, partial(self._settle, task.id, settled))
            elif task.kind is TaskKind.CALLBACK:
                at = max(now, task.begins_at or now) + RINGS_AFTER
                self._plan(at, partial(self._call, task.id, at))

    def _acknowledge(self, task_id: str, now: datetime) -> None:
        with self._services.begin() as session:
            task = session.get_one(Task, task_id)
            if task.state is not TaskState.CLOSED:
                hand_off.acknowledge(session, task, self._member(session, self._team.clinician), now)

    def _settle(self, task_id: str, now: datetime) -> None:
        with self._services.begin() as session:
            task = session.get_one(Task, task_id)
            if task.state is not TaskState.CLOSED and now < self.rest_from:
                clinician = self._member(session, self._team.clinician)
                hand_off.close(session, task, clinician, now, hand_off.Outcome(words.SAFE))

    def _call(self, task_id: str, now: datetime) -> None:
        with self._services.begin() as session:
            task = session.get_one(Task, task_id)
            if task.state is not TaskState.CLOSED and now < self.rest_from:
                self._ring(session, task, now)

    def _work_on(self, session: Session, task: Task, now: datetime) -> None:
        if task.kind is TaskKind.CALLBACK:
            if now >= max(task.begins_at or task.opened_at, task.opened_at) + RINGS_AFTER:
                self._ring(session, task, now)
        elif task.kind is not TaskKind.URGENT and self._chance(session, task, now).random() < 0.5:
            admin = self._member(session, self._team.admin)
            hand_off.close(session, task, admin, now, hand_off.Outcome(words.SETTLED))

    def _ring(self, session: Session, task: Task, now: datetime) -> None:
        """Whoever has the call rings when it was promised; without an answer they try again on another day."""
        chance = self._chance(session, task, now)
        has_it = next((each for each in self._team.peers if each.id == task.assignee_id), None)
        today = self._services.calendar.day_of(now)
        peer = self._member(session, has_it or self._team.reader_on(today))
        hand_off.claim(session, task, peer, now)
        reached = chance.random() < 0.7
        result = TryResult.REACHED if reached else TryResult.NO_ANSWER
        hand_off.record_try(session, self._services, task, peer, now=now, result=result)
        if reached:
            hand_off.close(session, task, peer, now, hand_off.Outcome(chance.choice(words.TALKED)))

    def _chance(self, session: Session, task: Task, now: datetime) -> random.Random:
        referral = session.get(Referral, task.referral_id) if task.referral_id else None
        return random.Random(f"{self._seed} {referral and referral.local_id} {task.kind} {now}")  # noqa: S311

    def _member(self, session: Session, member: StaffMember) -> StaffMember:
        return session.get_one(StaffMember, member.id)
