"""A comparison by lot, lived through: nobody gets anything before their date, and what went wrong is told."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from outreach.actions.compare import (
    arms_of,
    begin_comparison,
    end_comparison,
    stepped_start,
    two_wordings,
)
from outreach.app import wire
from outreach.cli_compare import comparison
from outreach.errors import RefusedError
from outreach.models import Appointment, Comparison, Event, Message, Referral
from outreach.reports.comparison import compared_in, comparison_section
from outreach.reports.document import Section
from outreach.rules.lots import Lot
from outreach.rules.rates import Definition
from outreach.rules.spans import Span, day_in_words
from outreach.sealing import write_keyring
from outreach.services import Services
from outreach.vocabulary import AppointmentKind, Attendance, Purpose, Role
from tests import cast
from tests.house import KEYS, clock_of, run_tick

STARTS = date(2026, 3, 9)
SCHEDULE = "waiting-for-therapy"
SPAN = Span(date(2026, 3, 1), date(2026, 8, 31))


def _lot(services: Services, seed: int = 5) -> Lot:
    return stepped_start(4, 4, STARTS, seed, services.calendar.day_of(services.now()))


def _waiting(services: Services, count: int = 12, accepted: date | None = None) -> list[str]:
    """So many people who were accepted at different times and wait for therapy; their ids, the same in each run.

    Lots are drawn by id: with ids by chance, one run in thirty would leave a cohort without anybody.
    """
    ids = []
    with services.begin() as session:
        for number in range(count):
            details = cast.another(mobile=f"+4477009001{number:02d}", email=f"a{number}@example.org")
            person = cast.person(session, services, details, id=str(UUID(int=number)))
            cast.referral(
                session,
                services,
                person,
                date(2025, 3, 3),
                local_id=f"W-{number}",
                plans=False,
                accepted_on=accepted or date(2025, 6, 2) + timedelta(days=20 * number),
            )
            ids.append(person.id)
        cast.replan_all(session, services)
    return ids


def _live(services: Services, days: int) -> None:
    """Let days pass, with a pass of planning and sending at every step's time."""
    calendar = services.calendar
    first = calendar.day_of(services.now())
    for offset in range(days):
        for wall in (time(10, 31), time(14, 1)):
            at = calendar.at(first + timedelta(days=offset), wall)
            if at > services.now():
                clock_of(services).set(at)
                run_tick(services)


def _section(services: Services) -> Section:
    today = services.calendar.day_of(services.now())
    with services.read() as session:
        (section,) = comparison_section(compared_in(session, SPAN, services.calendar, today), Definition())
    return section


def test_nobody_hears_from_us_before_their_date_and_everybody_afterwards(sqlite_services: Services) -> None:
    services = sqlite_services
    people = _waiting(services)
    lot = _lot(services)
    begin_comparison(services, SCHEDULE, lot, services.now(), who="Lee Lead", why="to learn")
    _live(services, 100)
    with services.read() as session:
        sent = session.execute(
            select(Message.person_id, Message.sending_at).where(
                Message.sending_at.is_not(None), Message.purpose != Purpose.APPOINTMENT
            )
        ).all()
    assert {row.person_id for row in sent} == set(people)
    for row in sent:
        begins = lot.begins_on(lot.arm_of(row.person_id))
        assert begins is not None
        assert services.calendar.day_of(row.sending_at) >= begins
    first = {person: min(row.sending_at for row in sent if row.person_id == person) for person in people}
    for person, at in first.items():
        begins = lot.begins_on(lot.arm_of(person))
        assert begins is not None
        assert (services.calendar.day_of(at) - begins).days <= 7
    assert "Of 12 people, 0 (0%) got messages before their cohort began" in _section(services).summary[1]


def test_a_planted_contamination_is_reported_and_counts_where_the_lot_put_it(services: Services) -> None:
    people = _waiting(services)
    lot = _lot(services)
    begin_comparison(services, SCHEDULE, lot, services.now(), who="Lee Lead", why="to learn")
    early = next(person for person in people if lot.arm_of(person) == 3)
    now = services.calendar.at(STARTS + timedelta(days=2), time(11))
    with services.begin() as session:
        referral = session.scalars(select(Referral).where(Referral.person_id == early)).one()
        session.add(_sent(referral, now))
        _attended(session, services, referral, STARTS + timedelta(days=10), Attendance.DID_NOT_ATTEND)
    clock_of(services).set(now + timedelta(days=30))
    section = _section(services)
    assert "1 (8%) got messages before their cohort began" in section.summary[1]
    arms = next(table for table in section.tables() if table.key == "comparison-1-arms")
    assert [row[1] for row in arms.rows] == [0, 0, 0, 1]
    missed = next(table for table in section.tables() if table.key == "comparison-1-missed")
    assert [row[:3] for row in missed.rows[:2]] == [("Not begun yet", 1, 1), ("Begun", 0, 0)]


def _sent(referral: Referral, at: datetime) -> Message:
    return Message(
        person_id=referral.person_id,
        referral_id=referral.id,
        schedule=SCHEDULE,
        step="check-in",
        occurrence="planted:1",
        purpose=Purpose.CHECK_IN,
        template="waiting-for-therapy/check-in-1",
        channel="sms",
        language="en",
        state="delivered",
        reason="",
        due_at=at,
        planned_for=at,
        created_at=at,
        sending_at=at,
        sent_at=at,
    )


def _attended(session: Session, services: Services, referral: Referral, on: date, code: Attendance) -> None:
    session.add(
        Appointment(
            referral_id=referral.id,
            kind=AppointmentKind.TREATMENT,
            on_date=on,
            attendance=code,
            created_at=services.now(),
        )
    )


