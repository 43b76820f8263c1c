"""What a waiting list does to people, referrals, appointments and messages; and what no list can do."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, Table, func, select

from outreach.actions.import_waitlist import BATCH, Imported, Taking, import_waitlist
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.plan import plan_due
from outreach.actions.timeline import timeline
from outreach.engines.jobs import tick
from outreach.errors import WaitlistError
from outreach.models import (
    Appointment,
    Base,
    Enrolment,
    Event,
    Hold,
    Message,
    Person,
    Referral,
    StageEvent,
    Task,
    WaitlistImport,
)
from outreach.models.person import people_by
from outreach.models.referral import referral_called
from outreach.models.waitlist import list_taken_in_at
from outreach.rules.waitlist import read_rows
from outreach.rules.waitlist_row import RawRow
from outreach.services import Services
from outreach.vocabulary import (
    Attendance,
    Cause,
    Channel,
    MessageState,
    NumberIs,
    Stage,
    TaskKind,
    TaskState,
)
from tests.house import clock_of
from tests.waitlists import make_waitlist, synthetic_nhs_number

AMINA = {
    "referral_id": "R-1",
    "nhs_number": synthetic_nhs_number(1),
    "given_name": "Amina",
    "family_name": "Example",
    "date_of_birth": "1990-05-01",
    "mobile": "07700 900001",
    "email": "amina@example.org",
    "safe_to_text": "yes",
    "safe_to_email": "yes",
    "number_is": "own",
    "ethnicity": "",
    "referred_on": "2026-02-02",
    "assessment_at": "",
    "assessment_attendance": "",
    "accepted_on": "",
    "treatment_at": "",
    "closed_on": "",
    "deceased_on": "",
    "do_not_contact": "no",
}
BEN = {
    **AMINA,
    "referral_id": "R-2",
    "nhs_number": synthetic_nhs_number(2),
    "given_name": "Ben",
    "mobile": "",
    "email": "ben@example.org",
}


def amina(**cells: str) -> dict[str, str]:
    """Amina's row, but."""
    return {**AMINA, **cells}


def without(row: dict[str, str], *columns: str) -> dict[str, str]:
    """The row of a file that lacks these columns."""
    return {column: cell for column, cell in row.items() if column not in columns}


def take(
    services: Services,
    *rows: dict[str, str],
    dry_run: bool = False,
    full: bool = False,
    batch: int = BATCH,
) -> Imported:
    """Take in a file of these rows; the first one's keys are its headers."""
    raw = [RawRow(line, row) for line, row in enumerate(rows, 2)]
    now = services.now()
    listed = read_rows(list(rows[0]), raw, services.calendar.day_of(now))
    digest = hashlib.sha256(json.dumps(rows).encode()).digest()
    return import_waitlist(
        services, listed, Taking("a test", now, digest, dry_run=dry_run, full=full, batch=batch)
    )


def counts(came: Imported) -> tuple[int, int, int, int]:
    """New, updated, unchanged, refused."""
    return came.new, came.updated, came.unchanged, came.refused


def all_of(services: Services, table: type[Any], *where: Any) -> list[Any]:
    """The stored rows, oldest first."""
    with services.read() as session:
        return list(session.scalars(select(table).where(*where).order_by(table.id)))


def everything(services: Services) -> dict[str, list[Any]]:
    """Every row of every table, but for the record of imports."""
    kept = [table for table in Base.metadata.sorted_tables if table.name != WaitlistImport.__tablename__]
    with services.read() as session:
        return {table.name: [tuple(row) for row in session.execute(in_order(table))] for table in kept}


def in_order(table: Table) -> Select[Any]:
    """All rows of the table, always in the same order."""
    return select(table).order_by(*table.primary_key)


def only(services: Services, table: type[Any], *where: Any) -> Any:
    """The one stored row."""
    (row,) = all_of(services, table, *where)
    return row


def notes(came: Imported) -> list[tuple[int, str]]:
    """Row and column of each note."""
    return [(note.row, note.column) for note in came.notes]


def at(services: Services, day: str, wall: str = "09:00") -> None:
    """Move the clock to this moment in London."""
    moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(wall))
    clock_of(services).set(moment.replace(tzinfo=services.calendar.zone).astimezone(UTC))


def step_of(services: Services, step: str) -> list[MessageState]:
    """The states of the messages of this step, oldest first."""
    return [message.state for message in all_of(services, Message, Message.step == step)]


# Who goes in


