"""Who works here, when and on which duty; and what the team's commands say."""

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner, Result

from outreach.actions.duty import duties
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.peers import peers
from outreach.actions.staff import (
    NewMember,
    OnDuty,
    add_leave,
    add_member,
    fill_rota,
    hands_on,
    member_called,
    rota,
    set_hours,
)
from outreach.actions.tasks import NewTask, raise_task
from outreach.actions.wishes import start_as_told, stop_as_told
from outreach.app import wire
from outreach.cli_people import pause, person, resume
from outreach.cli_staff import duty, read_week, staff
from outreach.cli_work import reply, task
from outreach.errors import ContactError, NotFoundError, OutreachError, RefusedError
from outreach.models import OptOut, Pause, Person, Referral, Task, WorkingHours
from outreach.models.person import file_under
from outreach.services import Services
from outreach.setting_up import set_up
from outreach.vocabulary import Cause, Channel, Purpose, Role, TaskKind, Urgency
from tests import cast
from tests.house import MONDAY

TODAY = MONDAY.date()


@pytest.fixture
def team(sqlite_services: Services) -> Services:
    """Grace, Hana, Dr Ito, Dr Kaur and an analyst work here; Amina waits."""
    services = sqlite_services
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER)
        cast.staff(session, services, "Hana", Role.PEER_LEAD)
        cast.staff(session, services, "Dr Ito", Role.CLINICIAN)
        cast.staff(session, services, "Dr Kaur", Role.CLINICIAN)
        cast.staff(session, services, "Lena", Role.ANALYST)
    return services


def test_a_member_is_added_once_and_found_however_the_name_is_typed(services: Services) -> None:
    new = NewMember("Grace  Okoro", Role.PEER_WORKER, "GRACE@example.org", "07700 900 111", ["PL"], ["carer"])
    with services.begin() as session:
        add_member(session, new, services.now(), who="a test")
    with services.read() as session:
        grace = member_called(session, "grace okoro")
        assert (grace.name, grace.email, grace.mobile) == (
            "Grace Okoro",
            "grace@example.org",
            "+447700900111",
        )
        assert (grace.languages, grace.backgrounds) == (["pl"], ["carer"])
        with pytest.raises(RefusedError, match="on record already"):
            add_member(session, NewMember("GRACE OKORO", Role.ADMIN), services.now(), who="a test")
        with pytest.raises(NotFoundError, match="staff list"):
            member_called(session, "Nobody")


def test_a_landline_is_no_mobile(team: Services) -> None:
    with team.read() as session, pytest.raises(ContactError, match="landline"):
        add_member(session, NewMember("Mo", Role.ADMIN, mobile="020 7946 0018"), team.now(), who="a test")


def test_an_analyst_works_with_nobodys_record(team: Services) -> None:
    with team.read() as session, pytest.raises(RefusedError, match="analyst"):
        hands_on(session, "Lena")


def test_hours_replace_only_the_weekdays_that_are_named(services: Services) -> None:
    with services.begin() as session:
        grace = cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True)
        week = read_week(["mon", "10:00-12:00", "13:00-15:30", "fri", "off"])
        set_hours(session, grace, week, services.now(), who="a test")
        rows = session.scalars(select(WorkingHours).order_by(WorkingHours.weekday, WorkingHours.starts)).all()
    assert [row.weekday for row in rows] == [0, 0, 1, 2, 3]
    assert (rows[0].starts, rows[1].ends) == (time(10), time(15, 30))


@pytest.mark.parametrize("words", ["15:30-09:30", "09:00-12:00 11:00-13:00", "09:00-09:00"])
def test_hours_that_cannot_be_are_refused(team: Services, words: str) -> None:
    week = read_week(["mon", *words.split()])
    with team.begin() as session, pytest.raises(RefusedError, match="end after they start"):
        set_hours(session, member_called(session, "Grace"), week, team.now(), who="a test")


@pytest.mark.parametrize("words", [["09:30-15:30"], ["mon", "nine to five"], ["mon", "9-25"]])
def test_hours_that_cannot_be_read_are_refused_with_an_example(words: list[str]) -> None:
    with pytest.raises(RefusedError, match="09:30-15:30"):
        read_week(words)


def test_nobody_on_leave_is_promised_for_a_call_and_duties_in_it_are_told(services: Services) -> None:
    now = services.now()
    with services.begin() as session:
        grace = cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True)
        ito = cast.staff(session, services, "Dr Ito", Role.CLINICIAN)
        fill_rota(session, services.calendar, TODAY, OnDuty(grace, ito), now, who="a test", weeks=1)
        told = add_leave(session, grace, TODAY, TODAY + timedelta(days=1), now, who="a test")
        (peer,) = peers(session, now)
    assert told == [TODAY, TODAY + timedelta(days=1)]
    assert peer.away == {TODAY, TODAY + timedelta(days=1)}