def test_ending_it_lets_everybody_begin(sqlite_services: Services) -> None:
    services = sqlite_services
    people = _waiting(services, 6)
    begin_comparison(services, SCHEDULE, _lot(services), services.now(), who="Lee Lead", why="to learn")
    end_comparison(services, services.now(), who="Lee Lead", why="no longer needed")
    _live(services, 14)
    with services.read() as session:
        heard = set(session.scalars(select(Message.person_id).where(Message.sending_at.is_not(None))))
    assert heard == set(people)


def test_it_is_off_unless_turned_on_with_a_reason_and_a_name_and_only_one_runs(services: Services) -> None:
    with services.read() as session:
        assert comparison_section(compared_in(session, SPAN, services.calendar, STARTS), Definition()) == []
    lot = _lot(services)
    with pytest.raises(RefusedError, match="needs a reason"):
        begin_comparison(services, SCHEDULE, lot, services.now(), who="Lee Lead", why=" ")
    with pytest.raises(RefusedError, match="no schedule"):
        begin_comparison(services, "nothing", lot, services.now(), who="Lee Lead", why="to learn")
    begin_comparison(services, SCHEDULE, lot, services.now(), who="Lee Lead", why="to learn")
    with pytest.raises(RefusedError, match="under way"):
        begin_comparison(services, SCHEDULE, lot, services.now(), who="Lee Lead", why="to learn")
    with services.read() as session:
        row = session.scalars(select(Comparison)).one()
        assert (row.who, row.why, row.lot) == ("Lee Lead", "to learn", lot)
        assert (
            session.scalars(select(Event).where(Event.verb == "began a comparison")).one().who == "Lee Lead"
        )


def test_the_first_cohort_begins_after_today(services: Services) -> None:
    with pytest.raises(RefusedError, match="after today"):
        stepped_start(4, 4, date(2026, 3, 2), 1, date(2026, 3, 2))


def test_who_would_be_in_which_cohort_is_counted_beforehand(sqlite_services: Services) -> None:
    people = _waiting(sqlite_services)
    lot = _lot(sqlite_services)
    with sqlite_services.read() as session:
        arms = arms_of(session, SCHEDULE, lot)
    assert sum(arm.people for arm in arms) == len(people)
    assert [arm.begins_on for arm in arms] == [STARTS + timedelta(weeks=4 * n) for n in range(4)]


def test_two_wordings_go_half_and_half_and_a_wrong_one_is_reported(sqlite_services: Services) -> None:
    services = sqlite_services
    other = "waiting-for-therapy/check-in-2"
    people = _waiting(services, 10, accepted=date(2026, 3, 2))
    with services.read() as session:
        lot = two_wordings(session, SCHEDULE, "what-happens-next", other, 3)
        with pytest.raises(RefusedError, match="no step"):
            two_wordings(session, SCHEDULE, "nothing", other, 3)
        with pytest.raises(RefusedError, match="no template"):
            two_wordings(session, SCHEDULE, "what-happens-next", "nothing/at-all", 3)
    begin_comparison(services, SCHEDULE, lot, services.now(), who="Lee Lead", why="which reads better")
    _live(services, 14)
    with services.read() as session:
        query = select(Message.person_id, Message.template).where(
            Message.step == "what-happens-next", Message.sending_at.is_not(None)
        )
        got = {row.person_id: row.template for row in session.execute(query)}
    assert set(got) == set(people)
    for person, template in got.items():
        assert (template == other) == (lot.arm_of(person) == 1)
    assert len(set(got.values())) == 2
    assert "0 (0%) got" in _section(services).summary[1]
    wrong = next(person for person in people if lot.arm_of(person) == 0)
    with services.begin() as session:
        session.execute(update(Message).where(Message.person_id == wrong).values(template=other))
    assert "1 (10%) got messages in the wording of the other group" in _section(services).summary[1]


def test_a_lot_depends_on_nothing_but_seed_and_person() -> None:
    person = str(UUID(int=1))
    assert {Lot(9, 4, STARTS + timedelta(days=day), 4).arm_of(person) for day in range(5)} == {
        Lot(9, 4).arm_of(person)
    }


def test_the_commands_show_size_and_cohorts_before_anything_is_on(made_sqlite: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[database]\nurl = "sqlite:///outreach.sqlite3"\n', "utf-8")
    (tmp_path / "outreach.sqlite3").write_bytes(made_sqlite.read_bytes())
    write_keyring(KEYS, tmp_path / "keyring.json")
    services = wire(path)
    starts = services.calendar.day_of(services.now()) + timedelta(days=7)
    with services.begin() as session:
        cast.staff(session, services, "Lee Lead", Role.PEER_LEAD)

    def run(*words: str) -> Result:
        return CliRunner().invoke(comparison, words, env={"OUTREACH_CONFIG": str(path)})

    rates = ("--before", "36", "--hoped", "26")
    lot = ("stepped-start", SCHEDULE, "--starts", starts.isoformat(), *rates)
    by = ("--by", "Lee Lead", "--why", "to learn")
    trial = run(*lot, *by, "--seed", "7", "--dry-run")
    assert "each side needs 335 appointments" in trial.output
    assert f"Group 4 begins on {day_in_words(starts + timedelta(weeks=12))}: 0 people" in trial.output
    assert "Seed 7. Nothing was changed." in trial.output
    assert isinstance(run("end", *by).exception, RefusedError)
    assert isinstance(run(*lot, *by, "--weeks-between", "5").exception, RefusedError)
    assert run(*lot, "--why", "to learn").exit_code == 2, "a name is needed"
    assert "It is on." in run(*lot, *by).output
    assert "is off" in run("end", *by).output
    services.engine.dispose()