def test_a_row_becomes_a_person_who_can_be_found_and_is_planned_for(services: Services) -> None:
    came = take(services, amina(assessment_at="2026-03-20 10:30"))
    assert counts(came) == (1, 0, 0, 0)
    person, referral, visit = (only(services, table) for table in (Person, Referral, Appointment))
    details = person.opened(services.keyring)
    assert (details.called, details.mobile, details.date_of_birth) == ("Amina", "+447700900001", "1990-05-01")
    assert (person.safe_to_text, person.number_is, person.language) == (True, NumberIs.OWN, "en")
    assert (referral.local_id, referral.stage) == ("R-1", Stage.AWAITING_ASSESSMENT)
    assert (visit.on_date, visit.at_time) == (date(2026, 3, 20), time(10, 30))
    found = [
        ("mobile", "+447700900001"),
        ("nhs_number", AMINA["nhs_number"]),
        ("name", "example"),
        ("prefix", "ami"),
    ]
    with services.read() as session:
        for kind, value in found:
            assert people_by(session, services.keyring, kind, value) == [person.id]
    assert only(services, Enrolment).schedule == "before-assessment"


def test_what_the_import_counts_as_planned_is_what_the_timeline_promises(sqlite_services: Services) -> None:
    services = sqlite_services
    came = take(services, amina(assessment_at="2026-03-20 10:30"), BEN)
    promised = 0
    until = services.now() + timedelta(days=28)
    with services.read() as session:
        referrals = [referral_called(session, name) for name in ("R-1", "R-2")]
    for referral in referrals:
        lines = timeline(services, referral, services.now()).lines
        promised += sum(line.at is not None and services.now() <= line.at <= until for line in lines)
    assert came.planned == promised > 5


def test_the_same_list_again_changes_nothing(services: Services) -> None:
    rows = make_waitlist(60, 3, date(2026, 3, 2))
    first = take(services, *rows)
    assert counts(first) == (60, 0, 0, 0)
    before = everything(services)
    assert all(
        before[name] for name in ("person", "lookup_token", "appointment", "stage_event", "task", "message")
    )
    again = take(services, *rows)
    assert (counts(again), again.cancelled, again.planned) == ((0, 0, 60, 0), 0, 0)
    assert everything(services) == before


def test_a_dry_run_tells_exactly_what_the_import_then_does_and_writes_nothing(services: Services) -> None:
    take(services, *make_waitlist(40, 3, date(2026, 3, 2)))
    at(services, "2026-03-09")
    tick(services)
    rows = make_waitlist(90, 3, date(2026, 3, 9))
    rows[85]["nhs_number"], rows[85]["date_of_birth"] = rows[45]["nhs_number"], rows[45]["date_of_birth"]
    rows[7]["ethnicity"] = "Q"
    before = everything(services)
    told = take(services, *rows, dry_run=True, batch=25)
    assert everything(services) == before
    assert len(all_of(services, WaitlistImport)) == 1
    assert told.new == 50
    assert told.refused == 1
    assert told == take(services, *rows, batch=25)


def test_a_person_is_an_nhs_number_and_never_a_phone(services: Services) -> None:
    second = amina(referral_id="R-3", referred_on="2026-02-20")
    same_phone = {**BEN, "mobile": AMINA["mobile"], "email": AMINA["email"]}
    assert counts(take(services, AMINA, second, same_phone)) == (3, 0, 0, 0)
    whose = {referral.local_id: referral.person_id for referral in all_of(services, Referral)}
    assert whose["R-1"] == whose["R-3"] != whose["R-2"]
    assert len(all_of(services, Person)) == 2
    anonymous = [without(amina(referral_id=f"R-{n}"), "nhs_number") for n in (4, 5)]
    take(services, *anonymous)
    assert len(all_of(services, Person)) == 4


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (amina(nhs_number=synthetic_nhs_number(9)), "nhs_number"),
        (amina(referral_id="R-9", date_of_birth="1991-05-01"), "date_of_birth"),
        ({**BEN, "referral_id": "R-7", "nhs_number": AMINA["nhs_number"]}, "nhs_number"),
    ],
)
def test_a_row_that_contradicts_who_is_on_record_is_refused_and_changes_nothing(
    sqlite_services: Services, row: dict[str, str], column: str
) -> None:
    services = sqlite_services
    take(services, AMINA, {**BEN, "referral_id": "R-7", "nhs_number": ""})
    before = everything(services)
    came = take(services, row)
    assert [(fault.row, fault.column) for fault in came.refusals] == [(2, column)]
    assert everything(services) == before


