"""Lets simulated months pass: the real import, planner, sender, hooks' actions and staff work, day by day."""

import csv
import hashlib
import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from outreach.actions.alert import send_alerts
from outreach.actions.escalate import escalate
from outreach.actions.group_rounds import look_after_groups
from outreach.actions.import_waitlist import Taking, import_waitlist
from outreach.actions.reach_out import reach_out
from outreach.actions.take_receipt import take_receipt
from outreach.actions.take_reply import take_reply
from outreach.demo import opinions, words
from outreach.demo.lives import PRACTICE, Life
from outreach.demo.staff_days import StaffDays
from outreach.demo.team import Team
from outreach.engines.jobs import tick
from outreach.models import Enrolment, Message, Person, Referral
from outreach.ports import InboundMessage, Receipt
from outreach.rules.waitlist import read_rows
from outreach.rules.waitlist_columns import COLUMNS
from outreach.services import Services
from outreach.vocabulary import LEFT_US, Channel, MessageState, Purpose, ReceiptStatus
from outreach.waitlist_file import read_waitlist

OUR_NUMBER = "+447700900999"
OUR_ADDRESS = "hello@example.org"

LIST_COMES_AT = time(8, 10)
STAFF_WORK_AT = (time(9, 40), time(15, 10))
PAPERS_AT = time(15, 30)

ANSWERS_OF_A_HUNDRED = 9
"""People who write back to a message that invites an answer."""

STEP = timedelta(minutes=1)


