"""A person reads every reply; what waited only for that is let go, and what came from nobody finds its person."""

from typing import Any

import pytest
from sqlalchemy import select

from outreach.actions.hand_off import Outcome, acknowledge, close, task_called
from outreach.actions.read_reply import attach, mark_read, reply_called
from outreach.actions.staff import member_called
from outreach.actions.take_reply import store, take_reply
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Hold, OptOut, Person, Referral, Reply, Task
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import Channel, Role, TaskKind, TaskState
from tests import cast

STRANGER = "+447700900055"


@pytest.fixture
def team(services: Services) -> Services:
    """Amina waits; Grace and Dr Ito work here."""
    return _with_team(services)


@pytest.fixture
def small_team(sqlite_services: Services) -> Services:
    """The same on SQLite only."""
    return _with_team(sqlite_services)


def _with_team(services: Services) -> Services:
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER)
        cast.staff(session, services, "Dr Ito", Role.CLINICIAN)
    return services


def _writes(services: Services, words: str, *, sender: str = cast.AMINA.mobile, **facts: Any) -> str:
    """A text comes in and is acted on; returns the reply's id."""
    inbound = InboundMessage(
        provider_id=f"SM{hash((words, sender)):x}",
        channel=Channel.SMS,
        sender=sender,
        recipient="+447700900999",
        body=words,
        **facts,
    )
    take_reply(services, inbound, services.now())
    return store(services, inbound, services.now())


def _read(services: Services, reply_id: str, who: str = "Grace") -> bool:
    with services.begin() as session:
        return mark_read(
            session, reply_called(session, reply_id), member_called(session, who), services.now()
        )


def _attach(services: Services, reply_id: str) -> list[Task]:
    with services.begin() as session:
        reply, referral = reply_called(session, reply_id), session.scalars(select(Referral)).one()
        return attach(
            session, services, reply, referral, staff=member_called(session, "Grace"), now=services.now()
        )


def _all(services: Services, table: type[Any]) -> list[Any]:
    with services.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def test_the_first_reader_stays_on_record(team: Services) -> None:
    reply_id = _writes(team, "thank you, that helped")
    assert [_read(team, reply_id, who) for who in ("Grace", "Dr Ito")] == [True, False]
    (reply,) = _all(team, Reply)
    assert (reply.read_by, reply.read_at) == ("Grace", team.now())


def test_what_only_needed_a_reader_is_let_go_once_read(team: Services) -> None:
    reply_id = _writes(team, "", media=1)
    (task,), (hold,) = _all(team, Task), _all(team, Hold)
    assert (task.kind, task.state, hold.released_at) == (TaskKind.URGENT, TaskState.OPEN, None)
    _read(team, reply_id)
    (task,), (hold,) = _all(team, Task), _all(team, Hold)
    assert (task.state, task.outcome, task.next_alert_at) == (TaskState.CLOSED, "read by Grace", None)
    assert hold.released_by == "Grace"


@pytest.mark.parametrize(("words", "media"), [("I want to die", 0), ("I want to die", 1)])
def test_reading_a_possible_crisis_closes_and_releases_nothing(
    small_team: Services, words: str, media: int
) -> None:
    _read(small_team, _writes(small_team, words, media=media))
    (task,), (hold,) = _all(small_team, Task), _all(small_team, Hold)
    assert (task.state, hold.released_at) == (TaskState.OPEN, None)
    assert task.next_alert_at is not None


def test_an_unmatched_reply_finds_its_person_and_what_it_asks_for_is_done(team: Services) -> None:
    reply_id = _writes(team, "TALK", sender=STRANGER)
    assert [task.kind for task in _all(team, Task)] == [TaskKind.UNMATCHED]
    (task,) = _attach(team, reply_id)
    (person,), (reply,) = _all(team, Person), _all(team, Reply)
    assert (task.kind, task.person_id, reply.person_id) == (TaskKind.CALLBACK, person.id, person.id)
    closed = {each.kind: each.outcome for each in _all(team, Task) if each.state is TaskState.CLOSED}
    assert closed == {TaskKind.UNMATCHED: "attached by Grace"}


def test_a_stop_from_a_number_we_did_not_know_binds_its_person_once_attached(small_team: Services) -> None:
    reply_id = _writes(small_team, "STOP", sender=STRANGER)
    (person,) = _all(small_team, Person)
    assert [each.person_id for each in _all(small_team, OptOut)] == [None]
    _attach(small_team, reply_id)
    assert [each.person_id for each in _all(small_team, OptOut)] == [None, person.id]


def test_an_attached_possible_crisis_is_one_task_and_holds_its_person(small_team: Services) -> None:
    reply_id = _writes(small_team, "I want to die", sender=STRANGER)
    assert _all(small_team, Hold) == []
    (task,) = _attach(small_team, reply_id)
    (person,), (hold,) = _all(small_team, Person), _all(small_team, Hold)
    assert (task.kind, task.person_id) == (TaskKind.URGENT, person.id)
    assert (hold.person_id, hold.task_id) == (person.id, task.id)


def test_a_possible_crisis_that_is_settled_holds_nobody_when_it_is_attached(small_team: Services) -> None:
    reply_id = _writes(small_team, "I want to die", sender=STRANGER)
    (urgent,) = [task for task in _all(small_team, Task) if task.kind is TaskKind.URGENT]
    with small_team.begin() as session:
        task, ito = task_called(session, urgent.id), member_called(session, "Dr Ito")
        acknowledge(session, task, ito, small_team.now())
        close(session, task, ito, small_team.now(), Outcome("spoke with them"))
    assert _attach(small_team, reply_id) == []
    assert _all(small_team, Hold) == []


def test_a_reply_belongs_to_one_person_only(small_team: Services) -> None:
    reply_id = _writes(small_team, "hello")
    with pytest.raises(RefusedError, match="belongs to somebody already"):
        _attach(small_team, reply_id)


def test_an_unknown_reply_is_named_as_such(small_team: Services) -> None:
    with pytest.raises(NotFoundError, match="outreach replies"):
        _read(small_team, "nothing")
