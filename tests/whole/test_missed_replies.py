"""Replies that came while our hook was down are fetched from the provider, once each, with all that follows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from outreach.database import make_engine
from outreach.engines.jobs import JOBS, Stopper, run_and_tell, tick
from outreach.models import Base, Message, OptOut, Reply, Task
from outreach.models.heartbeat import Heartbeat
from outreach.providers.twilio import TwilioTexts
from outreach.services import Services
from outreach.vocabulary import TaskKind
from outreach.web.app import create_app
from tests.crowd import crowd, details_of
from tests.house import Clock, build_services, clock_of
from tests.standins import twilio as standin
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN, TwilioStandIn, signature

REPLIES = 300
WORDS = ("STOP", "Can someone ring me?", "Thank you, the letter came")
HOOK = "/hooks/twilio/replies"
CATCH_UP = next(job for job in JOBS if job.name == "catch up on replies")


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """The provider, on the installation's clock."""
    with TwilioStandIn(clock=Clock()) as stand_in:
        yield stand_in


@pytest.fixture
def house(database_url: str, twilio: TwilioStandIn) -> Iterator[Services]:
    """A crowd, and texts through the provider."""
    account = account_at(twilio)
    built = build_services(
        database_url,
        clock=twilio.clock,
        texts=TwilioTexts(**account),
        sms={"provider": "twilio", "twilio": account},
        sending={"allow_everyone": True, "daily_cap": 100_000},
    )
    crowd(built, REPLIES)
    yield built
    built.engine.dispose()


def account_at(twilio: TwilioStandIn) -> dict[str, Any]:
    """Our account there."""
    return {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "from_number": OUR_NUMBER,
        "api_base_url": twilio.url,
    }


def post(app: Flask, house: Services, reply: standin.Reply) -> int:
    """The provider posts this to the hook; the status it gets."""
    signed = signature(TOKEN, house.config.service.public_url + HOOK, reply.form)
    answer = app.test_client().post(HOOK, data=reply.form, headers={"X-Twilio-Signature": signed})
    return answer.status_code


def rows(house: Services, table: type[Base]) -> int:
    """How many are stored."""
    with house.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_came_while_the_hook_was_down_is_taken_in_once_each(
    house: Services, twilio: TwilioStandIn
) -> None:
    run_and_tell(CATCH_UP, house, Stopper())
    broken = create_app(replace(house, engine=make_engine("sqlite:////nowhere/outreach.sqlite3")))
    came = []
    for number in range(REPLIES):
        clock_of(house).forward(seconds=6)
        came.append(twilio.text_us(details_of(number).mobile, WORDS[number % len(WORDS)]))
        assert post(broken, house, came[-1]) >= 500
    twilio.list_is_down = True
    run_and_tell(CATCH_UP, house, Stopper())
    assert rows(house, Reply) == 0, "the provider is down as well"
    twilio.list_is_down = False
    clock_of(house).forward(minutes=5)
    run_and_tell(CATCH_UP, house, Stopper())
    run_and_tell(CATCH_UP, house, Stopper())
    assert {post(create_app(house), house, reply) for reply in came[::10]} == {200}
    assert (rows(house, Reply), rows(house, OptOut)) == (REPLIES, REPLIES // 3)
    with house.read() as session:
        kinds = list(session.scalars(select(Task.kind)))
        assert set(session.scalars(select(Reply.received_at))) == {each.at for each in came}
        assert session.get_one(Heartbeat, CATCH_UP.name).error == "UnreachableError"
        answers = session.scalar(select(func.count()).where(Message.enrolment_id.is_(None)))
    assert kinds.count(TaskKind.CALLBACK) == kinds.count(TaskKind.KEEP_IN_TOUCH) == REPLIES // 3
    tick(house)
    assert len(twilio.arrived) == answers, "each answer goes once, as a text of its own"


def test_a_reply_is_left_to_the_hook_at_first_and_asked_for_as_far_back_as_we_were_away(
    sqlite_url: str, twilio: TwilioStandIn
) -> None:
    account = account_at(twilio)
    house = build_services(sqlite_url, clock=twilio.clock, texts=TwilioTexts(**account))
    run_and_tell(CATCH_UP, house, Stopper())
    twilio.text_us("+447700900001", "Hello?")
    run_and_tell(CATCH_UP, house, Stopper())
    assert rows(house, Reply) == 0
    clock_of(house).at += timedelta(days=3)
    run_and_tell(CATCH_UP, house, Stopper())
    assert rows(house, Reply) == 1
    house.engine.dispose()
