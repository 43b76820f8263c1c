"""A waiting list of 2,000 with every column, from the file to the phones and inboxes, by the commands alone."""

import hashlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from outreach.app import calendar_for
from outreach.rules.calendar import Calendar
from outreach.rules.waitlist_columns import COLUMNS
from outreach.services import clock_set_to, wall_clock
from tests.commands import Commands, Ran
from tests.house import settings
from tests.standins.mail import MailStandIn, Taken
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN, Arrived, TwilioStandIn
from tests.waitlists import Row, as_csv, make_waitlist

pytestmark = pytest.mark.long

REFERRALS = 2_000
LONDON = ZoneInfo("Europe/London")
EARLY, LATE, CLOSES = time(8, 30), time(17, 20), time(18, 0)
APART = timedelta(seconds=15)
"""The clocks of program and stand-in are started one after the other."""

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri")

SETTINGS = """
[sms]
provider = "twilio"
[sms.twilio]
account_sid = "{account}"
from_number = "{number}"
api_base_url = "{api}"
[email]
provider = "smtp"
[email.smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
from_address = "Northside <hello@example.org>"
[sending]
allow_everyone = true
"""


@dataclass(frozen=True, slots=True)
class Story:
    """What went in on one day, and what came of it the next working day."""

    rows: list[Row]
    calendar: Calendar
    day: date
    empty: str
    after_trial: str
    trial: Ran
    imported: Ran
    after_import: str
    again: Ran
    after_again: str
    early: Ran
    arrived_early: int
    waiting: Ran
    first: Ran
    second: Ran
    messages: Ran
    texts: list[Arrived]
    refused: list[tuple[int, int]]
    emails: list[Taken]


