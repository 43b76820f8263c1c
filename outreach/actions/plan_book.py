"""Collects what planning decides for many people and writes it in a few statements."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from outreach.actions.courses import Course
from outreach.actions.first_contacts import FirstContacts
from outreach.actions.other_ways import Unsendable, open_other_ways
from outreach.actions.own_words import Name
from outreach.actions.waits import Place, Unsent, Wait, WaitingPerson
from outreach.models import Enrolment, Message
from outreach.models.base import new_id
from outreach.models.bulk import insert_rows, update_rows
from outreach.rules.cadence import Schedule
from outreach.rules.contact import Route
from outreach.rules.pathway import anchors_of
from outreach.rules.placing import Placement, deadline
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, AnchorKind, Channel, MessageState

NOT_YET_LOOKED: dict[str, Any] = {"next_due_at": None, "next_step": None}

SOON_ENOUGH = timedelta(days=3)
"""A first contact later than this is spread out with the others instead of going at once."""


@dataclass(slots=True)
class Planned:
    """What planning came to, in messages; `people` is how many were looked at, `upcoming` what they will get."""

    people: int = 0
    planned: int = 0
    cancelled: int = 0
    skipped: int = 0
    upcoming: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(
            self.people + other.people,
            self.planned + other.planned,
            self.cancelled + other.cancelled,
            self.skipped + other.skipped,
            self.upcoming + other.upcoming,
        )


@dataclass(slots=True)
class PlanBook:
    """The pages of one transaction: filled person by person, written once.

    `translated` names the templates that may go in a language other than English.
    """

    session: Session
    services: Services
    now: datetime
    first_contacts: FirstContacts
    translated: Collection[Name]
    upcoming: int = 0
    _begun: list[dict[str, Any]] = field(default_factory=list)
    _begun_again: list[dict[str, Any]] = field(default_factory=list)
    _ended: list[dict[str, Any]] = field(default_factory=list)
    _wakings: dict[str, dict[str, Any]] = field(default_factory=dict)
    _cancelled: list[tuple[str, str]] = field(default_factory=list)
    _messages: list[dict[str, Any]] = field(default_factory=list)
    _unsendable: list[Unsendable] = field(default_factory=list)

    def enrol(self, person: WaitingPerson, wait: Wait, schedule: Schedule) -> None:
        """Begin a schedule, or begin it again with everything it has on record."""
        former = wait.places.get(schedule.key)
        place = Place(
            id=former.id if former else new_id(),
            schedule=schedule.key,
            started_at=self.now,
            first_contact_on=self._late_first_contact(person, wait, schedule),
            next_due_at=None,
            ended_at=None,
            recorded=former.recorded if former else set(),
        )
        wait.places[schedule.key] = place
        values = {"id": place.id, "started_at": self.now, "first_contact_on": place.first_contact_on}
        if former:
            self._begun_again.append({**values, "ended_at": None, "ended_because": None})
        else:
            self._begun.append({**values, "referral_id": wait.id, "schedule": schedule.key})

    def end(self, place: Place, because: str) -> None:
        """Take a referral off a schedule."""
        place.ended_at = self.now
        self._ended.append({"id": place.id, "ended_at": self.now, "ended_because": because})

    def look_again(self, place: Place, at: datetime | None, step: str | None) -> None:
        """Set when planning must look at this enrolment next, and which step follows."""
        self._wakings[place.id] = {"next_due_at": at, "next_step": step}

    def cancel(self, message: Unsent, because: str) -> None:
        """Cancel a message that has not left."""
        self._cancelled.append((message.id, f"cancelled: {because}"))

    def forget(self, message: Unsent, place: Place, because: str) -> None:
        """Cancel a message so that its occurrence is planned afresh."""
        self.cancel(message, because)
        place.recorded.discard((message.step, message.occurrence))

    def message(
        self,
        person: WaitingPerson,
        course: Course,
        placement: Placement,
        state: MessageState,
        *,
        reason: str,
        channel: Channel | None = None,
    ) -> str:
        """Put one occurrence on record; returns the id of its message."""
        occurrence, message_id = placement.occurrence, new_id()
        course.place.recorded.add((occurrence.step.key, occurrence.key))
        about_visit = occurrence.anchor.kind not in (
            AnchorKind.REFERRED,
            AnchorKind.ACCEPTED,
            AnchorKind.THERAPY_ENDED,
        )
        self._messages.append(
            {
                "id": message_id,
                "person_id": person.id,
                "referral_id": course.wait.id,
                "enrolment_id": course.place.id,
                "schedule": course.schedule.key,
                "step": occurrence.step.key,
                "occurrence": occurrence.key,
                "purpose": occurrence.step.purpose,
                "template": occurrence.template,
                "appointment_id": occurrence.anchor.row if about_visit else None,
                "channel": channel,
                "state": state,
                "reason": reason,
                "due_at": occurrence.due,
                "planned_for": placement.at or occurrence.slot,
                "late_after": deadline(occurrence, self.services.calendar),
                "created_at": self.now,
            }
        )
        return message_id

    def unsendable(self, person: WaitingPerson, course: Course, placement: Placement, way: Route) -> None:
        """Put one occurrence on record that no message may carry, with what is done instead."""
        message_id = self.message(person, course, placement, MessageState.CANCELLED, reason=way.reason)
        if way.instead:
            step, anchor, at = (
                placement.occurrence.step,
                placement.occurrence.anchor,
                placement.at or self.now,
            )
            self._unsendable.append(Unsendable(message_id, person, course.wait.id, step, anchor, way, at))

    def write(self, people: int) -> Planned:
        """Write every page; the caller's transaction makes it all or nothing."""
        self._write_enrolments()
        for message_id, reason in self._cancelled:
            self.session.execute(
                update(Message)
                .where(Message.id == message_id, Message.state.in_(CANCELLABLE))
                .values(state=MessageState.CANCELLED, reason=reason, superseded=True)
            )
        insert_rows(self.session, Message, self._messages)
        open_other_ways(self.session, self.services, self._unsendable, self.now)
        states = Counter(values["state"] for values in self._messages)
        return Planned(
            people=people,
            planned=states[MessageState.PLANNED],
            cancelled=len(self._cancelled),
            skipped=states[MessageState.EXPIRED] + states[MessageState.CANCELLED],
            upcoming=self.upcoming,
        )

    def _write_enrolments(self) -> None:
        begun = [{**values, **self._wakings.pop(values["id"], NOT_YET_LOOKED)} for values in self._begun]
        insert_rows(self.session, Enrolment, begun)
        for changes in (self._begun_again, self._ended, self._woken()):
            update_rows(self.session, Enrolment, changes)

    def _woken(self) -> list[dict[str, Any]]:
        return [{"id": place_id, **waking} for place_id, waking in self._wakings.items()]

    def _late_first_contact(self, person: WaitingPerson, wait: Wait, schedule: Schedule) -> date | None:
        """The day for a first contact whose own day is long past: the next with room for those who answer."""
        step = next((step for step in schedule.steps if step.first_contact), None)
        if step is None or person.introduced_at is not None:
            return None
        today = self.services.calendar.day_of(self.now)
        anchors = anchors_of(wait.dates, wait.visits, today)
        days = [
            anchor.on + timedelta(days=step.offset_days) for anchor in anchors if anchor.kind is step.anchor
        ]
        if not days or min(days) >= today - SOON_ENOUGH:
            return None
        return self.first_contacts.next_day(self.session)