def test_an_nhs_number_learned_later_is_kept_and_found(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(nhs_number=""))
    assert counts(take(services, AMINA)) == (0, 1, 0, 0)
    assert counts(take(services, amina(referral_id="R-3"))) == (1, 0, 0, 0)
    assert len(all_of(services, Person)) == 1


# Details


def test_blanks_and_absent_columns_leave_details_as_they_are(services: Services) -> None:
    take(services, amina(preferred_name="Mina", contact_note="Ring after 4 pm"))
    before = everything(services)
    take(services, amina(preferred_name="", mobile="", email="", safe_to_text="", date_of_birth=""))
    take(services, {"referral_id": "R-1", "given_name": "Amina", "referred_on": "2026-02-02"})
    assert everything(services) == before


def test_changed_details_are_sealed_again_and_found_under_the_new_ones_only(services: Services) -> None:
    take(services, AMINA)
    sealed = only(services, Person).details
    came = take(services, amina(mobile="07700 900777", family_name="Sample", ethnicity="N", language="so"))
    assert counts(came) == (0, 1, 0, 0)
    person = only(services, Person)
    assert person.details != sealed
    assert (person.opened(services.keyring).mobile, person.ethnicity, person.language) == (
        "+447700900777",
        "N",
        "so",
    )
    with services.read() as session:
        assert people_by(session, services.keyring, "mobile", "+447700900777") == [person.id]
        assert people_by(session, services.keyring, "mobile", "+447700900001") == []
        assert people_by(session, services.keyring, "name", "example") == []
    event = only(services, Event, Event.subject == "person")
    assert sorted(event.facts["columns"]) == ["ethnicity", "family_name", "language", "mobile"]
    assert not any(word in json.dumps(event.facts) for word in ("777", "Sample"))


def test_an_address_is_one_thing_and_is_never_half_replaced(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(address_1="Flat 2", address_2="1 Sample Street", postcode="ZZ99 3WZ"))
    take(services, amina(address_1="9 Example Road", address_2="", postcode=""))
    details = only(services, Person).opened(services.keyring)
    assert (details.address, details.postcode) == (("9 Example Road",), "ZZ99 3WZ")


def test_never_asked_means_appointment_messages_only(sqlite_services: Services) -> None:
    services = sqlite_services
    unasked = amina(safe_to_text="", safe_to_email="", referred_on="2026-02-27")
    take(services, {**unasked, "assessment_at": "2026-03-16 10:30"})
    assert only(services, Person).safe_to_text is None
    for day in ("2026-03-02", "2026-03-06", "2026-03-09"):
        at(services, day, "11:00")
        tick(services)
    assert step_of(services, "what-to-expect") == step_of(services, "reminder-7") == [MessageState.DELIVERED]
    (offer,) = all_of(services, Message, Message.step == "talk-offer")
    assert offer.state is MessageState.CANCELLED
    assert "never asked" in offer.reason


# Appointments


def test_another_date_is_another_appointment_with_reminders_of_its_own(services: Services) -> None:
    take(services, amina(referred_on="2026-01-05", assessment_at="2026-03-09 10:30"))
    at(services, "2026-03-02", "10:30")
    tick(services)
    assert step_of(services, "reminder-7") == [MessageState.DELIVERED]
    clock_of(services).forward(hours=1)
    came = take(services, amina(referred_on="2026-01-05", assessment_at="2026-04-20 10:30"))
    assert counts(came) == (0, 1, 0, 0)
    first, second = all_of(services, Appointment)
    assert (first.cancelled_because, first.on_date) == (
        "the assessment moved to Monday 20 April",
        date(2026, 3, 9),
    )
    assert (second.on_date, second.cancelled_at) == (date(2026, 4, 20), None)
    at(services, "2026-04-13", "10:30")
    tick(services)
    assert step_of(services, "reminder-7") == [MessageState.DELIVERED] * 2


def planned_reminder(services: Services, **cells: str) -> None:
    """Amina's assessment is on Monday 9 March, and the reminder of 7 days before waits in the queue."""
    take(services, amina(referred_on="2026-01-05", assessment_at="2026-03-09 10:30", **cells))
    at(services, "2026-03-02", "10:30")
    plan_due(services, services.now())
    assert step_of(services, "reminder-7") == [MessageState.PLANNED]