def test_a_rota_of_weeks_covers_working_days_and_leaves_out_who_is_away(services: Services) -> None:
    now, easter_week = services.now(), date(2026, 3, 30)
    with services.begin() as session:
        grace = cast.staff(session, services, "Grace", Role.PEER_WORKER)
        ito = cast.staff(session, services, "Dr Ito", Role.CLINICIAN)
        add_leave(session, ito, date(2026, 4, 1), date(2026, 4, 1), now, who="a test")
        filled = fill_rota(session, services.calendar, easter_week, OnDuty(grace, ito), now, who="a", weeks=2)
        again = fill_rota(session, services.calendar, easter_week, OnDuty(grace, ito), now, who="a", weeks=2)
        reading = duties(session, services.calendar, now).reading_days
    assert [day.isoformat()[5:] for day in filled.days] == [
        "03-30", "03-31", "04-02", "04-07", "04-08", "04-09", "04-10",
    ]  # fmt: skip
    assert filled.left_out == [(date(2026, 4, 1), "Dr Ito")]
    assert again == filled
    assert reading == frozenset(filled.days)


@pytest.mark.parametrize(
    ("day", "names", "why"),
    [
        (date(2026, 3, 7), ("Grace", "Dr Ito", None), "no working day"),
        (TODAY, ("Lena", "Dr Ito", None), "analyst"),
        (TODAY, ("Grace", "Hana", None), "no clinician"),
        (TODAY, ("Grace", "Dr Ito", "Dr Ito"), "other than"),
    ],
)
def test_a_duty_that_cannot_be_kept_is_refused(
    team: Services, day: date, names: tuple[str, str, str | None], why: str
) -> None:
    with team.begin() as session:
        reader, clinician = member_called(session, names[0]), member_called(session, names[1])
        on_duty = OnDuty(reader, clinician, member_called(session, names[2]) if names[2] else None)
        with pytest.raises(RefusedError, match=why):
            fill_rota(session, team.calendar, day, on_duty, team.now(), who="a test")


def test_the_rota_shows_days_that_nobody_has(team: Services) -> None:
    with team.begin() as session:
        on_duty = OnDuty(member_called(session, "Grace"), member_called(session, "Dr Ito"))
        fill_rota(session, team.calendar, TODAY, on_duty, team.now(), who="a test")
        session.flush()
        days = rota(session, team.calendar, TODAY, 3)
    assert [names for _, names in days] == [["Grace", "Dr Ito", ""], ["", "", ""], ["", "", ""]]


def test_stopping_everything_by_staff_opens_another_way_to_keep_in_touch(team: Services) -> None:
    with team.begin() as session:
        referral, grace = session.scalars(select(Referral)).one(), member_called(session, "Grace")
        for _ in range(2):
            stop_as_told(session, team, referral, grace, now=team.now(), why="rang us")
        assert session.scalars(select(OptOut.cause)).all() == [Cause.STAFF]
        assert session.scalars(select(Task.kind)).all() == [TaskKind.KEEP_IN_TOUCH]
        with pytest.raises(RefusedError, match="cannot be stopped"):
            stop_as_told(session, team, referral, grace, now=team.now(), why="x", purpose=Purpose.ANSWER)


def test_starting_again_undoes_a_stop_of_the_address_unless_it_is_shared(team: Services) -> None:
    token = team.keyring.blind("mobile", cast.AMINA.mobile)
    with team.begin() as session:
        opt_out(session, Stop(Cause.REPLY, address_token=token, channel=Channel.SMS), team.now(), who="a")
        dev = cast.person(session, team, cast.another(given_name="Dev", email=""))
        referral, grace = session.scalars(select(Referral)).one(), member_called(session, "Grace")
        assert start_as_told(session, team, referral, grace, now=team.now(), why="rang us") == 0
        file_under(session, team.keyring, dev.id, [])
        assert start_as_told(session, team, referral, grace, now=team.now(), why="rang us") == 1


Run = Callable[..., Result]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Services]:
    """An installation in a folder of its own, and a way to run the team's commands in it."""
    path = tmp_path_factory.mktemp("house") / "config.toml"
    path.touch()
    set_up(path)
    app = typer.Typer(pretty_exceptions_enable=False)
    for part, name in (
        (staff, "staff"),
        (duty, "duty"),
        (task, "task"),
        (reply, "reply"),
        (person, "person"),
    ):
        app.add_typer(part, name=name)
    app.command()(pause)
    app.command()(resume)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, words, env={"OUTREACH_CONFIG": str(path)})

    run("staff", "add", "Grace", "--role", "peer_worker", "--language", "pl")
    run("staff", "add", "Dr Ito", "--role", "clinician", "--mobile", "07700900101")
    services = wire(Path(path))
    with services.begin() as session:
        whose = cast.person(session, services)
        cast.referral(session, services, whose, services.calendar.day_of(services.now()), plans=False)
    return run, services


