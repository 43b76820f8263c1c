"""Whoever is worried about somebody presses once, and a clinician is told: from a task, a reply or a record."""

from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from outreach.actions.alert import send_alerts
from outreach.actions.hand_off import Outcome, acknowledge, close
from outreach.actions.worry import worried
from outreach.models import Hold, Message, Person, Reply, StaffMember, Task
from outreach.services import Services
from outreach.vocabulary import Purpose, Role, TaskKind
from tests import cast
from tests.house import clock_of
from tests.web.life import writes

T = TypeVar("T", Task, Reply, Person)


@pytest.fixture
def team(services: Services) -> Services:
    """Amina waits; Grace and Dr Ito work here."""
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER)
        cast.staff(session, services, "Dr Ito", Role.CLINICIAN)
    return services


def _member(services: Services, name: str) -> StaffMember:
    with services.read() as session:
        return session.scalars(select(StaffMember).where(StaffMember.name == name)).one()


def _worried(services: Services, kind: type[T]) -> Task:
    with services.begin() as session:
        about = session.scalars(select(kind).limit(1)).one()
        return worried(session, services, about, _member(services, "Grace"), services.now())


@pytest.mark.parametrize("kind", [Task, Reply, Person], ids=["a task", "a reply", "a record"])
def test_one_press_raises_an_urgent_task_alerts_and_holds(team: Services, kind: Any) -> None:
    writes(team, "can somebody ring me please")
    urgent = _worried(team, kind)
    assert (urgent.kind, urgent.next_alert_at) == (TaskKind.URGENT, team.now())
    assert urgent.person_id
    assert urgent.referral_id
    with team.read() as session:
        assert urgent.id in set(session.scalars(select(Hold.task_id)))
    assert send_alerts(team, team.now()) == 1


def test_pressed_twice_it_is_one_task_and_pressed_after_it_was_closed_another(team: Services) -> None:
    writes(team, "the bus was late again")
    first, again = _worried(team, Reply), _worried(team, Reply)
    assert first.id == again.id
    doctor = _member(team, "Dr Ito")
    with team.begin() as session:
        task = session.get_one(Task, first.id)
        acknowledge(session, task, doctor, team.now())
        close(session, task, doctor, team.now(), Outcome("rang; is safe"))
    clock_of(team).forward(hours=1)
    assert _worried(team, Reply).id != first.id


def test_words_from_a_number_that_nobody_has_are_worth_a_worry_too(team: Services) -> None:
    writes(team, "the bus was late again", sender="+447700900055")
    urgent = _worried(team, Reply)
    assert urgent.person_id is None
    assert urgent.reply_id
    with team.read() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0
        assert session.scalars(select(Message.purpose).where(Message.purpose == Purpose.ALERT)).all() == []
    assert send_alerts(team, team.now()) == 1