ENDINGS = [
    ({"assessment_at": "2026-04-20 10:30"}, "the assessment moved to Monday 20 April"),
    ({"assessment_at": ""}, "the assessment was called off"),
    ({"assessment_attendance": "4"}, "the assessment was called off"),
    ({"closed_on": "2026-03-01"}, "the referral was closed"),
    ({"deceased_on": "2026-03-01"}, "the person has died"),
    ({"do_not_contact": "yes"}, "marked do-not-contact"),
]


@pytest.mark.parametrize(("cells", "why"), ENDINGS)
def test_what_no_longer_holds_is_taken_back_in_the_same_breath_and_says_why(
    services: Services, cells: dict[str, str], why: str
) -> None:
    kept = {"referred_on": "2026-01-05", "assessment_at": "2026-03-09 10:30"}
    planned_reminder(services)
    came = take(services, amina(**{**kept, **cells}))
    assert counts(came) == (0, 1, 0, 0)
    assert came.cancelled >= 1
    (reminder,) = all_of(services, Message, Message.step == "reminder-7")
    assert (reminder.state, reminder.reason) == (MessageState.CANCELLED, f"cancelled: {why}")


def test_another_time_on_the_same_day_is_the_same_appointment(services: Services) -> None:
    planned_reminder(services)
    came = take(services, amina(referred_on="2026-01-05", assessment_at="2026-03-09 14:00"))
    assert counts(came) == (0, 1, 0, 0)
    assert only(services, Appointment).at_time == time(14)
    assert step_of(services, "reminder-7") == [MessageState.PLANNED]
    tick(services)
    reminder = only(services, Message, Message.step == "reminder-7")
    assert "2pm" in reminder.opened(services.keyring)[1]
    assert only(services, Event, Event.subject == "appointment").facts == {"columns": ["at"]}


def test_a_date_without_a_time_forgets_no_time(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(assessment_at="2026-03-20 10:30"))
    assert counts(take(services, amina(assessment_at="2026-03-20"))) == (0, 0, 1, 0)
    assert only(services, Appointment).at_time == time(10, 30)


def test_an_absent_appointment_column_calls_nothing_off(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(assessment_at="2026-03-20 10:30"))
    take(services, without(AMINA, "assessment_at"))
    assert only(services, Appointment).cancelled_at is None


def test_a_blank_takes_back_no_appointment_that_has_been(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(assessment_at="2026-02-27 10:30"))
    take(services, AMINA)
    assert only(services, Appointment).cancelled_at is None


def test_a_missed_assessment_brings_a_kind_note_and_the_next_date_leaves_it_on_record(
    services: Services,
) -> None:
    seen = {"assessment_at": "2026-03-02 09:30", "assessment_attendance": "3"}
    take(services, amina(assessment_at="2026-03-02 09:30"))
    at(services, "2026-03-03", "09:00")
    assert counts(take(services, amina(**seen))) == (0, 1, 0, 0)
    clock_of(services).forward(hours=3)
    tick(services)
    assert step_of(services, "missed") == [MessageState.DELIVERED]
    take(services, amina(assessment_at="2026-04-20 09:30", assessment_attendance=""))
    first, second = all_of(services, Appointment)
    assert (first.attendance, first.cancelled_at) == (Attendance.DID_NOT_ATTEND, None)
    assert (second.on_date, second.attendance) == (date(2026, 4, 20), None)