@pytest.fixture(scope="module")
def story(commands: Commands, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Trial, import, import again; then ticks before the window opens, in its last hour, and once more."""
    folder = tmp_path_factory.mktemp("list")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    with TwilioStandIn() as twilio, MailStandIn() as mail:
        config = folder / "config.toml"
        config.write_text(
            SETTINGS.format(account=ACCOUNT, number=OUR_NUMBER, api=twilio.url, port=mail.port),
            encoding="utf-8",
        )

        def run(*words: str) -> Ran:
            ran = commands(folder, *words, OUTREACH_SMS__TWILIO__AUTH_TOKEN=TOKEN)
            assert (ran.code, ran.err) == (0, ""), ran
            return ran

        run("staff", "add", "Grace", "--role", "peer_worker")
        for weekday in WEEK:
            run("staff", "hours", "Grace", weekday, "9:30-15:30")
        calendar = calendar_for(settings())
        today = calendar.day_of(wall_clock())
        day = calendar.working_day_after(today)
        rows = make_waitlist(REFERRALS, seed=7, today=today)
        (folder / "list.csv").write_bytes(as_csv(rows))

        def tick(at: time) -> Ran:
            moment = datetime.combine(day, at, LONDON)
            twilio.clock = clock_set_to(moment)
            return run("tick", "--at", moment.isoformat(), "--json")

        empty = _stored(folder)
        trial = run("waitlist", "import", "list.csv", "--dry-run", "--json")
        after_trial = _stored(folder)
        imported = run("waitlist", "import", "list.csv", "--json")
        after_import = _stored(folder)
        again = run("waitlist", "import", "list.csv", "--json")
        after_again = _stored(folder)
        early = tick(EARLY)
        arrived_early = len(twilio.arrived) + len(mail.taken)
        waiting = run("messages", "--json")
        first, second = tick(LATE), tick(LATE)
        yield Story(
            rows,
            calendar,
            day,
            empty,
            after_trial,
            trial,
            imported,
            after_import,
            again,
            after_again,
            early,
            arrived_early,
            waiting,
            first,
            second,
            run("messages", "--json"),
            twilio.arrived,
            twilio.refused,
            mail.taken,
        )


def _stored(folder: Path) -> str:
    """A digest of all rows but the record of imports itself."""
    digest = hashlib.sha256()
    with sqlite3.connect(folder / "outreach.sqlite3") as database:
        for line in database.iterdump():
            if not line.startswith('INSERT INTO "waitlist_import"'):
                digest.update(line.encode())
    database.close()
    return digest.hexdigest()


def test_the_list_has_every_column_and_each_is_used(story: Story) -> None:
    assert tuple(story.rows[0]) == COLUMNS
    assert all(any(row[column] for row in story.rows) for column in COLUMNS)


def test_the_trial_writes_nothing_and_tells_what_the_import_then_does(story: Story) -> None:
    assert story.after_trial == story.empty
    assert story.trial.record == {**story.imported.record, "dry_run": True}
    assert story.imported.record["new"] == REFERRALS
    assert story.imported.record["refused"] == 0
    assert story.imported.record["planned"] > 500


def test_the_same_list_again_changes_nothing(story: Story) -> None:
    counts = story.again.record
    assert counts["unchanged"] == REFERRALS
    assert [counts[name] for name in ("new", "updated", "cancelled", "planned", "refused")] == [0] * 5
    assert story.after_import != story.empty
    assert story.after_again == story.after_import


def test_before_the_window_opens_nothing_leaves(story: Story) -> None:
    opens = datetime.combine(story.day, time(9), LONDON)
    waiting = [each for each in story.waiting.records if each["state"] == "planned"]
    assert any(datetime.fromisoformat(each["planned_for"]) <= opens for each in waiting)
    assert (story.early.record["sent"], story.arrived_early) == (0, 0)


def test_every_message_on_record_as_sent_arrived_once_and_nothing_else_did(story: Story) -> None:
    sent = [record for record in story.messages.records if record["state"] == "sent"]
    texts = Counter(record["provider_id"] for record in sent if record["channel"] == "sms")
    assert texts == Counter(text.sid for text in story.texts)
    emails = [email.message["Message-ID"] for email in story.emails]
    assert len(set(emails)) == len(emails) == sum(record["channel"] == "email" for record in sent)
    assert story.first.record["sent"] == len(sent) == len(texts) + len(emails)
    assert min(len(texts), len(emails)) > 10
    assert story.refused == []


def test_every_reminder_that_the_file_makes_due_that_day_arrives_once_and_names_its_date(
    story: Story,
) -> None:
    sids = {
        (record["referral_id"], record["step"]): record["provider_id"]
        for record in story.messages.records
        if record["state"] == "sent" and record["channel"] == "sms"
    }
    arrived = {text.sid: text.form for text in story.texts}
    due = [
        (row, f"reminder-{days}", on)
        for row in filter(_gets_texts, story.rows)
        for on in _booked(row)
        for days in (7, 2)
        if _working_day_up_to(story.calendar, on - timedelta(days=days)) == story.day
    ]
    assert due
    for row, step, on in due:
        form = arrived[sids[row["referral_id"], step]]
        assert form["To"] == "+44" + row["mobile"].replace(" ", "")[1:]
        assert f"{on:%A} {on.day} {on:%B}" in form["Body"]


def _gets_texts(row: Row) -> bool:
    """Nothing in this row stands against a text about an appointment."""
    return (
        row["mobile"] != ""
        and row["number_is"] == "own"
        and row["do_not_contact"] == "no"
        and row["preferred_channel"] in ("", "sms")
        and row["safe_to_text"] != "no"
        and row["interpreter"] == "no"
        and row["format"] == ""
    )


def _booked(row: Row) -> Iterator[date]:
    """The days of appointments that are still to come."""
    for kind in ("assessment", "treatment"):
        if row[f"{kind}_attendance"] == "0":
            yield date.fromisoformat(row[f"{kind}_at"][:10])


def _working_day_up_to(calendar: Calendar, day: date) -> date:
    return day if calendar.is_working_day(day) else calendar.working_day_before(day)


def test_nothing_arrives_outside_the_window_and_nothing_may_linger_beyond_it(story: Story) -> None:
    closes = datetime.combine(story.day, CLOSES, LONDON)
    for text in story.texts:
        at = text.at.astimezone(LONDON)
        assert LATE <= at.time() < time(17, 50)
        assert at + timedelta(seconds=int(text.form["ValidityPeriod"])) <= closes + APART


def test_every_message_on_record_is_accounted_for(story: Story) -> None:
    records = story.messages.records
    now = datetime.combine(story.day, LATE, LONDON)
    for record in records:
        match record["state"]:
            case "sent":
                assert record["sent_at"]
                assert record["template_version"] == 1
            case "planned":
                assert datetime.fromisoformat(record["planned_for"]) > now
            case state:
                assert state in ("cancelled", "expired")
                assert record["reason"]
    came_new = story.first.record["planned"] + story.first.record["skipped"]
    assert len(records) == len(story.waiting.records) + came_new
    assert {each["id"] for each in story.waiting.records} < {each["id"] for each in records}
    standing = Counter(
        (each["referral_id"], each["step"], each["occurrence"])
        for each in records
        if each["state"] != "cancelled"
    )
    assert set(standing.values()) == {1}


def test_a_second_tick_at_the_same_time_does_nothing(story: Story) -> None:
    assert set(story.second.record.values()) == {0}


def test_emails_say_everything_as_text_and_html_and_can_be_ended_by_one_click(story: Story) -> None:
    for email in story.emails:
        assert email.sender == "hello@example.org"
        kinds = [part.get_content_type() for part in email.message.walk() if not part.is_multipart()]
        assert kinds == ["text/plain", "text/html"]
        assert email.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
