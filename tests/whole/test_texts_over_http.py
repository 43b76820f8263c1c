"""A text all the way and back over real HTTP: planned, sent to Twilio's stand-in, its receipt posted to our hook."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from outreach.engines.jobs import tick
from outreach.models import Attempt, Message, OptOut
from outreach.providers.twilio import TwilioTexts
from outreach.services import Services
from outreach.vocabulary import Cause, MessageState
from outreach.web.app import create_app
from tests import cast
from tests.actions.test_send import FIRST_CONTACT
from tests.house import Clock, build_services, clock_of
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN, Say, TwilioStandIn


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """Twilio, which posts receipts."""
    with TwilioStandIn(statuses=("sent", "delivered")) as stand_in:
        yield stand_in


@pytest.fixture
def house(sqlite_url: str, twilio: TwilioStandIn) -> Iterator[Services]:
    """Amina's first contact is due, texts go to the stand-in, and our hooks listen on a real port."""
    clock = Clock(FIRST_CONTACT)
    twilio.clock = clock
    account = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "from_number": OUR_NUMBER,
        "api_base_url": twilio.url,
    }
    server = make_server("127.0.0.1", 0, lambda *request: app(*request), threaded=True)  # noqa: PLW0108
    services = build_services(
        sqlite_url,
        clock=clock,
        texts=TwilioTexts(**account, call_seconds=2),
        service={"public_url": f"http://127.0.0.1:{server.server_port}"},
        sms={"provider": "twilio", "twilio": account},
        sending={"allow_everyone": True},
    )
    app = create_app(services)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    clock_of(services).set(FIRST_CONTACT - timedelta(days=3))
    cast.amina(services)
    clock_of(services).set(FIRST_CONTACT)
    yield services
    server.shutdown()
    thread.join(5)
    server.server_close()
    services.engine.dispose()


def _only(house: Services) -> Message:
    with house.read() as session:
        return session.scalars(select(Message)).one()


@pytest.mark.parametrize("how", ["answer", "receipt_first"])
def test_a_text_arrives_and_its_delivery_is_known(house: Services, twilio: TwilioStandIn, how: str) -> None:
    twilio.next(Say(how))
    tick(house)
    twilio.wait_for_posts()
    message = _only(house)
    assert (message.state, message.provider_id) == (MessageState.DELIVERED, twilio.arrived[0].sid)


def test_an_accepted_text_whose_answer_was_lost_is_adopted_and_never_sent_again(
    house: Services, twilio: TwilioStandIn
) -> None:
    twilio.next(Say("lose"))
    tick(house)
    assert _only(house).state is MessageState.SENDING
    clock_of(house).forward(minutes=6)
    tick(house)
    message = _only(house)
    assert (message.state, message.provider_id) == (MessageState.SENT, twilio.arrived[0].sid)
    assert len(twilio.arrived) == 1


def test_a_reset_before_anything_was_taken_goes_to_staff_after_its_time(
    house: Services, twilio: TwilioStandIn
) -> None:
    twilio.next(Say("reset"))
    tick(house)
    clock_of(house).forward(hours=2)
    tick(house)
    assert _only(house).state is MessageState.UNCONFIRMED
    assert twilio.arrived == []


def test_too_many_requests_are_tried_again_after_the_asked_wait(
    house: Services, twilio: TwilioStandIn
) -> None:
    twilio.next(Say(code=20429, retry_after="600"))
    tick(house)
    assert _only(house).planned_for >= FIRST_CONTACT + timedelta(minutes=10)
    clock_of(house).forward(minutes=11)
    tick(house)
    twilio.wait_for_posts()
    assert (_only(house).state, len(twilio.arrived)) == (MessageState.DELIVERED, 1)


def test_a_number_that_stopped_us_at_the_carrier_is_remembered(
    house: Services, twilio: TwilioStandIn
) -> None:
    twilio.next(Say(code=21610))
    tick(house)
    with house.read() as session:
        assert session.scalars(select(OptOut)).one().cause is Cause.CARRIER
        assert session.scalars(select(Attempt)).one().code == "21610"
    assert _only(house).state is MessageState.FAILED
