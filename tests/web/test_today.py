"""Today shows each role what needs it now, in order, and whether the service is alive."""

import re

import pytest
from sqlalchemy import select

from outreach.actions.hand_off import claim, task_called
from outreach.actions.staff import member_called
from outreach.models import Event
from outreach.models.heartbeat import beat
from outreach.vocabulary import Role, TaskKind
from tests.house import clock_of
from tests.web.conftest import Live
from tests.web.life import lively, task_of
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of


def _needs(site: Site, role: Role, name: str = "") -> list[str]:
    """What the list says, one text an item."""
    page = site.signed_in(role, name).get("/today").text
    items = re.findall(r'<li class="need[^>]*>(.*?)</li>', page, flags=re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


def test_what_may_be_a_crisis_comes_first_and_then_what_is_due_first(site: Site) -> None:
    lively(site)
    needs = _needs(site, Role.CLINICIAN)
    assert needs[0].startswith("Possible crisis Ben, not taken yet Urgent")
    assert any(need.startswith("Call back Amina, not taken yet Due ") for need in needs)
    assert any(need.startswith("Read 2 replies") for need in needs)


def test_a_taken_task_is_only_its_own_peer_workers(site: Site) -> None:
    lively(site)
    task = task_of(site.services, TaskKind.CALLBACK)
    with site.services.begin() as session:
        claim(session, task_called(session, task.id), member_called(session, "Pat Peer"), site.services.now())
    assert any("Call back Amina, yours" in need for need in _needs(site, Role.PEER_WORKER))
    assert not any("Amina" in need for need in _needs(site, Role.PEER_WORKER, name="Sam Second"))
    assert any("Call back Amina, taken" in need for need in _needs(site, Role.PEER_LEAD))


def test_late_work_says_how_late(site: Site) -> None:
    lively(site)
    clock_of(site.services).forward(days=4)
    (need,) = [each for each in _needs(site, Role.PEER_LEAD) if each.startswith("Call back")]
    assert need == "Call back Amina, not taken yet Late since Tuesday 3 March"


def test_an_analyst_sees_figures_and_nobodys_name(site: Site) -> None:
    lively(site)
    page = text_of(site.signed_in(Role.ANALYST).get("/today"))
    assert "Nothing needs you now" in page
    assert "Amina" not in page
    assert "Ben" not in page
    assert "Is the service alive?" in page


def test_the_service_says_when_it_last_ran_and_what_fails(site: Site) -> None:
    client = site.signed_in(Role.ADMIN)
    assert "Has not run yet" in text_of(client.get("/today"))
    with site.services.begin() as session:
        beat(session, "tick", site.services.now())
    assert "Ran less than a minute ago" in text_of(client.get("/today"))
    clock_of(site.services).forward(minutes=20)
    assert "Has not run for 20 minutes" in text_of(client.get("/today"))
    with site.services.begin() as session:
        beat(session, "escalate", site.services.now(), "OperationalError")
        beat(session, "tick", site.services.now())
    assert "this fails: escalate (OperationalError)" in text_of(client.get("/today"))


def test_replies_pauses_and_the_list_are_told(site: Site) -> None:
    lively(site)
    page = text_of(site.signed_in(Role.PEER_LEAD).get("/today"))
    assert "Last reply heard Today at 10am" in page
    assert "Waiting for therapy, by Lee Lead: the words are being changed" in page
    assert "None has been imported yet" in page
    assert "Import the waiting list none has been imported yet Late" in page


def test_what_blocks_going_live_is_told_to_those_who_run_it(site: Site) -> None:
    told = {role: text_of(site.signed_in(role).get("/today")) for role in Role}
    for role in (Role.ADMIN, Role.PEER_LEAD, Role.CLINICIAN):
        assert "Nobody has confirmed that the text provider" in told[role]
        assert "No waiting list has been taken in yet" in told[role]
    for role in (Role.PEER_WORKER, Role.ANALYST):
        assert "Before real people get messages" not in told[role]


def test_the_coming_week_counts_what_is_due(site: Site) -> None:
    lively(site)
    page = site.signed_in(Role.ADMIN).get("/today").text
    days = re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', page)
    assert [day for day, _ in days][:2] == ["Monday 2 March", "Tuesday 3 March"]
    assert dict(days)["Saturday 7 March"] == "no sending"
    assert sum(int(number) for _, number in days if number.isdigit()) >= 1


def test_whose_names_were_shown_is_in_the_audit_trail(site: Site) -> None:
    lively(site)
    site.signed_in(Role.CLINICIAN).get("/today")
    with site.services.read() as session:
        event = session.scalars(select(Event).where(Event.verb == "saw a list of people")).one()
    assert event.who == "Cleo Clinician"
    assert len(event.facts["people"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_today_is_accessible_in_every_role(live: Live, phone: bool) -> None:
    lively(live.site)
    clock_of(live.site.services).forward(days=4)
    for role in Role:
        page = live.visit(role, phone=phone)
        page.goto("/today")
        assert_accessible(page)
