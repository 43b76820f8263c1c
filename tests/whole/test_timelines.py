"""What `outreach timeline` tells about somebody at each stage: the past with its states, the future with reasons."""

import hashlib
import shutil
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.actions.import_waitlist import Taking, import_waitlist
from outreach.app import wire
from outreach.rules.waitlist import read_rows
from outreach.rules.waitlist_row import RawRow
from outreach.services import Services, wall_clock
from tests.commands import Commands
from tests.house import Clock
from tests.whole.time_passes import pass_time

pytestmark = pytest.mark.long

WEEKS = 9
HEARD_ON = 4
"""The last list came so many days ago."""

FIELDS = {"at", "due_at", "state", "channel", "schedule", "step", "occurrence", "reason", "message_id"}

Person = dict[str, str | int]
"""Columns of a waiting list, with days counted from today."""

PEOPLE: Mapping[str, Person] = {
    "NEW": {"referred_on": -70},
    "BOOKED": {"referred_on": -80, "assessment_at": 10},
    "MISSED": {"referred_on": -90, "assessment_at": -7, "assessment_attendance": "3"},
    "SEEN": {"referred_on": -100, "assessment_at": -30, "assessment_attendance": "5"},
    "ACCEPTED": {
        "referred_on": -400,
        "assessment_at": -330,
        "assessment_attendance": "5",
        "accepted_on": -300,
    },
    "STARTS": {
        "referred_on": -500,
        "assessment_at": -430,
        "assessment_attendance": "5",
        "accepted_on": -400,
        "treatment_at": 16,
    },
    "ENDS": {
        "referred_on": -600,
        "assessment_at": -530,
        "assessment_attendance": "6",
        "accepted_on": -500,
        "treatment_at": -150,
        "treatment_attendance": "5",
        "therapy_ended_on": 16,
    },
    "LEFT": {"referred_on": -90, "closed_on": -10, "closed_reason": "moved away"},
    "QUIET": {"referred_on": -70, "safe_to_text": "no"},
}
"""Somebody at each stage; and one whom no text may reach."""

TELLS = {
    "NEW": ("awaiting assessment", {"first-contact"}, {"check-in"}),
    "BOOKED": ("awaiting assessment", {"first-contact", "what-to-expect"}, {"reminder-7", "reminder-2"}),
    "MISSED": ("awaiting assessment", {"reminder-7", "reminder-2", "missed"}, {"check-in"}),
    "SEEN": ("awaiting decision", {"first-contact"}, {"check-in"}),
    "ACCEPTED": ("awaiting treatment", {"first-contact", "check-in"}, {"check-in"}),
    "STARTS": ("awaiting treatment", {"first-contact"}, {"reminder-7", "reminder-2"}),
    "ENDS": ("in treatment", {"first-contact"}, {"ended", "two-weeks-after", "eight-weeks-after"}),
    "LEFT": ("closed", {"first-contact"}, set[str]()),
    "QUIET": ("awaiting assessment", set[str](), set[str]()),
}
"""The stage, steps that have been delivered, and steps that will be sent."""


@pytest.fixture(scope="module")
def folder(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine weeks of these people, up to now."""
    folder = tmp_path_factory.mktemp("timelines")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    clock = Clock(wall_clock() - timedelta(weeks=WEEKS))
    services = wire(folder / "config.toml", clock=clock)
    now = wall_clock()
    for days_ago in (WEEKS * 7, HEARD_ON, 0):
        pass_time(services, now - timedelta(days=days_ago))
        if days_ago:
            _import(services, services.calendar.day_of(clock.at))
    services.engine.dispose()
    return folder


def _import(services: Services, day: date) -> None:
    """Take in the list as it stood on this day."""
    today = services.calendar.day_of(wall_clock())
    rows = [_row(name, columns, today, day) for name, columns in PEOPLE.items()]
    raw = [RawRow(line, row) for line, row in enumerate(rows, 2)]
    listed = read_rows(list(rows[0]), raw, day)
    digest = hashlib.sha256(repr(rows).encode()).digest()
    assert import_waitlist(services, listed, Taking("tests", services.now(), digest)).refused == 0


def _row(name: str, columns: Person, today: date, day: date) -> dict[str, str]:
    row = dict.fromkeys({column for each in PEOPLE.values() for column in each}, "")
    row |= {
        "referral_id": name,
        "given_name": name.title(),
        "mobile": f"07700 9001{list(PEOPLE).index(name):02}",
    }
    row |= {"safe_to_text": "yes", "date_of_birth": "1990-05-01"}
    for column, value in columns.items():
        row[column] = str(value) if isinstance(value, str) else (today + timedelta(days=value)).isoformat()
    for kind in ("assessment", "treatment"):
        if row[f"{kind}_at"]:
            row[f"{kind}_attendance"] = row[f"{kind}_attendance"] if row[f"{kind}_at"] < str(day) else "0"
            row[f"{kind}_at"] += " 15:30"
    if row["closed_on"] > str(day):
        row["closed_on"] = row["closed_reason"] = ""
    return row


@pytest.mark.parametrize("name", PEOPLE)
def test_a_timeline_tells_what_went_and_what_comes_at_each_stage(
    commands: Commands, folder: Path, name: str
) -> None:
    stage, delivered, coming = TELLS[name]
    lines = commands(folder, "timeline", name, "--json").records
    _has_its_dates_and_reasons(lines)
    assert delivered <= {line["step"] for line in lines if line["state"] == "delivered"}
    assert coming <= {line["step"] for line in lines if line["state"] in ("will send", "planned")}
    page = commands(folder, "timeline", name)
    assert page.code == 0
    assert page.out.startswith(f"{name}: {stage}\n\nSo far\n")
    for step in coming:
        assert step.replace("-", " ") in page.out.split("To come, if nothing changes")[1]


def _has_its_dates_and_reasons(lines: list[dict[str, Any]]) -> None:
    now = wall_clock()
    for line in lines:
        assert set(line) == FIELDS
        at = datetime.fromisoformat(line["at"] or line["due_at"])
        if line["state"] == "delivered":
            assert at <= now
            assert line["channel"] == "sms"
        elif line["state"] in ("will send", "planned"):
            assert at > now
            assert line["reason"] or line["state"] == "planned"
        else:
            assert line["state"] in (
                "will skip",
                "will write",
                "will ring",
                "to ring",
                "cancelled",
                "expired",
            )
            assert line["reason"]
    moments = [line["at"] or line["due_at"] for line in lines]
    assert moments == sorted(moments)


def test_who_can_get_nothing_is_told_why_on_every_line(commands: Commands, folder: Path) -> None:
    lines = commands(folder, "timeline", "QUIET", "--json").records
    assert len(lines) > 3
    assert {line["reason"] for line in lines} == {
        "texts are not safe for this person; no usable email address"
    }


def test_a_closed_referral_has_nothing_to_come(commands: Commands, folder: Path) -> None:
    page = commands(folder, "timeline", "LEFT").out
    assert page.endswith("To come, if nothing changes\n  nothing in the next six months\n")


def test_a_referral_that_is_not_there_is_named_with_what_to_do(commands: Commands, folder: Path) -> None:
    ran = commands(folder, "timeline", "R-404")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "Error: no referral has this id; `outreach messages --json` lists the ids in use\n"
