"""What staff may do with a task, who wins when two press at once, and how three tries in vain end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from outreach.actions.alert import send_alerts
from outreach.actions.hand_off import (
    Outcome,
    acknowledge,
    claim,
    close,
    days_tried,
    record_try,
    task_called,
    transfer,
)
from outreach.actions.hold import hold
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.staff import member_called
from outreach.actions.tasks import NewTask, raise_task
from outreach.engines.jobs import tick
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Hold, Message, OptOut, Person, Task
from outreach.models.staff import staff_with
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, MessageState, Role, TaskKind, TaskState, TryResult, Urgency
from tests import cast
from tests.both import both_databases
from tests.house import clock_of

NO_ANSWER = TryResult.NO_ANSWER


@pytest.fixture
def team(services: Services) -> Services:
    """Amina waits; Grace, Hana and Dr Ito work here."""
    return _with_team(services)


@pytest.fixture
def small_team(sqlite_services: Services) -> Services:
    """The same on SQLite only."""
    return _with_team(sqlite_services)


def _with_team(services: Services) -> Services:
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER)
        cast.staff(session, services, "Hana", Role.PEER_LEAD)
        cast.staff(session, services, "Dr Ito", Role.CLINICIAN, mobile="+447700900101")
    return services


def _task(services: Services, kind: TaskKind = TaskKind.CALLBACK) -> str:
    """An open task about Amina, with her messages held."""
    now = services.now()
    with services.begin() as session:
        person_id = session.scalars(select(Person.id)).one()
        urgency = Urgency.URGENT if kind is TaskKind.URGENT else Urgency.SOON
        new = NewTask(
            kind, urgency, f"test:{kind.value}", "asked to talk", now + timedelta(days=1), person_id=person_id
        )
        task = raise_task(session, services.keyring, new, now)
        hold(session, person_id, now, who="outreach", why="a callback is open", task_id=task.id)
        return task.id


def _try(services: Services, task_id: str, result: TryResult = NO_ANSWER, who: str = "Grace") -> None:
    with services.begin() as session:
        task, staff = task_called(session, task_id), member_called(session, who)
        record_try(session, services, task, staff, now=services.now(), result=result)


def _stored(services: Services, task_id: str) -> Task:
    with services.read() as session:
        return session.get_one(Task, task_id)


def _texts(services: Services) -> list[Message]:
    with services.read() as session:
        return list(session.scalars(select(Message).where(Message.step == "could-not-reach")))


@both_databases
def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who(team: Services) -> None:
    task_id, barrier = _task(team), Barrier(2)

    def press(name: str) -> str:
        barrier.wait()
        try:
            with team.begin() as session:
                claim(session, task_called(session, task_id), member_called(session, name), team.now())
        except RefusedError as refusal:
            return str(refusal)
        return "has it"

    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(("Grace", "Hana"), pool.map(press, ("Grace", "Hana")), strict=True))
    (winner,) = [name for name, words in said.items() if words == "has it"]
    (told,) = [words for words in said.values() if words != "has it"]
    assert told == f"{winner} has this task already; nothing was changed"
    with team.read() as session:
        assert session.get_one(Task, task_id).assignee_id == member_called(session, winner).id


def test_three_days_in_vain_end_with_a_kind_text_and_nothing_held(team: Services) -> None:
    task_id = _task(team)
    for _ in range(2):
        _try(team, task_id)
        clock_of(team).forward(days=1)
    assert _stored(team, task_id).state is TaskState.OPEN
    _try(team, task_id)
    task = _stored(team, task_id)
    assert (task.state, task.outcome, task.closed_by) == (TaskState.CLOSED, "could not reach", "Grace")
    (text,) = _texts(team)
    assert text.state is MessageState.PLANNED
    assert "could not reach you" in text.opened(team.keyring)[1]
    with team.read() as session:
        assert session.scalars(select(Hold.released_by)).all() == ["Grace"]
    tick(team)
    assert _texts(team)[0].state is MessageState.DELIVERED


@both_databases
def test_the_last_try_is_counted_once_when_two_press_at_once(team: Services) -> None:
    task_id, barrier = _task(team), Barrier(2)
    for _ in range(2):
        _try(team, task_id)
        clock_of(team).forward(days=1)

    def press(name: str) -> str:
        barrier.wait()
        try:
            _try(team, task_id, who=name)
        except RefusedError as refusal:
            return str(refusal)
        return "noted"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(press, ("Grace", "Hana")))
    assert said == ["noted", "this task is closed already; nothing was changed"]
    assert len(_texts(team)) == 1


def test_tries_on_one_day_count_once_and_the_day_is_the_local_one(small_team: Services) -> None:
    task_id = _task(small_team)
    for moment in (
        datetime(2026, 4, 1, 10, 0, tzinfo=UTC),
        datetime(2026, 4, 1, 14, 0, tzinfo=UTC),
        datetime(2026, 4, 1, 23, 30, tzinfo=UTC),  # half past midnight on the 2nd in London
        datetime(2026, 4, 2, 9, 0, tzinfo=UTC),
    ):
        clock_of(small_team).set(moment)
        _try(small_team, task_id)
    with small_team.read() as session:
        assert days_tried(session, small_team, session.get_one(Task, task_id)) == 2
    assert _stored(small_team, task_id).state is TaskState.OPEN


def test_tries_before_the_person_was_reached_do_not_count(small_team: Services) -> None:
    task_id = _task(small_team)
    for result in (NO_ANSWER, NO_ANSWER, TryResult.REACHED, NO_ANSWER, NO_ANSWER):
        _try(small_team, task_id, result)
        clock_of(small_team).forward(days=1)
    assert _stored(small_team, task_id).state is TaskState.OPEN
    assert _texts(small_team) == []


@pytest.mark.parametrize("kind", [TaskKind.URGENT, TaskKind.CHANGE])
def test_only_a_call_that_was_asked_for_ends_after_three_tries(small_team: Services, kind: TaskKind) -> None:
    task_id = _task(small_team, kind)
    for _ in range(4):
        _try(small_team, task_id)
        clock_of(small_team).forward(days=1)
    assert _stored(small_team, task_id).state is TaskState.OPEN
    assert _texts(small_team) == []


def test_somebody_who_stopped_texts_meanwhile_gets_no_kind_text_either(small_team: Services) -> None:
    task_id = _task(small_team)
    with small_team.begin() as session:
        stop = Stop(Cause.REPLY, person_id=session.scalars(select(Person.id)).one(), channel=Channel.SMS)
        opt_out(session, stop, small_team.now(), who="the person")
    for _ in range(3):
        _try(small_team, task_id)
        clock_of(small_team).forward(days=1)
    (text,) = _texts(small_team)
    assert (text.state, text.reason) == (MessageState.CANCELLED, "has opted out of texts")
    assert _stored(small_team, task_id).outcome == "could not reach"


def test_a_stop_between_queuing_and_sending_is_respected(small_team: Services) -> None:
    task_id = _task(small_team)
    for _ in range(3):
        clock_of(small_team).forward(days=1)
        _try(small_team, task_id)
    with small_team.begin() as session:
        stop = Stop(Cause.REPLY, person_id=session.scalars(select(Person.id)).one(), channel=Channel.SMS)
        opt_out(session, stop, small_team.now(), who="the person")
    tick(small_team)
    assert _texts(small_team)[0].state is MessageState.CANCELLED


def test_a_wrong_number_is_never_used_again_and_the_call_stays_open(small_team: Services) -> None:
    task_id = _task(small_team)
    _try(small_team, task_id, TryResult.WRONG_NUMBER)
    with small_team.read() as session:
        assert session.scalars(select(OptOut.cause)).all() == [Cause.WRONG_NUMBER]
        kinds = set(session.scalars(select(Task.kind).where(Task.state != TaskState.CLOSED)))
    assert kinds == {TaskKind.CALLBACK, TaskKind.WRONG_NUMBER}


def test_no_voicemail_is_left_unless_it_is_known_to_be_safe(small_team: Services) -> None:
    task_id = _task(small_team)
    with pytest.raises(RefusedError, match="voicemail"):
        _try(small_team, task_id, TryResult.VOICEMAIL)
    with small_team.begin() as session:
        session.scalars(select(Person)).one().safe_to_voicemail = True
    _try(small_team, task_id, TryResult.VOICEMAIL)
    with small_team.read() as session:
        assert days_tried(session, small_team, session.get_one(Task, task_id)) == 1


def test_an_urgent_task_is_closed_in_two_steps_by_a_clinician(small_team: Services) -> None:
    task_id, now = _task(small_team, TaskKind.URGENT), small_team.now()
    with small_team.begin() as session:
        task = task_called(session, task_id)
        grace, ito = member_called(session, "Grace"), member_called(session, "Dr Ito")
        with pytest.raises(RefusedError, match="clinician or the lead"):
            acknowledge(session, task, grace, now)
        with pytest.raises(RefusedError, match="acknowledge it first"):
            close(session, task, ito, now, Outcome("is safe"))
        acknowledge(session, task, ito, now)
        with pytest.raises(RefusedError, match="only a clinician"):
            close(session, task, grace, now, Outcome("is safe"))
        close(session, task, ito, now, Outcome("is safe", quiet_until=date(2026, 3, 20)))
        assert session.scalars(select(Hold.quiet_until)).all() == [date(2026, 3, 20)]
        with pytest.raises(RefusedError, match="closed already"):
            acknowledge(session, task, ito, now)
        with pytest.raises(RefusedError, match="closed already"):
            claim(session, task, ito, now)


def test_an_urgent_task_handed_back_alerts_again(small_team: Services) -> None:
    task_id, now = _task(small_team, TaskKind.URGENT), small_team.now()
    with small_team.begin() as session:
        task, ito = task_called(session, task_id), member_called(session, "Dr Ito")
        claim(session, task, ito, now)
        acknowledge(session, task, ito, now)
    assert send_alerts(small_team, now) == 0
    with small_team.begin() as session:
        transfer(
            session,
            small_team,
            task_called(session, task_id),
            member_called(session, "Dr Ito"),
            to=None,
            now=now,
        )
    assert send_alerts(small_team, now) == 1
    assert _stored(small_team, task_id).state is TaskState.OPEN


def test_a_task_is_passed_on_with_a_note_only(small_team: Services) -> None:
    task_id, now = _task(small_team), small_team.now()
    with small_team.begin() as session:
        task = task_called(session, task_id)
        (hana,), (grace,) = staff_with(session, Role.PEER_LEAD), staff_with(session, Role.PEER_WORKER)
        with pytest.raises(RefusedError, match="short note"):
            transfer(session, small_team, task, grace, to=hana, now=now)
        transfer(session, small_team, task, grace, to=hana, now=now, words="prefers mornings")
        assert (task.assignee_id, task.state) == (hana.id, TaskState.CLAIMED)


def test_an_unknown_task_is_named_as_such(small_team: Services) -> None:
    with small_team.read() as session, pytest.raises(NotFoundError, match="outreach tasks"):
        task_called(session, "nothing")
