"""The demo: made by the real parts, the same each time, and never over anything of somebody's own."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.listings import message_records, reply_records, task_records
from outreach.app import wire
from outreach.demo.installation import FOLDER, Wanted, make_demo, refuse_what_is_not_ours
from outreach.demo.lives import PRACTICE, make_lives
from outreach.errors import RefusedError
from outreach.models import Person, StaffMember
from outreach.models.referral import referral_called
from outreach.services import Services
from outreach.setting_up import faults_of
from outreach.vocabulary import MessageState, Role, TaskKind
from outreach.web.app import create_app

NOW = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
SMALL = Wanted(24, "http://127.0.0.1:8000", NOW, timedelta(weeks=4))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo of four weeks."""
    return make_demo(tmp_path_factory.mktemp("demo"), SMALL)


def _wired(folder: Path) -> Services:
    return wire(folder / "config.toml", clock=lambda: NOW)


def _story(folder: Path) -> str:
    """All that can be seen of a demo, without ids made by chance."""
    services = _wired(folder)
    with services.read() as session:
        records = [
            {key: value for key, value in record.items() if not key.endswith("id") or key == "referral_id"}
            for records in (message_records, reply_records, task_records)
            for record in records(session, services.keyring)
        ]
    services.engine.dispose()
    for record in records:
        record.pop("occurrence", None)
        record.pop("task_ids", None)
    whole = "\n".join(sorted(json.dumps(record, default=str) for record in records))
    return re.sub(r"/(?:mine|feedback)/[\w.-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", whole)


def test_the_same_demo_is_made_each_time(folder: Path, tmp_path: Path) -> None:
    assert _story(folder) == _story(make_demo(tmp_path, SMALL))


def test_a_demo_is_a_whole_installation_with_nothing_wrong_and_nothing_to_send_by_surprise(
    folder: Path,
) -> None:
    assert faults_of(folder / "config.toml") == []
    services = _wired(folder)
    assert not services.is_live
    with services.read() as session:
        states = Counter(record["state"] for record in message_records(session))
    services.engine.dispose()
    assert states[MessageState.DELIVERED] > 10
    assert not {MessageState.SENDING, MessageState.UNCONFIRMED, MessageState.FAILED} & set(states)


def test_work_waits_for_whoever_tries_it(folder: Path) -> None:
    services = _wired(folder)
    with services.read() as session:
        tasks = [task for task in task_records(session) if task["state"] != "closed"]
        unread = [reply for reply in reply_records(session) if not reply["read_by"]]
        roles = {member.role for member in session.scalars(select(StaffMember))}
    services.engine.dispose()
    calls = [task for task in tasks if task["kind"] == TaskKind.CALLBACK]
    assert (PRACTICE, True) in [(call["referral_id"], bool(call["assignee"])) for call in calls]
    assert len(calls) == 2
    assert {TaskKind.URGENT, TaskKind.UNMATCHED, TaskKind.KEEP_IN_TOUCH} <= {task["kind"] for task in tasks}
    assert len(unread) == 8
    assert roles == set(Role)


def test_what_is_typed_on_a_handset_comes_in_as_a_text_and_is_answered_there(folder: Path) -> None:
    services = _wired(folder)
    client = create_app(services).test_client()
    page = client.get(f"/handset/{PRACTICE}")
    fields = dict(re.findall(r'name="(once|csrf_token)" value="([^"]+)"', page.get_data(as_text=True)))
    words = {"words": "can someone call me please", **fields}
    for _ in range(2):  # pressed twice
        assert client.post(f"/handset/{PRACTICE}", data=words).status_code == 302
    shown = client.get(f"/handset/{PRACTICE}").get_data(as_text=True)
    assert shown.count("can someone call me please") == 1
    with services.read() as session:
        referral = referral_called(session, PRACTICE)
        answers = [
            record
            for record in message_records(session, services.keyring)
            if record["referral_id"] == PRACTICE and record["template"] == "answers/talk-soon"
        ]
        person = session.get_one(Person, referral.person_id)
    services.engine.dispose()
    assert person.introduced_at is not None
    assert answers[-1]["state"] == MessageState.DELIVERED
    assert "will ring you on Wednesday 4 March" in answers[-1]["body"]


def test_the_practice_person_is_still_in_touch_when_somebody_comes_to_try(folder: Path) -> None:
    services = _wired(folder)
    with services.read() as session:
        readings = {
            reading
            for record in reply_records(session)
            if record["referral_id"] == PRACTICE
            for reading in record["readings"]
        }
    services.engine.dispose()
    assert readings <= {"wants_talk", "thanks"}


def test_a_folder_of_somebodys_own_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    mine = tmp_path / FOLDER / "config.toml"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError, match="was not made by the demo"):
        make_demo(tmp_path, SMALL)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert [each.name for each in tmp_path.iterdir()] == [FOLDER]


def test_whatever_the_demo_leaves_in_its_folder_is_its_own(folder: Path) -> None:
    assert (folder / "keyring.json.sent").exists()
    refuse_what_is_not_ours(folder)


def test_a_file_that_somebody_put_into_the_demo_is_never_thrown_away(folder: Path) -> None:
    notes = folder / "my notes.txt"
    notes.write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"my notes\.txt"):
        make_demo(folder.parent, SMALL)
    assert (folder / "outreach.sqlite3").exists()
    notes.unlink()


def test_people_are_made_up_and_can_never_be_reached() -> None:
    lives = make_lives(1200, 1, NOW.date(), NOW.date() - timedelta(weeks=26))
    mobiles = [life.fixed["mobile"] for life in lives if life.fixed["mobile"]]
    assert len(set(mobiles)) == len(mobiles) > 700
    assert all(mobile.startswith("07700 900") for mobile in mobiles)
    assert all(life.fixed["email"].endswith("@example.org") for life in lives if life.fixed["email"])
    assert all(life.fixed["nhs_number"].startswith("99") for life in lives)
    assert all(life.fixed["mobile"] or life.fixed["email"] for life in lives)
    assert len({life.fixed["nhs_number"] for life in lives}) == len(lives)
