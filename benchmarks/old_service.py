"""A service that has run for years: many people, messages and replies with words, and a pile of open work."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from outreach.models import Base, Message, Referral, Reply, Task, TemplateVersion
from outreach.models.base import new_id
from outreach.models.message import sealed_body
from outreach.sealing import Keyring
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, Role, TaskKind, Urgency
from tests import cast
from tests.crowd import crowd, enrol
from tests.house import clock_of
from tests.web.site import NAMES

AT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
DAYS = 700
AT_ONCE = 5_000
WORDS = (
    "Hello, this is the waiting list team. We have not forgotten you, and nothing is needed from you now. "
    * 2
)
KINDS = (
    (TaskKind.CALLBACK, Urgency.SOON),
    (TaskKind.CHANGE, Urgency.ROUTINE),
    (TaskKind.KEEP_IN_TOUCH, Urgency.ROUTINE),
    (TaskKind.URGENT, Urgency.URGENT),
)


def fill(services: Services, *, people: int, messages: int, tasks: int) -> None:
    """So many people on the list with their messages, a reply from every fourth, and so many open tasks."""
    lot = random.Random(3)
    clock_of(services).set(AT - timedelta(days=DAYS))
    crowd(services, people, referred_on=date(2024, 4, 8))
    clock_of(services).set(AT)
    enrol(services)
    with services.begin() as session:
        for role, name in NAMES.items():
            cast.staff(session, services, name, role, hours=role is Role.PEER_WORKER)
    with services.read() as session:
        keys = sorted(set(session.scalars(select(TemplateVersion.key))))
        waits = [tuple(row) for row in session.execute(select(Referral.id, Referral.person_id))]
    keyring = services.keyring
    replies = [_reply(keyring, lot, person) for _, person in waits[::4]]
    _write(
        services,
        Message,
        (_message(keyring, lot, lot.choice(keys), *waits[number % len(waits)]) for number in range(messages)),
    )
    _write(services, Reply, replies)
    _write(services, Task, (_task(lot, number, waits, replies) for number in range(tasks)))


def _write(services: Services, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    coming = iter(rows)
    while batch := list(islice(coming, AT_ONCE)):
        with services.begin() as session:
            session.connection().execute(insert(table), batch)


def _some_time(lot: random.Random) -> datetime:
    return AT - timedelta(days=lot.randrange(1, DAYS), minutes=lot.randrange(300))


def _message(
    keyring: Keyring, lot: random.Random, key: str, referral_id: str, person_id: str
) -> dict[str, Any]:
    at, message_id = _some_time(lot), new_id()
    state = lot.choices(
        (MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.CANCELLED, MessageState.UNCONFIRMED),
        (9000, 400, 600, 4),
    )[0]
    was_sent = state is not MessageState.CANCELLED
    return {
        "id": message_id,
        "person_id": person_id,
        "referral_id": referral_id,
        "schedule": "waiting-for-therapy",
        "step": "check-in",
        "occurrence": message_id,
        "purpose": Purpose.CHECK_IN,
        "template": key,
        "channel": Channel.SMS,
        "language": "en",
        "state": state,
        "reason": "" if was_sent else "cancelled: its date no longer stands",
        "superseded": False,
        "due_at": at,
        "planned_for": at,
        "created_at": at,
        "attempts": 1,
        "sending_at": at if was_sent else None,
        "sent_at": at if was_sent else None,
        "segments": 2,
        "body": sealed_body(keyring, message_id, "", WORDS),
    }


def _reply(keyring: Keyring, lot: random.Random, person_id: str) -> dict[str, Any]:
    reply_id, at = new_id(), _some_time(lot)
    mobile = f"+447700900{lot.randrange(1000):03}"
    is_old = lot.random() < 0.95
    return {
        "id": reply_id,
        "provider_id": reply_id,
        "channel": Channel.SMS,
        "sender": keyring.seal(mobile, f"reply|sender|{reply_id}"),
        "sender_token": keyring.blind("mobile", mobile),
        "body": keyring.seal("Thank you, that helps", f"reply|body|{reply_id}"),
        "received_at": at,
        "acted_at": at,
        "read_at": at if is_old else None,
        "read_by": "Pat Peer" if is_old else None,
        "person_id": person_id,
        "candidates": [],
        "readings": ["thanks"],
    }


def _task(
    lot: random.Random, number: int, waits: list[tuple[Any, ...]], replies: list[dict[str, Any]]
) -> dict[str, Any]:
    kind, urgency = KINDS[number % len(KINDS)]
    referral_id, person_id = waits[number * 4 % len(waits)]
    at = AT - timedelta(hours=lot.randrange(300))
    return {
        "id": new_id(),
        "kind": kind,
        "urgency": urgency,
        "person_id": person_id,
        "referral_id": referral_id,
        "reply_id": replies[number % len(replies)]["id"],
        "cause": f"old:{number}",
        "reason": "asked to talk",
        "candidates": [],
        "opened_at": at,
        "due_at": at + timedelta(days=2),
    }