@dataclass(slots=True)
class Hands:
    """The hands of the simulated clock."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass(order=True, slots=True)
class _Planned:
    at: datetime
    number: int
    do: Callable[[], object] = field(compare=False)


class History:
    """Some months of one service. Nothing here writes a table by itself: it calls what the service calls."""

    def __init__(
        self,
        services: Services,
        hands: Hands,
        lives: Sequence[Life],
        team: Team,
        *,
        seed: int,
        list_file: Path,
    ) -> None:
        self._services, self._hands, self._lives, self._team = services, hands, lives, team
        self._seed, self._list_file = seed, list_file
        self._agenda: list[_Planned] = []
        self._number = 0
        self._heard: set[str] = set()
        self._staff = StaffDays(services, team, seed, self.plan)

    def rest_from(self, at: datetime) -> None:
        """From then on the team only acknowledges alarms: what comes in is left to whoever tries the demo."""
        self._staff.rest_from = at

    def pass_time(self, until: datetime, told: Callable[[date], None]) -> None:
        """Live from now on the clock to `until`; `told` hears of each new day."""
        self._fill_agenda(until)
        day = None
        while True:
            due = self._next_due()
            planned = self._agenda[0].at if self._agenda else None
            at = min((each for each in (due, planned) if each), default=until)
            if at >= until:
                break
            self._hands.at = max(at, self._hands.at)
            today = self._services.calendar.day_of(self._hands.at)
            if today != day:
                day = today
                told(day)
            if planned is not None and planned <= self._hands.at:
                heapq.heappop(self._agenda).do()
            else:
                self._send()
        self._hands.at = until

    def write_list(self, day: date) -> int:
        """Write the waiting list of this day as a CSV file; returns how many rows."""
        rows = [row for row in (life.row(day) for life in self._lives) if row]
        with self._list_file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(COLUMNS))
            writer.writeheader()
            writer.writerows(rows)
        return len(rows)

    def import_list(self) -> None:
        """Take the list of this day in, as `outreach waitlist import` does."""
        day = self._services.calendar.day_of(self._hands.at)
        if not self.write_list(day):
            return
        content = read_waitlist(self._list_file)
        listed = read_rows(content.headers, content.rows, day)
        digest = hashlib.sha256(self._list_file.read_bytes()).digest()
        import_waitlist(self._services, listed, Taking(self._team.admin.name, self._hands.at, digest))

    def writes(self, referral_id: str, body: str, at: datetime) -> None:
        """Somebody texts or emails us these words at this moment."""
        self.plan(at, lambda: self._take(body, *self._reached(referral_id)))

    def writes_from(self, number: str, body: str, at: datetime) -> None:
        """A phone that nobody here knows texts us these words."""
        self.plan(at, lambda: self._take(body, Channel.SMS, number))

    def plan(self, at: datetime, do: Callable[[], object]) -> None:
        """Put something on the agenda."""
        self._number += 1
        heapq.heappush(self._agenda, _Planned(at, self._number, do))

    def _fill_agenda(self, until: datetime) -> None:
        """Lists come on Mondays, and staff work on working days."""
        calendar = self._services.calendar
        day, last = calendar.day_of(self._hands.at), calendar.day_of(until)
        while day <= last:
            if day.weekday() == 0:
                self.plan(calendar.at(day, LIST_COMES_AT), self.import_list)
            if day.weekday() == 4:
                self.plan(calendar.at(day, PAPERS_AT), self._papers)
            if calendar.is_working_day(day):
                for wall in STAFF_WORK_AT:
                    self.plan(calendar.at(day, wall), self._work)
            day += timedelta(days=1)

    def _work(self) -> None:
        now = self._hands.at
        self._staff.work(now)
        for job in (send_alerts, escalate, look_after_groups, reach_out):
            job(self._services, now)
        self._staff.write_letters(now)

    def _papers(self) -> None:
        opinions.papers_of_a_week(self._services, self._seed, self._today())

    def _today(self) -> date:
        return self._services.calendar.day_of(self._hands.at)

    def _next_due(self) -> datetime | None:
        with self._services.read() as session:
            due = [
                session.scalar(select(func.min(Enrolment.next_due_at)).where(Enrolment.ended_at.is_(None))),
                session.scalar(
                    select(func.min(Message.planned_for)).where(Message.state == MessageState.PLANNED)
                ),
            ]
        found = min((each for each in due if each), default=None)
        return max(found, self._hands.at + STEP) if found else None

    def _send(self) -> None:
        tick(self._services)
        with self._services.read() as session:
            query = (
                select(
                    Message.id,
                    Message.step,
                    Message.purpose,
                    Message.template,
                    Referral.local_id,
                    Person.language,
                )
                .join(Referral, Referral.id == Message.referral_id)
                .join(Person, Person.id == Message.person_id)
                .where(Message.sending_at == self._hands.at, Message.state.in_(LEFT_US))
                .order_by(Referral.local_id, Message.step)
            )
            sent = session.execute(query).all()
        for row in sent:
            if row.id not in self._heard and not row.purpose.is_at_any_hour:
                self._heard.add(row.id)
                self._perhaps_answers(row)

    def _perhaps_answers(self, sent: Any) -> None:
        """Whoever got this message may write back, or open the survey that it asks for."""
        referral_id, step, purpose = sent.local_id, sent.step, sent.purpose
        chance = random.Random(f"{self._seed} {referral_id} {step} {self._hands.at}")  # noqa: S311
        if purpose is Purpose.SURVEY:
            opinions.perhaps_answer(self._services, sent.template.rpartition("/")[2], chance, self._today())
            return
        inclined = ANSWERS_OF_A_HUNDRED * (0.4 if purpose is Purpose.APPOINTMENT else 1)
        if chance.random() * 100 >= inclined:
            return
        likely = words.LIKELY if referral_id != PRACTICE else words.AT_EASE
        kinds = chance.choices(likely, [each[0] for each in likely])[0]
        body = words.OTHER_LANGUAGES.get(sent.language) or chance.choice(kinds[1])
        self.writes(referral_id, body, self._hands.at + timedelta(minutes=chance.randint(2, 60 * 20)))

    def _reached(self, referral_id: str) -> tuple[Channel, str]:
        """How this person writes to us, and from which address."""
        with self._services.read() as session:
            query = select(Person).join(Referral, Referral.person_id == Person.id)
            person = session.scalars(query.where(Referral.local_id == referral_id)).one()
            details = person.opened(self._services.keyring)
        return (Channel.SMS, details.mobile) if details.mobile else (Channel.EMAIL, details.email)

    def _take(self, body: str, channel: Channel, sender: str) -> None:
        """The words come in as a provider's hook brings them, and the phone says that our answer arrived."""
        now, self._number = self._hands.at, self._number + 1
        recipient = OUR_NUMBER if channel is Channel.SMS else OUR_ADDRESS
        inbound = InboundMessage(f"demo-{self._number}", channel, sender, recipient, body)
        answered = take_reply(self._services, inbound, now)
        if answered.attempt_id:
            news = Receipt(f"demo-answer-{self._number}", ReceiptStatus.DELIVERED)
            take_receipt(self._services, news, now, answered.attempt_id)
        self._staff.hear(now)
