"""Attempts that are about to be made, written in a few statements however many they are."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from outreach.actions.circumstances import Case, Circumstances
from outreach.actions.compose import Composed
from outreach.actions.own_words import wanted_instead
from outreach.models import Attempt, Message, PageLink
from outreach.models.base import new_id
from outreach.models.lists import among, table_of, write_many
from outreach.models.message import sealed_body
from outreach.ports import OutboundEmail, OutboundText
from outreach.rules.guard import validity
from outreach.services import Services
from outreach.vocabulary import MessageState

COLUMNS = (
    "attempts",
    "attempt_id",
    "sending_at",
    "valid_until",
    "channel",
    "language",
    "wanted_language",
    "segments",
    "body",
)
NEW_ATTEMPT, NEW_LINK = insert(table_of(Attempt)), insert(table_of(PageLink))
BEGIN = (
    update(table_of(Message))
    .where(Message.__table__.c.id == bindparam("message"))
    .values(state=MessageState.SENDING, reason="", **{name: bindparam(name) for name in COLUMNS})
)
MADE_FROM = (
    update(table_of(Message))
    .where(among(Message.__table__.c.id))
    .values(template_version_id=bindparam("version"))
)
"""On its own: in a statement that also changes the state it would make SQLite write the whole row anew."""


@dataclass(slots=True)
class Handover:
    """One message that is committed as `sending` and must now be handed over once, within seconds."""

    message_id: str
    person_id: str | None
    attempt_id: str
    number: int
    committed_at: datetime
    outbound: OutboundText | OutboundEmail
    introduces: bool = True


@dataclass(slots=True)
class Begun:
    """What is about to be handed over."""

    handovers: list[Handover] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    made_from: dict[str | None, list[str]] = field(default_factory=dict)

    def write(self, session: Session) -> None:
        """Put it all down."""
        write_many(session, BEGIN, self.messages)
        for version, ids in self.made_from.items():
            session.execute(MADE_FROM, {"version": version, "ids": ids})
        write_many(session, NEW_ATTEMPT, self.attempts)
        write_many(session, NEW_LINK, self.links)

    def add(self, services: Services, around: Circumstances, case: Case, composed: Composed) -> None:
        """One more attempt, with its place in the day's cap and in what reaches the person."""
        message, now, words, keyring = case.message, around.now, composed.words, services.keyring
        attempt_id, number = new_id(), message.attempts + 1
        valid_for = validity(now, services.calendar, message.purpose)
        html = words.html if message.enrolment_id is None else ""  # a scheduled one is put into words again
        self.messages.append(
            {
                "message": message.id,
                "attempts": number,
                "attempt_id": attempt_id,
                "sending_at": now,
                "valid_until": now + valid_for,
                "channel": case.way.channel,
                "language": words.language,
                "wanted_language": wanted_instead(case.person.row.language, words.language)
                if case.person
                else None,
                "segments": composed.segments,
                "body": sealed_body(keyring, message.id, words.subject, words.text, html),
            }
        )
        self.attempts.append(
            {
                "id": attempt_id,
                "message_id": message.id,
                "number": number,
                "started_at": now,
                "body_digest": keyring.digest(words.text),
                "reason": "",
            }
        )
        if words.version_id != message.template_version_id:
            self.made_from.setdefault(words.version_id, []).append(message.id)
        if link := around.links.pop(message.id, None):
            self.links.append(link)
        around.room_today -= 1
        if case.person:
            case.person.reached.append((now, message.purpose))
        outbound = composed.outbound(services, attempt_id, valid_for)
        self.handovers.append(
            Handover(message.id, message.person_id, attempt_id, number, now, outbound, message.introduces)
        )
