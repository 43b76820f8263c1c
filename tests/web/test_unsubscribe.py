"""The way out that every email carries: a mail program's click acts, a visit only shows, and it can be taken back."""

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from outreach.actions.take_reply import take_reply
from outreach.models import OptOut, Person, Task
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Purpose, TaskKind
from outreach.web.app import create_app
from tests import cast


@pytest.fixture
def house(services: Services) -> Services:
    """Amina waits, on both databases."""
    cast.amina(services)
    return services


@pytest.fixture
def app(house: Services) -> Flask:
    """Its web application."""
    return create_app(house)


def _path(house: Services) -> str:
    with house.read() as session:
        return f"/unsubscribe/{house.keyring.sign('unsubscribe', session.scalars(select(Person.id)).one())}"


def _choose(house: Services, app: Flask, choice: str) -> TestResponse:
    return app.test_client().post(_path(house), data={"choice": choice})


def _standing(house: Services) -> list[tuple[Cause, Channel | None, Purpose | None]]:
    with house.read() as session:
        rows = session.scalars(select(OptOut).where(OptOut.undone_at.is_(None)).order_by(OptOut.id))
        return [(row.cause, row.channel, row.purpose) for row in rows]


def test_one_click_acts_once_and_opens_another_way_to_keep_in_touch(house: Services, app: Flask) -> None:
    for _ in range(2):
        answer = app.test_client().post(_path(house), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert _standing(house) == [(Cause.EMAIL_LINK, Channel.EMAIL, None)]
    with house.read() as session:
        assert session.scalars(select(Task.kind)).all() == [TaskKind.KEEP_IN_TOUCH]


def test_looking_changes_nothing(house: Services, app: Flask) -> None:
    page = app.test_client().get(_path(house)).get_data(as_text=True)
    assert "place on the waiting list stays the same" in page
    assert _standing(house) == []


@pytest.mark.parametrize(
    ("choice", "stopped"),
    [
        ("emails", (Channel.EMAIL, None)),
        ("texts", (Channel.SMS, None)),
        ("check_ins", (None, Purpose.CHECK_IN)),
        ("surveys", (None, Purpose.SURVEY)),
        ("everything", (None, None)),
        ("nonsense", (Channel.EMAIL, None)),
    ],
)
def test_a_person_chooses_what_stops(
    house: Services, app: Flask, choice: str, stopped: tuple[Channel | None, Purpose | None]
) -> None:
    assert "Done." in _choose(house, app, choice).get_data(as_text=True)
    assert _standing(house) == [(Cause.EMAIL_LINK, *stopped)]


def test_what_was_stopped_by_the_link_can_be_taken_back_by_it_and_a_stop_by_text_cannot(
    house: Services, app: Flask
) -> None:
    _choose(house, app, "everything")
    inbound = InboundMessage("SM1", Channel.SMS, cast.AMINA.mobile, "+447700900999", "STOP")
    take_reply(house, inbound, house.now())
    assert "get our messages again" in _choose(house, app, "again").get_data(as_text=True)
    assert _standing(house) == [(Cause.REPLY, Channel.SMS, None)]


@pytest.mark.parametrize("token", ["x", "0.x", "ü", "a" * 2000])
def test_a_link_that_is_not_ours_opens_nothing(house: Services, app: Flask, token: str) -> None:
    for method in ("GET", "POST"):
        assert app.test_client().open(f"/unsubscribe/{token}", method=method).status_code == 404
    assert _standing(house) == []
