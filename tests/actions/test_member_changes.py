"""Changing a member's particulars, and what becomes of their work when they leave."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.hand_off import claim
from outreach.actions.member_changes import Particulars, change_member, take_leave_of
from outreach.actions.sign_in import present, start_session
from outreach.errors import ContactError, RefusedError
from outreach.models import Duty, Event, StaffMember, Task
from outreach.services import Services
from outreach.vocabulary import Role, TaskState
from tests import cast
from tests.web.life import CALL, writes


@pytest.fixture
def team(services: Services) -> dict[str, str]:
    """Grace is a peer worker, Lee leads; their ids by name."""
    with services.begin() as session:
        return {
            name: cast.staff(session, services, name, role).id
            for name, role in (("Grace", Role.PEER_WORKER), ("Lee", Role.PEER_LEAD))
        }


def _change(services: Services, whom: str, to: Particulars, by: str) -> None:
    with services.begin() as session:
        member, other = (session.get_one(StaffMember, each) for each in (whom, by))
        change_member(session, member, to, other, services.now())


def _leaves(services: Services, whom: str, by: str) -> list[date]:
    with services.begin() as session:
        member, other = (session.get_one(StaffMember, each) for each in (whom, by))
        return take_leave_of(session, services, member, other, services.now())


def test_particulars_are_tidied_and_what_changed_is_on_record(
    services: Services, team: dict[str, str]
) -> None:
    to = Particulars(Role.PEER_LEAD, "grace@example.org", "07700 900123", [" PL ", ""], ["hears voices", " "])
    for _ in range(2):
        _change(services, team["Grace"], to, team["Lee"])
    with services.read() as session:
        grace = session.get_one(StaffMember, team["Grace"])
        events = list(session.scalars(select(Event).where(Event.verb == "changed")))
    assert (grace.role, grace.mobile, grace.languages, grace.backgrounds) == (
        Role.PEER_LEAD,
        "+447700900123",
        ["pl"],
        ["hears voices"],
    )
    assert [event.facts["columns"] for event in events] == [
        ["role", "email", "mobile", "languages", "backgrounds"]
    ]


def test_nobody_makes_themselves_an_admin(services: Services, team: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="own role"):
        _change(services, team["Lee"], Particulars(Role.ADMIN), team["Lee"])


def test_a_number_that_cannot_get_texts_is_refused(services: Services, team: dict[str, str]) -> None:
    with pytest.raises(ContactError):
        _change(services, team["Grace"], Particulars(Role.PEER_WORKER, mobile="12"), team["Lee"])


def test_whoever_leaves_is_signed_out_and_their_tasks_go_back_to_everyone(
    services: Services, team: dict[str, str]
) -> None:
    cast.amina(services)
    writes(services, CALL)
    tomorrow = services.calendar.day_of(services.now()) + timedelta(days=1)
    with services.begin() as session:
        grace = session.get_one(StaffMember, team["Grace"])
        token = start_session(session, grace, services.now())
        (task,) = session.scalars(select(Task)).all()
        claim(session, task, grace, services.now())
        session.add(Duty(day=tomorrow, reader_id=grace.id))
    assert _leaves(services, team["Grace"], team["Lee"]) == [tomorrow]
    with services.read() as session:
        (task,) = session.scalars(select(Task)).all()
    assert (task.state, task.assignee_id) == (TaskState.OPEN, None)
    assert present(services, token, services.now()) is None
    for name, told in (("Grace", "has left already"), ("Lee", "nobody ends their own")):
        with pytest.raises(RefusedError, match=told):
            _leaves(services, team[name], team["Lee"])