def test_an_attendance_without_a_date_is_about_the_appointment_that_has_been(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    take(services, amina(assessment_at="2026-02-27 10:30"))
    take(services, amina(assessment_attendance="5"))
    visit = only(services, Appointment)
    assert (visit.attendance, visit.attendance_recorded_at) == (Attendance.SEEN_ON_TIME, services.now())
    assert only(services, Referral).stage is Stage.AWAITING_DECISION
    came = take(services, {**BEN, "assessment_attendance": "5"})
    assert notes(came) == [(2, "assessment_attendance")]


def test_not_yet_attended_takes_back_nothing_that_is_known(sqlite_services: Services) -> None:
    services = sqlite_services
    for code in ("5", "0", ""):
        take(services, amina(assessment_at="2026-02-27 10:30", assessment_attendance=code))
        assert only(services, Appointment).attendance is Attendance.SEEN_ON_TIME


def test_being_accepted_moves_the_referral_on_and_keeps_every_dated_fact(services: Services) -> None:
    seen = {"assessment_at": "2026-02-20 10:30", "assessment_attendance": "5"}
    take(services, amina(**seen))
    take(services, amina(**seen, accepted_on="2026-02-27"))
    referral = only(services, Referral)
    assert (referral.stage, referral.accepted_on) == (Stage.AWAITING_TREATMENT, date(2026, 2, 27))
    facts = [(row.kind, row.on_date, row.stage) for row in all_of(services, StageEvent)]
    assert facts == [
        ("referred", date(2026, 2, 2), None),
        ("stage", None, Stage.AWAITING_DECISION),
        ("accepted", date(2026, 2, 27), None),
        ("stage", None, Stage.AWAITING_TREATMENT),
    ]
    ended = {row.schedule: row.ended_because for row in all_of(services, Enrolment)}
    assert ended == {"awaiting-decision": "moved on to awaiting_treatment", "waiting-for-therapy": None}


# What no file takes back


@pytest.mark.parametrize(
    ("stop", "column"),
    [
        ({"deceased_on": "2026-03-01"}, "deceased_on"),
        ({"do_not_contact": "yes"}, "do_not_contact"),
        ({"closed_on": "2026-03-01"}, "closed_on"),
    ],
)
def test_no_file_revives_a_death_a_closing_or_do_not_contact(
    services: Services, stop: dict[str, str], column: str
) -> None:
    take(services, amina(**stop))
    before = everything(services)
    came = take(services, AMINA)
    assert everything(services) == before
    assert (counts(came), notes(came)) == ((0, 0, 1, 0), [(2, column)])
    assert came.planned == 0


def test_a_death_in_a_refused_row_still_stops_everything(services: Services) -> None:
    planned_reminder(services)
    came = take(services, amina(deceased_on="2026-03-01", ethnicity="Q"))
    assert [(fault.row, fault.column) for fault in came.refusals] == [(2, "ethnicity")]
    assert notes(came) == [(2, "deceased_on")]
    assert only(services, Person).deceased_on == date(2026, 3, 1)
    assert step_of(services, "reminder-7") == [MessageState.CANCELLED]
    before = everything(services)
    take(services, amina(deceased_on="2026-03-01", ethnicity="Q"))
    assert everything(services) == before


@pytest.mark.parametrize(
    "cells",
    [
        {"deceased_on": "31/02/2026"},
        {"deceased_on": "2026-03-01", "nhs_number": synthetic_nhs_number(9)},
        {"deceased_on": "2026-03-01", "date_of_birth": "1991-05-01", "ethnicity": "Q"},
    ],
)
def test_a_death_that_is_not_certain_is_checked_by_staff_today_and_holds_check_ins(
    services: Services, cells: dict[str, str]
) -> None:
    take(services, AMINA)
    for _ in range(2):
        came = take(services, amina(**cells))
        assert came.refused == 1
        assert (
            "a task asks staff" in [fault for fault in came.refusals if fault.column == "deceased_on"][-1].fix
        )
    assert only(services, Person).deceased_on is None
    task = only(services, Task)
    assert (task.kind, services.calendar.day_of(task.due_at)) == (TaskKind.RECORD_CHECK, date(2026, 3, 2))
    assert only(services, Hold).task_id == task.id


def test_a_death_in_a_refused_row_of_nobody_on_record_is_told(sqlite_services: Services) -> None:
    came = take(sqlite_services, amina(deceased_on="2026-03-01", ethnicity="Q"), BEN)
    assert (counts(came), notes(came)) == ((1, 0, 0, 1), [(2, "deceased_on")])


# How people may be reached


def test_a_later_imported_number_inherits_its_stop(services: Services) -> None:
    token = services.keyring.blind("mobile", "+447700900001")
    with services.begin() as session:
        opt_out(
            session,
            Stop(Cause.REPLY, address_token=token, channel=Channel.SMS),
            services.now(),
            who="the person",
        )
    take(services, amina(email="", referred_on="2026-02-27"))
    at(services, "2026-03-02", "11:00")
    tick(services)
    message = only(services, Message)
    assert (message.state, message.reason) == (MessageState.CANCELLED, "has opted out of texts")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"number_is": "shared"}, "the number is shared with somebody"),
        ({"number_is": "carer"}, "the number is a carer's"),
        ({"date_of_birth": "2008-03-03"}, "under 18 on the day"),
    ],
)
def test_nothing_goes_by_itself_where_staff_decide_and_a_task_says_why(
    services: Services, cells: dict[str, str], why: str
) -> None:
    rows = [
        amina(referred_on="2026-02-27", **cells),
        amina(referral_id="R-3", referred_on="2026-02-27", **cells),
    ]
    take(services, *rows)
    take(services, *rows)
    task = only(services, Task)
    assert task.kind is TaskKind.KEEP_IN_TOUCH
    assert why in task.reason
    at(services, "2026-03-02", "12:00")
    tick(services)
    reasons = {message.state: message.reason for message in all_of(services, Message)}
    assert set(reasons) == {MessageState.CANCELLED, MessageState.EXPIRED}
    assert why in reasons[MessageState.CANCELLED]


