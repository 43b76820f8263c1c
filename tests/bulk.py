"""A large made-up service, written in bulk: referrals, appointments, messages, opt-outs, replies and callbacks."""

import os
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from outreach.models import (
    Appointment,
    Base,
    LookupToken,
    Message,
    OptOut,
    Person,
    Referral,
    Reply,
    Task,
    TaskTry,
)
from outreach.models.base import new_id
from outreach.services import Services
from outreach.vocabulary import (
    AppointmentKind,
    Attendance,
    Cause,
    Channel,
    MessageState,
    NumberIs,
    Purpose,
    Stage,
    TaskKind,
    TaskState,
    TryResult,
    Urgency,
)

FIRST, GO_LIVE, LAST = date(2024, 4, 1), date(2025, 4, 1), date(2026, 3, 31)
DAYS = (LAST - FIRST).days + 1
ETHNICITIES = ("A", "C", "H", "J", "M", "N", "D", "S", "Z", "99", None)
WEIGHTS = (60, 8, 6, 5, 4, 4, 2, 2, 5, 3, 1)
LANGUAGES = ("en", "pl", "ur", "so", "pt-BR")
AT_ONCE = 5_000


def fill(services: Services, *, referrals: int, messages: int, seed: int = 1) -> None:
    """Two years of a service with so many referrals (one a person) and messages; the go-live is in the middle."""
    lot = random.Random(seed)
    waits = [_wait(lot, number) for number in range(referrals)]
    with services.begin() as session:
        _write(session, Person, (_person(lot, wait) for wait in waits))
        _write(session, Referral, (_referral(wait) for wait in waits))
        _write(session, LookupToken, (token for wait in waits for token in _tokens(lot, wait)))
        _write(session, Appointment, (visit for wait in waits for visit in _visits(lot, wait)))
        _write(session, OptOut, (_opt_out(lot, wait) for wait in waits[::25]))
        _write(session, Message, (_message(lot, waits[number % referrals]) for number in range(messages)))
        _write(session, Reply, (_reply(lot, wait) for wait in waits[::4]))
        tasks = [_callback(lot, wait) for wait in waits[::20]]
        _write(session, Task, tasks)
        _write(session, TaskTry, (tried for task in tasks for tried in _tries(lot, task)))


def _write(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    coming = iter(rows)
    while batch := list(islice(coming, AT_ONCE)):
        session.connection().execute(insert(table), batch)


def _wait(lot: random.Random, number: int) -> dict[str, Any]:
    day = FIRST + timedelta(days=lot.randrange(DAYS - 60) - 180)
    return {"person": new_id(), "referral": new_id(), "number": number, "referred_on": day}


def _person(lot: random.Random, wait: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": wait["person"],
        "details": os.urandom(300),
        "language": lot.choices(LANGUAGES, (86, 5, 4, 3, 2))[0],
        "interpreter": lot.random() < 0.03,
        "format": "large print" if lot.random() < 0.02 else None,
        "ethnicity": lot.choices(ETHNICITIES, WEIGHTS)[0],
        "safe_to_text": True,
        "safe_to_email": True,
        "number_is": NumberIs.OWN,
        "created_at": _at(wait["referred_on"], 9),
    }


def _referral(wait: dict[str, Any]) -> dict[str, Any]:
    closed = wait["referred_on"] + timedelta(days=200) if wait["number"] % 9 == 0 else None
    return {
        "id": wait["referral"],
        "local_id": f"R-{wait['number']}",
        "person_id": wait["person"],
        "stage": Stage.CLOSED if closed else Stage.AWAITING_TREATMENT,
        "referred_on": wait["referred_on"],
        "closed_on": closed,
        "created_at": _at(wait["referred_on"], 9),
    }


def _tokens(lot: random.Random, wait: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, share in (
        ("mobile", 0.93),
        ("email", 0.8),
        ("nhs_number", 1.0),
        ("name", 1.0),
        ("prefix", 1.0),
    ):
        if lot.random() < share:
            yield {"person_id": wait["person"], "kind": kind, "token": os.urandom(16)}


def _visits(lot: random.Random, wait: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, after in ((AppointmentKind.ASSESSMENT, 70), (AppointmentKind.TREATMENT, 400)):
        on = wait["referred_on"] + timedelta(days=after + lot.randrange(60))
        if on > LAST:
            return
        missed = 0.36 if on < GO_LIVE else 0.26
        code = lot.choices(
            (
                Attendance.DID_NOT_ATTEND,
                Attendance.SEEN_ON_TIME,
                Attendance.CANCELLED_BY_PERSON,
                Attendance.NOT_YET,
            ),
            (missed * 0.85, (1 - missed) * 0.85, 0.12, 0.03),
        )[0]
        yield {
            "id": new_id(),
            "referral_id": wait["referral"],
            "kind": kind,
            "on_date": on,
            "attendance": code,
            "attendance_recorded_at": _at(on + timedelta(days=lot.randrange(20)), 9),
            "created_at": _at(wait["referred_on"], 9),
        }


def _opt_out(lot: random.Random, wait: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": wait["person"],
        "channel": Channel.SMS,
        "cause": lot.choice((Cause.REPLY, Cause.DEAD_ADDRESS)),
        "at": _at(wait["referred_on"], 12),
        "who": "the person",
        "why": "",
    }


def _message(lot: random.Random, wait: dict[str, Any]) -> dict[str, Any]:
    at = _at(FIRST + timedelta(days=lot.randrange(DAYS)), lot.randrange(9, 17))
    state = lot.choices(
        (MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.CANCELLED, MessageState.SENT),
        (85, 4, 6, 5),
    )[0]
    was_sent = state is not MessageState.CANCELLED
    return {
        "id": new_id(),
        "person_id": wait["person"],
        "referral_id": wait["referral"],
        "step": "check-in",
        "occurrence": new_id(),
        "purpose": Purpose.CHECK_IN,
        "template": "waiting-for-therapy/check-in-1",
        "channel": Channel.SMS if lot.random() < 0.8 else Channel.EMAIL,
        "language": "en",
        "state": state,
        "reason": "",
        "superseded": False,
        "due_at": at,
        "planned_for": at,
        "created_at": at,
        "attempts": 1,
        "sending_at": at if was_sent else None,
        "sent_at": at if was_sent else None,
        "segments": 2,
        "body": os.urandom(330),
    }


def _reply(lot: random.Random, wait: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "provider_id": new_id(),
        "channel": Channel.SMS,
        "sender": os.urandom(40),
        "sender_token": os.urandom(16),
        "body": os.urandom(80),
        "received_at": _at(FIRST + timedelta(days=lot.randrange(DAYS)), 12),
        "person_id": wait["person"],
        "candidates": [],
        "readings": ["thanks"],
    }


def _callback(lot: random.Random, wait: dict[str, Any]) -> dict[str, Any]:
    at = _at(FIRST + timedelta(days=lot.randrange(DAYS)), 12)
    return {
        "id": new_id(),
        "kind": TaskKind.CALLBACK,
        "urgency": Urgency.SOON,
        "state": TaskState.CLOSED,
        "person_id": wait["person"],
        "cause": new_id(),
        "reason": "asked to talk",
        "candidates": [],
        "opened_at": at,
        "due_at": at + timedelta(days=2),
        "alerts": 0,
    }


def _tries(lot: random.Random, task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number in range(lot.randrange(3)):
        result = lot.choice((TryResult.REACHED, TryResult.NO_ANSWER))
        at = task["opened_at"] + timedelta(hours=20 * (number + 1))
        yield {"id": new_id(), "task_id": task["id"], "at": at, "who": "Pat", "result": result}


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
