"""Staff hear of what is urgent, late or waiting: at the promised times, by ids only, until somebody acts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from outreach.actions.alert import send_alerts
from outreach.actions.digest import send_digests
from outreach.actions.escalate import escalate
from outreach.actions.hand_off import acknowledge, record_try, task_called
from outreach.actions.staff import OnDuty, fill_rota, member_called
from outreach.actions.take_reply import take_reply
from outreach.engines.jobs import JOBS, tick
from outreach.models import Message, Task
from outreach.models.message import open_parts
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, Role, TryResult
from tests import cast
from tests.house import MONDAY, build_services, clock_of

DR_ITO, DR_OKE, HANA = "+447700900101", "+447700900102", "+447700900103"
NAMES = {DR_ITO: "Dr Ito", DR_OKE: "Dr Oke", HANA: "Hana"}


@pytest.fixture
def team(services: Services) -> Services:
    """Dr Ito is on duty with Dr Oke as deputy; Hana leads; Grace can call."""
    return _with_team(services)


@pytest.fixture
def small_team(sqlite_services: Services) -> Services:
    """The same on SQLite only."""
    return _with_team(sqlite_services)


def _with_team(services: Services) -> Services:
    cast.amina(services)
    with services.begin() as session:
        grace = cast.staff(
            session, services, "Grace", Role.PEER_WORKER, hours=True, email="grace@example.org"
        )
        cast.staff(session, services, "Hana", Role.PEER_LEAD, mobile=HANA, email="hana@example.org")
        ito = cast.staff(session, services, "Dr Ito", Role.CLINICIAN, mobile=DR_ITO, email="ito@example.org")
        oke = cast.staff(session, services, "Dr Oke", Role.CLINICIAN, mobile=DR_OKE)
        on_duty = OnDuty(grace, ito, oke)
        today = services.calendar.day_of(services.now())
        fill_rota(session, services.calendar, today, on_duty, services.now(), who="test", weeks=4)
    return services


def _writes(services: Services, words: str) -> None:
    inbound = InboundMessage(f"SM{words}", Channel.SMS, cast.AMINA.mobile, "+447700900999", words)
    take_reply(services, inbound, services.now())


def _told(services: Services, step: str = "alert", channel: Channel = Channel.SMS) -> list[str]:
    """Who was texted or emailed, in order."""
    with services.read() as session:
        rows = list(
            session.scalars(
                select(Message).where(Message.step == step, Message.channel == channel).order_by(Message.id)
            )
        )
    addresses = [row.opened_address(services.keyring) or "" for row in rows]
    return [NAMES.get(address, address) for address in addresses]


def _tasks(services: Services) -> list[Task]:
    with services.read() as session:
        return list(session.scalars(select(Task).order_by(Task.id)))


def _by(services: Services, act: Any, name: str, *more: Any, **named: Any) -> None:
    (task,) = _tasks(services)
    with services.begin() as session:
        act(session, *more, task_called(session, task.id), member_called(session, name), **named)


# ------------------------------------------------------------------ alerts


def test_alerts_go_at_once_then_after_15_and_60_minutes_then_hourly_to_deputy_and_lead(
    team: Services,
) -> None:
    _writes(team, "I want to die")
    heard = []
    for minute in range(0, 240, 5):
        clock_of(team).set(MONDAY + timedelta(minutes=minute))
        if send_alerts(team, team.now()):
            heard.append(minute)
    assert heard == [0, 15, 60, 120, 180]
    assert _told(team) == ["Dr Ito"] * 3 + ["Dr Oke", "Hana"] * 2
    tick(team)
    with team.read() as session:
        states = set(session.scalars(select(Message.state).where(Message.purpose == Purpose.ALERT)))
    assert states == {MessageState.DELIVERED}


def test_an_alert_holds_the_id_of_the_task_and_no_name_or_word(small_team: Services) -> None:
    _writes(small_team, "I want to die")
    send_alerts(small_team, small_team.now())
    (task,) = _tasks(small_team)
    with small_team.read() as session:
        alerts = list(session.scalars(select(Message).where(Message.step == "alert")))
    assert {alert.channel for alert in alerts} == set(Channel)
    for alert in alerts:
        words = " ".join(open_parts(small_team.keyring, alert.id, alert.body))
        assert task.id in words
        assert not any(each in words for each in ("Amina", "Example", "+44", "7700", "want", "die", "R-1"))


def test_alerts_end_once_somebody_has_acknowledged(small_team: Services) -> None:
    _writes(small_team, "I want to die")
    send_alerts(small_team, small_team.now())
    _by(small_team, acknowledge, "Dr Oke", now=small_team.now())
    clock_of(small_team).forward(hours=3)
    assert send_alerts(small_team, small_team.now()) == 0


@pytest.mark.parametrize(
    ("setting", "first"),
    [
        ("next_working_morning", datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        ("on_call", datetime(2026, 3, 6, 22, 0, tzinfo=UTC)),
    ],
)
def test_at_night_alerts_go_where_somebody_is_on_call_and_else_in_the_morning(
    sqlite_url: str, setting: str, first: datetime
) -> None:
    services = _with_team(build_services(sqlite_url, duty={"out_of_hours": setting}))
    clock_of(services).set(datetime(2026, 3, 6, 22, 0, tzinfo=UTC))
    _writes(services, "I want to die")
    (task,) = _tasks(services)
    assert task.next_alert_at == first


def test_with_nobody_on_call_alerts_that_began_in_the_day_rest_until_morning(small_team: Services) -> None:
    clock_of(small_team).set(datetime(2026, 3, 2, 17, 30, tzinfo=UTC))
    _writes(small_team, "I want to die")
    heard = []
    for minute in range(0, 17 * 60, 15):
        at = clock_of(small_team).set(datetime(2026, 3, 2, 17, 30, tzinfo=UTC) + timedelta(minutes=minute))
        if send_alerts(small_team, at):
            heard.append(small_team.calendar.in_words(at))
    assert heard[:3] == [
        "Monday 2 March 2026 at 5:30pm",
        "Monday 2 March 2026 at 5:45pm",
        "Tuesday 3 March 2026 at 9am",
    ]


def test_where_nobody_on_duty_can_be_reached_whoever_can_is_told(sqlite_services: Services) -> None:
    cast.amina(sqlite_services)
    with sqlite_services.begin() as session:
        cast.staff(session, sqlite_services, "Dr Ito", Role.CLINICIAN)
        cast.staff(session, sqlite_services, "Hana", Role.PEER_LEAD, mobile=HANA)
    _writes(sqlite_services, "I want to die")
    send_alerts(sqlite_services, sqlite_services.now())
    assert _told(sqlite_services) == ["Hana"]


# ------------------------------------------------------------------ what is late


def test_a_late_call_goes_up_to_the_lead_and_the_person_hears_of_it_once(team: Services) -> None:
    _writes(team, "can someone ring me")
    (task,) = _tasks(team)
    clock_of(team).set(task.due_at + timedelta(minutes=1))
    assert [escalate(team, team.now()) for _ in range(3)] == [1, 0, 0]
    assert _told(team, "raised", Channel.EMAIL) == ["hana@example.org"]
    tick(team)
    clock_of(team).forward(days=1)
    escalate(team, team.now())
    with team.read() as session:
        late = list(session.scalars(select(Message).where(Message.step == "callback-late")))
    assert [message.state for message in late] == [MessageState.DELIVERED]
    assert "will be late" in late[0].opened(team.keyring)[1]


def test_a_call_nobody_takes_goes_up_after_4_hours_and_its_late_text_still_comes(
    sqlite_services: Services,
) -> None:
    cast.amina(sqlite_services)
    _writes(sqlite_services, "can someone ring me")
    clock_of(sqlite_services).forward(hours=4, minutes=1)
    assert escalate(sqlite_services, sqlite_services.now()) == 1
    (task,) = _tasks(sqlite_services)
    assert task.late_text_id is None
    clock_of(sqlite_services).set(task.due_at + timedelta(minutes=1))
    assert escalate(sqlite_services, sqlite_services.now()) == 1
    (task,) = _tasks(sqlite_services)
    assert task.late_text_id is not None


def test_somebody_who_was_rung_in_time_gets_no_late_text(small_team: Services) -> None:
    _writes(small_team, "can someone ring me")
    _by(small_team, record_try, "Grace", small_team, now=small_team.now(), result=TryResult.NO_ANSWER)
    (task,) = _tasks(small_team)
    clock_of(small_team).set(task.due_at + timedelta(minutes=1))
    escalate(small_team, small_team.now())
    (task,) = _tasks(small_team)
    assert (task.raised_to_lead_at is not None, task.late_text_id) == (True, None)


# ------------------------------------------------------------------ the daily digest


def test_each_morning_everybody_hears_once_what_waits_for_them(team: Services) -> None:
    _writes(team, "can someone ring me")
    _writes(team, "hello there")
    clock_of(team).set(datetime(2026, 3, 3, 9, 1, tzinfo=UTC))
    assert [send_digests(team, team.now()) for _ in range(3)] == [2, 0, 0]
    assert sorted(_told(team, "digest", Channel.EMAIL)) == ["grace@example.org", "hana@example.org"]
    (task,) = _tasks(team)
    with team.read() as session:
        digests = list(session.scalars(select(Message).where(Message.step == "digest")))
    for digest in digests:
        words = " ".join(digest.opened(team.keyring))
        assert "Replies nobody has read: 2" in words
        assert not any(each in words for each in ("Amina", "Example", "+44", "hello", "R-1"))
    grace = next(d for d in digests if d.opened_address(team.keyring) == "grace@example.org")
    assert f"/tasks/{task.id}" in grace.opened(team.keyring)[1]
    clock_of(team).forward(days=1)
    assert send_digests(team, team.now()) == 2


def test_no_digest_comes_at_night_or_on_a_day_off(small_team: Services) -> None:
    for at in (datetime(2026, 3, 3, 8, 59, tzinfo=UTC), datetime(2026, 3, 7, 10, 0, tzinfo=UTC)):
        assert send_digests(small_team, clock_of(small_team).set(at)) == 0


def test_the_lead_hears_of_days_without_a_reader(small_team: Services) -> None:
    clock_of(small_team).set(datetime(2026, 3, 27, 9, 30, tzinfo=UTC))
    send_digests(small_team, small_team.now())
    with small_team.read() as session:
        words = [row.opened(small_team.keyring)[1] for row in session.scalars(select(Message))]
    assert any("No reader on the rota: Monday 30 March, Tuesday 31 March" in each for each in words)


def test_every_way_in_which_staff_and_people_are_kept_informed_is_a_job() -> None:
    names = {job.name for job in JOBS}
    assert {"act on pending replies", "send alerts", "escalate", "send digests"} <= names
