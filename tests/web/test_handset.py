"""The demo's handset is a phone in both directions: what is typed goes through the real hook, signed."""

import pytest
from sqlalchemy import select

from outreach.actions.hand_off import Outcome, claim, close, record_try, task_called
from outreach.actions.staff import member_called
from outreach.engines.jobs import tick
from outreach.models import Message, Reply, Task
from outreach.services import Services
from outreach.vocabulary import MessageState, Role, TaskKind, TaskState, TryResult
from outreach.web.app import create_app
from tests import cast
from tests.house import build_services, clock_of
from tests.web.site import Site


@pytest.fixture
def demo(sqlite_url: str) -> Services:
    """A demo with Amina on the list and Grace in the office."""
    services = build_services(sqlite_url, service={"demo": True})
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True)
    return services


@pytest.fixture
def site(demo: Services) -> Site:
    """Its pages."""
    return Site(demo)


def _type(site: Site, words: str, once: str = "1") -> str:
    client = site.anybody()
    client.send("/handset/R-1", {"words": words, "once": once})
    return client.get("/handset/R-1").get_data(as_text=True)


def test_a_call_asked_for_on_a_handset_reaches_its_worker_and_what_was_held_goes_on_after_it(
    demo: Services, site: Site
) -> None:
    page = _type(site, "can someone call me please")
    assert "Someone who has waited too will ring you on Monday 2 March between 11am and 3:30pm" in page
    assert "delivered: talk soon" in page
    assert "Callback</strong> (soon, claimed, Grace)" in page
    with demo.read() as session:
        task = session.scalars(select(Task)).one()
    clock_of(demo).forward(days=3, hours=1)
    tick(demo)
    with demo.read() as session:
        held = session.scalars(select(Message).where(Message.step == "first-contact")).one()
    assert (held.state, held.reason) == (MessageState.HELD, "held: a callback is open")
    with demo.begin() as session:
        row, grace = task_called(session, task.id), member_called(session, "Grace")
        claim(session, row, grace, demo.now())
        record_try(session, demo, row, grace, now=demo.now(), result=TryResult.REACHED)
        close(session, row, grace, demo.now(), Outcome("talked"))
    tick(demo)
    with demo.read() as session:
        assert session.get_one(Message, held.id).state is MessageState.DELIVERED


def test_sending_the_same_form_twice_is_one_text(demo: Services, site: Site) -> None:
    for _ in range(2):
        _type(site, "hello there", once="same")
    with demo.read() as session:
        assert len(session.scalars(select(Reply)).all()) == 1


def test_a_handset_shows_what_was_understood_and_the_lines(demo: Services, site: Site) -> None:
    page = _type(site, "I can't go on")
    assert "possible crisis" in page
    assert "Samaritans" in page
    with demo.read() as session:
        (task,) = session.scalars(select(Task)).all()
        assert (task.kind, task.state) == (TaskKind.URGENT, TaskState.OPEN)


def test_handsets_exist_in_a_demo_only(sqlite_url: str) -> None:
    services = build_services(sqlite_url)
    cast.amina(services)
    assert create_app(services).test_client().get("/handset/R-1").status_code == 404
