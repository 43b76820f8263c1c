"""A death is recorded in one press and withdraws everything; only two people together can undo it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.record_death import record_death, undo_death
from outreach.actions.take_reply import take_reply
from outreach.actions.tasks import NewTask, raise_task
from outreach.engines.jobs import tick
from outreach.errors import RefusedError
from outreach.models import Enrolment, Message, Person, Task
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Role, TaskKind, TaskState, Urgency
from tests import cast
from tests.house import clock_of


@pytest.fixture
def waiting(services: Services) -> Services:
    """Amina waits with an open callback, a flagged reply and a first contact that is planned."""
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True)
    for words in ("can someone ring me", "I want to die"):
        inbound = InboundMessage(f"SM{words}", Channel.SMS, cast.AMINA.mobile, "+447700900999", words)
        take_reply(services, inbound, services.now())
    with services.begin() as session:
        person_id = session.scalars(select(Person.id)).one()
        due = services.now() + timedelta(days=1)
        new = NewTask(TaskKind.CHANGE, Urgency.SOON, "test", "asked", due, person_id=person_id)
        raise_task(session, services.keyring, new, services.now())
    clock_of(services).forward(days=3, hours=1)
    return services


def _record(services: Services, who: str = "Grace") -> None:
    with services.begin() as session:
        record_death(session, services, session.scalars(select(Person)).one(), services.now(), who=who)


def test_one_press_withdraws_messages_schedules_and_calls_and_leaves_a_flagged_reply_to_its_clinician(
    waiting: Services,
) -> None:
    _record(waiting)
    tick(waiting)
    with waiting.read() as session:
        sent = session.scalars(
            select(Message.step).where(
                Message.state.in_([MessageState.SENT, MessageState.DELIVERED]),
                Message.sending_at == waiting.now(),
            )
        ).all()
        assert sent == []
        assert all(session.scalars(select(Enrolment.ended_at)))
        open_kinds = session.scalars(select(Task.kind).where(Task.state != TaskState.CLOSED)).all()
        assert open_kinds == [TaskKind.URGENT]
        closed = set(session.scalars(select(Task.outcome).where(Task.state == TaskState.CLOSED)))
        assert closed == {"the person has died"}


def test_pressing_twice_changes_nothing_more(waiting: Services) -> None:
    _record(waiting)
    with waiting.read() as session:
        first = session.scalars(select(Person.deceased_on)).one()
    clock_of(waiting).forward(days=2)
    _record(waiting, "Hana")
    with waiting.read() as session:
        assert session.scalars(select(Person.deceased_on)).one() == first


def test_undoing_needs_a_second_person_and_a_reason(waiting: Services) -> None:
    def undo(who: str, with_: str, why: str) -> None:
        with waiting.begin() as session:
            person = session.scalars(select(Person)).one()
            undo_death(session, waiting, person, waiting.now(), who=who, with_=with_, why=why)

    with pytest.raises(RefusedError, match="no death is recorded"):
        undo("Grace", "Hana", "none")
    _record(waiting)
    with pytest.raises(RefusedError, match="two people together"):
        undo("Grace", "Grace", "another person of the same name")
    with pytest.raises(RefusedError, match="say why"):
        undo("Grace", "Hana", " ")
    undo("Grace", "Hana", "another person of the same name")
    with waiting.read() as session:
        assert session.scalars(select(Person.deceased_on)).one() is None
        assert session.scalars(select(Enrolment.ended_at)).all() == [None]
