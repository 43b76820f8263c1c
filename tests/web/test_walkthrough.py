"""One wish to talk, all through the demo: typed on a phone, rung by the right person, and what waited goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from outreach.actions.timeline import Line, timeline
from outreach.app import wire
from outreach.demo.installation import Wanted, make_demo
from outreach.demo.team import HOURS
from outreach.models import Message, Person, Referral, StaffMember, Task
from outreach.models.referral import referral_called
from outreach.rules.capacity import Talk, talk_in_words
from outreach.services import Services
from outreach.vocabulary import LEFT_US, MessageState, NumberIs, Role, TaskKind, TaskState
from tests.house import Clock, run_tick
from tests.web.conftest import Live, served
from tests.web.site import Site

NOW = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
DEMO = Wanted(24, "http://127.0.0.1:8000", NOW, timedelta(weeks=4))
BEFORE = timedelta(minutes=40)


@pytest.fixture(scope="module")  # made before the browser starts, which keeps an event loop running
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A small demo, with a clock that moves when told."""
    folder = make_demo(tmp_path_factory.mktemp("demo"), DEMO)
    services = wire(folder / "config.toml", clock=Clock(NOW))
    yield services
    services.engine.dispose()


def _next_check_in(services: Services) -> tuple[str, Line]:
    """Somebody who texts and gets a check-in soon: the referral and that message to come."""
    with services.read() as session:
        query = (
            select(Referral)
            .join(Person)
            .where(Person.safe_to_text.is_(True), Person.language == "en", Person.number_is == NumberIs.OWN)
        )
        busy = select(Task.person_id).where(Task.state != TaskState.CLOSED, Task.person_id.is_not(None))
        referrals = list(session.scalars(query.where(Person.id.not_in(busy)).order_by(Referral.local_id)))
    coming = [
        (line.at, referral.local_id, line)
        for referral in referrals
        for line in timeline(services, referral, NOW).lines
        if line.at
        and line.at > NOW + 2 * BEFORE
        and line.channel == "sms"
        and line.state == "will send"
        and line.step.startswith("check-in")
    ]
    _, local_id, line = min(coming, key=lambda each: each[:2])
    return local_id, line


def _callback(services: Services, local_id: str) -> tuple[Task, str]:
    """Their open callback, and who has it."""
    with services.read() as session:
        referral = referral_called(session, local_id)
        query = select(Task).where(Task.referral_id == referral.id, Task.kind == TaskKind.CALLBACK)
        task = session.scalars(query.order_by(Task.opened_at.desc(), Task.id.desc())).first()
        assert task
        return task, session.get_one(StaffMember, task.assignee_id).name


def _message(services: Services, local_id: str, line: Line) -> Message:
    with services.read() as session:
        referral = referral_called(session, local_id)
        query = select(Message).where(Message.referral_id == referral.id, Message.step == line.step)
        return session.scalars(query.where(Message.occurrence == line.occurrence)).one()


def test_can_someone_call_me_please(demo: Services, chromium: Browser) -> None:
    clock = demo.clock
    assert isinstance(clock, Clock)
    local_id, line = _next_check_in(demo)
    assert line.at
    clock.set(line.at - BEFORE)
    with served(Site(demo), chromium) as live:
        _type_on_the_handset(live, local_id)
        task, worker = _callback(demo, local_id)
        _it_is_with_the_right_worker_at_a_time_they_work(demo, task, worker)
        clock.set(line.at)
        run_tick(demo)
        held = _message(demo, local_id, line)
        assert (held.state, held.reason) == (MessageState.HELD, "held: a callback is open")
        _ring(live, worker, task)
        clock.forward(minutes=5)
        run_tick(demo)
        assert _message(demo, local_id, line).state in LEFT_US
        phone = live.visit()
        phone.goto(f"/handset/{local_id}")
        phone.get_by_text(f"delivered: {line.step.replace('-', ' ')}").first.wait_for()


def _type_on_the_handset(live: Live, local_id: str) -> None:
    phone = live.visit(phone=True)
    phone.goto(f"/handset/{local_id}")
    phone.get_by_label("Answer as").fill("can someone call me please")
    phone.get_by_role("button", name="Send text").click()
    task, _ = _callback(live.site.services, local_id)
    assert task.begins_at
    promised = Talk("", task.begins_at, task.due_at)
    phone.get_by_text(talk_in_words(promised, live.site.services.calendar)).first.wait_for()


def _it_is_with_the_right_worker_at_a_time_they_work(services: Services, task: Task, worker: str) -> None:
    assert task.begins_at
    begins, ends = (services.calendar.local(at) for at in (task.begins_at, task.due_at))
    spans = HOURS[worker.split(maxsplit=1)[0].lower()][begins.weekday()]
    assert any(first <= begins.time() < ends.time() <= last for first, last in spans)


def _ring(live: Live, worker: str, task: Task) -> None:
    """A try in vain, then a talk: each is one press."""
    page = live.visit(Role.PEER_WORKER, name=worker, phone=True)
    page.goto("/today")
    page.locator(f'a[href="/tasks/{task.id}"]').click()
    page.get_by_text("can someone call me please").wait_for()
    page.get_by_role("button", name="No answer").click()
    page.get_by_text("Noted: no answer").wait_for()
    page.get_by_role("button", name="We talked").click()
    page.get_by_text("What waited because of this goes on now").wait_for()
