"""Peer workers' own calls: those longest alone first, each once, and never more than the hours set aside hold."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.reach_out import reach_out
from outreach.models import Message, Person, Referral, Task
from outreach.models.base import new_id
from outreach.rules.reaching import Alone, Why, longest_alone
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, Role, TaskKind, TaskState
from tests import cast
from tests.house import MONDAY, clock_of

MOST = 8
"""A share of 0.2 of 30 hours is 6 hours: 8 calls of 45 minutes."""


def the_team(services: Services) -> None:
    """One peer worker, 30 hours a week, at the very beginning of it."""
    clock_of(services).set(MONDAY.replace(hour=7))
    with services.begin() as session:
        cast.staff(session, services, "Pat Peer", Role.PEER_WORKER, hours=True)


def people(services: Services, count: int, **facts: object) -> list[str]:
    """On the list for longer and longer, the last one longest; nothing of ours has reached them."""
    ids = []
    with services.begin() as session:
        for number in range(count):
            details = cast.another(mobile=f"+447700900{number:03}", email="")
            row = cast.person(session, services, details, **facts)
            referral = cast.referral(
                session, services, row, date(2026, 1, 5), local_id=f"R-{number}", plans=False
            )
            referral.created_at = services.now() - timedelta(days=30 + number)
            ids.append(row.id)
    return ids


def tasks(services: Services) -> list[Task]:
    with services.read() as session:
        query = select(Task).where(Task.kind == TaskKind.REACH_OUT)
        return list(session.scalars(query.order_by(Task.opened_at, Task.id)))


def test_the_longest_unreached_come_first_and_never_more_than_the_hours_hold(services: Services) -> None:
    the_team(services)
    ids = people(services, 12)
    assert reach_out(services, services.now()) == MOST
    assert {task.person_id for task in tasks(services)} == set(ids[-MOST:])
    assert all(task.reason.startswith(Why.UNREACHED) for task in tasks(services))
    assert all(task.due_at == datetime(2026, 3, 6, 18, 0, tzinfo=UTC) for task in tasks(services))


def test_running_again_in_the_same_week_raises_no_more(services: Services) -> None:
    the_team(services)
    people(services, 12)
    reach_out(services, services.now())
    assert reach_out(services, clock_of(services).forward(hours=1)) == 0


def test_without_peer_hours_nobody_is_promised_a_call(services: Services) -> None:
    people(services, 2)
    assert reach_out(services, services.now()) == 0


def test_whoever_was_rung_lately_is_not_rung_again(services: Services) -> None:
    the_team(services)
    people(services, 1)
    reach_out(services, services.now())
    with services.begin() as session:
        session.scalars(select(Task)).one().state = TaskState.CLOSED
    clock_of(services).forward(days=7)
    assert reach_out(services, services.now()) == 0
    clock_of(services).forward(weeks=12)
    assert reach_out(services, services.now()) == 1


@pytest.mark.parametrize("fact", ["deceased_on", "do_not_contact_since"])
def test_nobody_who_died_or_asked_not_to_be_contacted_is_rung(services: Services, fact: str) -> None:
    the_team(services)
    (person_id,) = people(services, 1)
    with services.begin() as session:
        moment = services.now()
        setattr(session.get_one(Person, person_id), fact, moment.date() if fact == "deceased_on" else moment)
    assert reach_out(services, services.now()) == 0


def test_somebody_new_on_the_list_is_given_time(services: Services) -> None:
    the_team(services)
    cast.amina(services)
    assert reach_out(services, services.now()) == 0


def test_somebody_who_gets_messages_and_is_silent_for_half_a_year_is_rung(services: Services) -> None:
    the_team(services)
    (person_id,) = people(services, 1)
    long_ago = services.now() - timedelta(weeks=27)
    with services.begin() as session:
        session.get_one(Person, person_id).introduced_at = long_ago
        session.add(
            Message(
                id=new_id(),
                person_id=person_id,
                step="check-in",
                occurrence="x:0",
                purpose=Purpose.CHECK_IN,
                template="before-assessment/check-in-1",
                channel=Channel.SMS,
                state=MessageState.DELIVERED,
                due_at=long_ago,
                planned_for=long_ago,
                sending_at=long_ago,
                created_at=long_ago,
            )
        )
    assert reach_out(services, services.now()) == 1
    assert tasks(services)[0].reason.startswith(Why.SILENT)


def test_who_needs_an_interpreter_is_rung_in_their_language(services: Services) -> None:
    the_team(services)
    people(services, 1, language="ur", interpreter=True)
    reach_out(services, services.now())
    assert [task.wished_language for task in tasks(services)] == ["ur"]


def test_nobody_on_whom_somebody_is_at_work_is_rung_as_well(services: Services) -> None:
    the_team(services)
    (person_id,) = people(services, 1)
    with services.begin() as session:
        referral = session.scalars(select(Referral)).one()
        session.add(
            Task(
                kind=TaskKind.KEEP_IN_TOUCH,
                urgency="routine",
                state=TaskState.OPEN,
                person_id=person_id,
                referral_id=referral.id,
                cause="test",
                reason="test",
                opened_at=services.now(),
                due_at=services.now(),
            )
        )
    assert reach_out(services, services.now()) == 0


def test_each_person_is_chosen_once_for_the_longer_of_two_reasons() -> None:
    twice = [
        Alone("p", "r", Why.SILENT, MONDAY),
        Alone("p", "r", Why.INTERPRETER, MONDAY - timedelta(days=9)),
    ]
    assert [each.why for each in longest_alone(twice, 5)] == [Why.INTERPRETER]
    assert longest_alone(twice, -1) == []
