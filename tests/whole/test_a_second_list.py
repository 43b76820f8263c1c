"""A second waiting list moves, calls off, closes and ends what the first one said; the command tells it in words."""

import shutil
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from outreach.app import calendar_for
from outreach.services import wall_clock
from tests.commands import Commands, Ran
from tests.house import settings
from tests.waitlists import Row, as_csv

LONDON = ZoneInfo("Europe/London")
CALENDAR = calendar_for(settings())
TODAY = CALENDAR.day_of(wall_clock())
VISIT = TODAY + timedelta(days=18)
LATER = TODAY + timedelta(days=40)

FIRST: Mapping[str, Mapping[str, str]] = {
    name: {"assessment_at": f"{VISIT} 15:30", "assessment_attendance": "0"}
    for name in ("MOVED", "OFF", "CLOSED", "DIED", "UNWANTED", "SAME")
}
SECOND: Mapping[str, Mapping[str, str]] = {
    "MOVED": {"assessment_at": f"{LATER} 15:30"},
    "OFF": {"assessment_at": "", "assessment_attendance": ""},
    "CLOSED": {"closed_on": str(TODAY), "closed_reason": "moved away"},
    "DIED": {"deceased_on": str(TODAY)},
    "UNWANTED": {"do_not_contact": "yes"},
    "SAME": {},
}
WHY = {
    "MOVED": f"the assessment moved to {CALENDAR.day_name(LATER)}",
    "OFF": "the assessment was called off",
    "CLOSED": "the referral was closed",
    "DIED": "the person has died",
    "UNWANTED": "marked do-not-contact",
}


def rows(changes: Mapping[str, Mapping[str, str]]) -> list[Row]:
    """One row each, as in the first list but for these changes."""
    columns = ("closed_on", "closed_reason", "deceased_on", "do_not_contact")
    return [
        {
            "referral_id": name,
            "given_name": name.title(),
            "mobile": f"07700 90020{number}",
            "safe_to_text": "yes",
            "referred_on": str(TODAY - timedelta(days=60)),
            **FIRST[name],
            **dict.fromkeys(columns, ""),
            **changes.get(name, {}),
        }
        for number, name in enumerate(FIRST)
    ]


@pytest.fixture
def folder(commands: Commands, made: Path, tmp_path: Path) -> Path:
    """The first list is in."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    (tmp_path / "first.csv").write_bytes(as_csv(rows({})))
    (tmp_path / "second.csv").write_bytes(as_csv(rows(SECOND)))
    assert commands(tmp_path, "waitlist", "import", "first.csv").code == 0
    return tmp_path


def coming(commands: Commands, folder: Path, name: str) -> list[dict[str, Any]]:
    """What this timeline still promises."""
    lines = commands(folder, "timeline", name, "--json").records
    return [line for line in lines if line["state"] in ("planned", "will send")]


def test_each_change_of_a_second_list_replans_or_withdraws_and_is_told_in_words(
    commands: Commands, folder: Path
) -> None:
    before = {name: coming(commands, folder, name) for name in FIRST}
    assert all({"reminder-7", "reminder-2"} <= {line["step"] for line in lines} for lines in before.values())
    trial = commands(folder, "waitlist", "import", "second.csv", "--dry-run")
    told = commands(folder, "waitlist", "import", "second.csv")
    for name, why in WHY.items():
        assert f"  {name}: {why}\n" in told.out
    assert "SAME" not in told.out
    assert "0 new, 5 updated, " in told.out
    assert trial.out == told.out + "This was a dry run: nothing was changed.\n"

    after = {name: coming(commands, folder, name) for name in FIRST}
    assert after["SAME"] == before["SAME"]
    for name in ("CLOSED", "DIED", "UNWANTED"):
        assert after[name] == []
    assert not any(line["step"].startswith("reminder") for line in after["OFF"])
    reminders = {line["step"]: line for line in after["MOVED"] if line["step"].startswith("reminder")}
    assert set(reminders) == {"reminder-7", "reminder-2"}
    for line in reminders.values():
        assert datetime.fromisoformat(line["at"]).date() > VISIT


def test_what_was_queued_is_cancelled_in_the_same_breath_with_its_reason(
    commands: Commands, folder: Path
) -> None:
    queue(commands, folder)
    told = commands(folder, "waitlist", "import", "second.csv", "--json").record
    assert {each["referral_id"]: each["why"] for each in told["replanned"]} == WHY
    found = {
        each["referral_id"]: each
        for each in commands(folder, "messages", "--json").records
        if each["step"] == "what-to-expect"
    }
    assert told["cancelled"] >= len(WHY)
    for name, why in WHY.items():
        assert (found[name]["state"], found[name]["reason"]) == ("cancelled", f"cancelled: {why}")
    assert found["SAME"]["state"] == "planned"


def queue(commands: Commands, folder: Path) -> Ran:
    """Before the window opens, what that day brings is put on record and cannot leave yet."""
    due = VISIT - timedelta(days=14)
    day = due if CALENDAR.is_working_day(due) else CALENDAR.working_day_before(due)
    moment = datetime.combine(day, time(17, 55), LONDON)
    return commands(folder, "tick", "--at", moment.isoformat())