def test_somebody_who_turns_18_hears_from_us_from_that_day(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(date_of_birth="2008-03-03", referred_on="2026-02-28"))
    at(services, "2026-03-03", "11:00")
    tick(services)
    assert step_of(services, "first-contact") == [MessageState.DELIVERED]


def test_consent_taken_back_reaches_what_waits_in_the_queue(services: Services) -> None:
    take(services, amina(referred_on="2026-02-27"))
    at(services, "2026-03-02", "10:30")
    plan_due(services, services.now())
    came = take(services, amina(referred_on="2026-02-27", safe_to_text="no", safe_to_email="no"))
    assert came.cancelled == 1
    assert step_of(services, "first-contact") == [MessageState.CANCELLED] * 2
    assert "not safe" in all_of(services, Message)[-1].reason


# Rows that are missing


def test_a_missing_row_is_told_and_changes_nothing(services: Services) -> None:
    take(services, AMINA, BEN, amina(referral_id="R-3", closed_on="2026-03-01"))
    before = everything(services)
    assert take(services, AMINA).missing == ["R-2"]
    assert everything(services) == before


def test_a_refused_row_is_not_missing(sqlite_services: Services) -> None:
    take(sqlite_services, AMINA, BEN)
    assert take(sqlite_services, AMINA, {**BEN, "ethnicity": "Q"}).missing == []


def test_who_is_missing_from_a_full_list_is_held_until_staff_have_looked(services: Services) -> None:
    take(services, AMINA, BEN)
    assert take(services, AMINA, full=True).held == 1
    task, held = only(services, Task), only(services, Hold)
    ben = only(services, Referral, Referral.local_id == "R-2")
    assert (task.kind, task.referral_id, held.person_id) == (TaskKind.RECORD_CHECK, ben.id, ben.person_id)
    before = everything(services)
    assert take(services, AMINA, full=True).held == 0
    assert everything(services) == before


def test_who_is_listed_again_is_let_go_by_itself(services: Services) -> None:
    take(services, AMINA, BEN)
    take(services, AMINA, full=True)
    clock_of(services).forward(days=1)
    take(services, AMINA, BEN)
    assert only(services, Task).state is TaskState.CLOSED
    assert only(services, Hold).released_at == services.now()


def test_a_part_of_the_list_called_full_is_refused_before_anything_happens(sqlite_services: Services) -> None:
    services = sqlite_services
    rows = make_waitlist(60, 3, date(2026, 3, 2))
    take(services, *rows)
    before = everything(services)
    with pytest.raises(WaitlistError, match="hardly a full list"):
        take(services, amina(referral_id="R-NEW", nhs_number=""), *rows[:20], full=True)
    assert everything(services) == before


def test_a_list_is_fresh_from_the_moment_it_was_taken_in(sqlite_services: Services) -> None:
    services = sqlite_services
    take(services, amina(ethnicity="Q"))
    take(services, AMINA, dry_run=True)
    with services.read() as session:
        assert list_taken_in_at(session) is None
    take(services, AMINA)
    with services.read() as session:
        assert list_taken_in_at(session) == services.now()


def test_late_first_contacts_are_spread_over_all_batches_together(sqlite_services: Services) -> None:
    services = sqlite_services
    most = services.config.sending.first_contacts_a_day
    long_ago = {"referred_on": "2025-01-06", "accepted_on": "2025-03-03"}
    came = take(
        services, *[amina(referral_id=f"R-{n}", nhs_number="", **long_ago) for n in range(6 * most + 20)]
    )
    with services.read() as session:
        query = select(Enrolment.first_contact_on, func.count()).group_by(Enrolment.first_contact_on)
        days = [count for _, count in session.execute(query.order_by(Enrolment.first_contact_on))]
    assert days == [most] * 6 + [20]
    assert came.first_contacts_until == date(2026, 3, 11)
