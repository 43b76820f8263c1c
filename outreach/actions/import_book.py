"""Collects what the rows of one batch of a waiting list change, and writes it in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from outreach.actions.duty import Duties
from outreach.actions.import_known import OF_PERSON, OF_REFERRAL, Known, KnownPerson, KnownReferral
from outreach.actions.tasks import NewTask, raise_tasks
from outreach.actions.waits import Wait, WaitingPerson, complete_newcomers
from outreach.models import Appointment, Event, LookupToken, Person, Referral, StageEvent
from outreach.models.base import Base, new_id
from outreach.models.bulk import insert_rows, update_rows
from outreach.models.person import Details, sealed_details
from outreach.rules.pathway import Visit, stage_of
from outreach.services import Services
from outreach.vocabulary import NumberIs, Stage

NOT_ON_A_LIST = {"day_part": None, "texts_suit": None, "emails_suit": None}
"""What only the person or staff can say."""


@dataclass(slots=True)
class ImportBook:
    """The pages of one transaction: filled row by row, written once.

    `reasons` tells for whom messages must be planned afresh, and why in words.
    """

    session: Session
    services: Services
    known: Known
    now: datetime
    who: str
    duties: Duties
    reasons: dict[str, str] = field(default_factory=dict)
    _stages: list[dict[str, Any]] = field(default_factory=list)
    _booked: list[dict[str, Any]] = field(default_factory=list)
    _edited: list[dict[str, Any]] = field(default_factory=list)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _tasks: list[NewTask] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The local day."""
        return self.services.calendar.day_of(self.now)

    def new_person(self) -> KnownPerson:
        """Somebody of whom nothing is known yet."""
        columns: dict[str, Any] = {column.key: None for column in OF_PERSON}
        columns |= {"language": "en", "interpreter": False, "number_is": NumberIs.OWN}
        person = KnownPerson(new_id(), Details(), columns, is_new=True)
        self.known.people[person.id] = person
        return person

    def new_referral(self, local_id: str, person: KnownPerson) -> KnownReferral:
        """A referral that was not on record."""
        columns: dict[str, Any] = {column.key: None for column in OF_REFERRAL}
        referral = KnownReferral(new_id(), local_id, person.id, columns, is_new=True)
        self.known.referrals[local_id] = referral
        return referral

    def stage_date(self, referral: KnownReferral, kind: str, on: date, why: str) -> None:
        """Add a dated fact about a referral."""
        self._add_stage(referral, kind, why, on_date=on)

    def restage(self, referral: KnownReferral, why: str) -> None:
        """Move the referral to the stage that its facts now amount to."""
        stage = stage_of(referral.dates, referral.visits)
        if referral.put("stage", stage):
            self._add_stage(referral, "stage", why, stage=stage)

    def _add_stage(
        self,
        referral: KnownReferral,
        kind: str,
        why: str,
        on_date: date | None = None,
        stage: Stage | None = None,
    ) -> None:
        self._stages.append(
            {
                "id": new_id(),
                "referral_id": referral.id,
                "kind": kind,
                "on_date": on_date,
                "stage": stage,
                "recorded_at": self.now,
                "who": self.who,
                "why": why,
            }
        )

    def book_visit(self, referral: KnownReferral, visit: Visit) -> None:
        """Store a new appointment."""
        row = new_id()
        referral.visits.append(
            Visit(row, visit.kind, visit.on, visit.at, visit.place, visit.attendance, visit.called_off)
        )
        referral.is_changed = True
        self._booked.append(
            {
                "id": row,
                "referral_id": referral.id,
                "kind": visit.kind,
                "on_date": visit.on,
                "at_time": visit.at,
                "place": visit.place,
                "attendance": visit.attendance,
                "attendance_recorded_at": self.now if visit.attendance else None,
                "created_at": self.now,
            }
        )

    def edit_visit(self, referral: KnownReferral, visit: Visit) -> None:
        """Correct a stored appointment."""
        former = self._replace(referral, visit)
        values: dict[str, Any] = {
            "id": visit.row,
            "at_time": visit.at,
            "place": visit.place,
            "attendance": visit.attendance,
        }
        if visit.attendance is not former.attendance:
            values["attendance_recorded_at"] = self.now
        self._edited.append(values)
        changed = [
            name for name in ("at", "place", "attendance") if getattr(visit, name) != getattr(former, name)
        ]
        self.event(Appointment, visit.row, "corrected", columns=changed)

    def call_off(self, referral: KnownReferral, visit: Visit, because: str) -> None:
        """An appointment moved, or is gone from the list."""
        self._replace(
            referral, Visit(visit.row, visit.kind, visit.on, visit.at, visit.place, visit.attendance, True)
        )
        self._edited.append({"id": visit.row, "cancelled_at": self.now, "cancelled_because": because})

    def _replace(self, referral: KnownReferral, visit: Visit) -> Visit:
        referral.is_changed = True
        former = next(each for each in referral.visits if each.row == visit.row)
        referral.visits[referral.visits.index(former)] = visit
        return former

    def event(self, table: type[Base], subject_id: str, verb: str, **facts: object) -> None:
        """Add to the audit trail; `facts` hold names of columns, never values."""
        self._events.append(
            {
                "id": new_id(),
                "at": self.now,
                "who": self.who,
                "verb": verb,
                "subject": table.__tablename__,
                "subject_id": subject_id,
                "facts": facts,
            }
        )

    def task(self, new: NewTask) -> None:
        """Raise work for staff, unless it already was."""
        self._tasks.append(new)

    def newcomers(self) -> dict[str, WaitingPerson]:
        """Those who were on record in no way, complete for planning."""
        people = {
            person.id: WaitingPerson(
                person.id, SimpleNamespace(**{**NOT_ON_A_LIST, **person.columns}), person.details, None
            )
            for person in self.known.people.values()
            if person.is_new
        }
        for each in self.known.referrals.values():
            if each.person_id in people:
                wait = Wait(each.id, each.local_id, each.columns["stage"], each.dates, each.visits)
                people[each.person_id].waits.append(wait)
        complete_newcomers(self.session, self.services.keyring, people)
        return people

    def write(self) -> None:
        """Write every page; the caller's transaction makes it all or nothing."""
        people = self.known.people.values()
        self._write_people(
            [each for each in people if each.is_new],
            [each for each in people if not each.is_new and each.changed],
        )
        referrals = self.known.referrals.values()
        insert_rows(
            self.session, Referral, [self._new_referral_row(each) for each in referrals if each.is_new]
        )
        update_rows(
            self.session,
            Referral,
            [{"id": each.id, **each.columns} for each in referrals if each.is_changed and not each.is_new],
        )
        insert_rows(self.session, Appointment, self._booked)
        if self._edited:
            self.session.execute(update(Appointment), self._edited)
        insert_rows(self.session, StageEvent, self._stages)
        insert_rows(self.session, Event, self._events)
        if self._tasks:
            raise_tasks(self.session, self.services.keyring, self._tasks, self.now)

    def _write_people(self, new: Sequence[KnownPerson], changed: Sequence[KnownPerson]) -> None:
        keyring = self.services.keyring
        rows = {
            each.id: {
                "id": each.id,
                "details": sealed_details(keyring, each.id, each.details),
                **each.columns,
            }
            for each in (*new, *changed)
        }
        insert_rows(self.session, Person, [{**rows[each.id], "created_at": self.now} for each in new])
        update_rows(self.session, Person, [rows[each.id] for each in changed])
        for each in changed:
            self.event(Person, each.id, "changed", columns=each.changed)
        stale = [each.id for each in changed]
        if stale:
            self.session.execute(delete(LookupToken).where(LookupToken.person_id.in_(stale)))
        insert_rows(
            self.session,
            LookupToken,
            [
                {"person_id": each.id, "kind": kind, "token": keyring.blind(kind, value)}
                for each in (*new, *changed)
                for kind, value in each.details.lookups
            ],
        )

    def _new_referral_row(self, referral: KnownReferral) -> dict[str, Any]:
        return {
            "id": referral.id,
            "local_id": referral.local_id,
            "person_id": referral.person_id,
            "created_at": self.now,
            **referral.columns,
        }