def _task(services: Services, cause: str) -> str:
    now = services.now()
    with services.begin() as session:
        person_id = session.scalars(select(Person.id)).one()
        new = NewTask(TaskKind.CALLBACK, Urgency.SOON, cause, "asked to talk", now, person_id=person_id)
        return raise_task(session, services.keyring, new, now).id


def _said(result: Result) -> str:
    assert result.exception is None, (result.exception, result.output)
    return result.output


def test_the_team_is_kept_by_commands(house: tuple[Run, Services]) -> None:
    run, _ = house
    assert "Grace works mon 09:30-15:30" in _said(run("staff", "hours", "grace", "Mon", "9:30-15:30"))
    assert "Dr Ito is away from" in _said(run("staff", "leave", "Dr Ito", "2031-06-02", "2031-06-03"))
    filled = _said(
        run("duty", "set", "2031-06-02", "--reader", "Grace", "--clinician", "Dr Ito", "--weeks", "1")
    )
    assert "Set for 3 working days" in filled
    assert filled.count("Dr Ito is on leave") == 2
    assert "reader" in _said(run("duty", "show"))
    assert '"name": "Grace"' in _said(run("staff", "list", "--json"))
    assert "Grace" in _said(run("staff", "list"))


def test_a_task_goes_its_way_by_commands(house: tuple[Run, Services]) -> None:
    run, services = house
    task_id = _task(services, "first")
    assert "Grace has this task" in _said(run("task", "claim", task_id, "--by", "Grace"))
    tried = run("task", "try", task_id, "--by", "Grace", "--result", "no_answer", "--note", "rang twice")
    assert "1 of 3 days" in _said(tried)
    assert "has this task" in _said(
        run("task", "transfer", task_id, "--by", "Grace", "--to", "Dr Ito", "--note", "prefers mornings")
    )
    assert "anyone can take it" in _said(run("task", "hand-back", task_id, "--by", "Dr Ito"))
    worried = _said(run("task", "worried", task_id, "--by", "Grace"))
    urgent_id = worried.rpartition("(task ")[2].rstrip(").\n")
    assert "alerts have stopped" in _said(run("task", "acknowledge", urgent_id, "--by", "Dr Ito"))
    close = ("task", "close", task_id, "--by", "Grace", "--outcome", "talked", "--quiet-until", "2031-01-06")
    assert "No check-ins until Monday 6 January" in _said(run(*close))
    assert isinstance(run(*close).exception, RefusedError)


def test_one_persons_messages_are_stopped_and_started_by_commands(house: tuple[Run, Services]) -> None:
    run, _ = house
    said = ("--by", "Grace", "--why", "rang us")
    assert "withdrawn" in _said(run("person", "opt-out", "R-1", *said, "--channel", "sms"))
    assert "until they text START" in _said(run("person", "opt-in", "R-1", *said))
    assert "Nothing was stopped" in _said(run("person", "opt-in", "R-1", *said))
    assert "Nothing more is sent" in _said(
        run("person", "died", "R-1", "--by", "Grace", "--on", "2026-03-01")
    )
    alone = run("person", "undo-death", "R-1", *said, "--with", "Grace")
    assert "two people" in str(alone.exception)
    assert "Taken back" in _said(run("person", "undo-death", "R-1", *said, "--with", "Dr Ito"))


def test_sending_is_paused_and_resumed_by_commands(house: tuple[Run, Services]) -> None:
    run, services = house
    said = ("--by", "Grace", "--why", "checking")
    assert "All sending is paused" in _said(run("pause", *said))
    assert "name the schedule" in str(run("pause", *said, "--step", "hello").exception)
    assert "in force: " in str(run("pause", *said, "--schedule", "nothing").exception)
    assert "paused: all sending" in str(run("resume", *said, "--schedule", "nothing").exception)
    assert "All sending goes on" in _said(run("resume", *said))
    with services.read() as session:
        assert session.scalars(select(Pause.resumed_by)).all() == ["Grace"]


@pytest.mark.parametrize(
    "words",
    [
        ("task", "claim", "nothing", "--by", "Grace"),
        ("task", "claim", "nothing", "--by", "Nobody"),
        ("reply", "read", "nothing", "--by", "Grace"),
        ("person", "died", "R-9", "--by", "Grace"),
        ("staff", "leave", "Grace", "soon"),
        ("duty", "set", "04/03/26", "--reader", "Grace", "--clinician", "Dr Ito"),
    ],
)
def test_a_slip_of_the_reader_is_an_error_they_can_put_right(
    house: tuple[Run, Services], words: tuple[str, ...]
) -> None:
    assert isinstance(house[0](*words).exception, OutreachError)
