"""Delivery receipts of texts through the real hook: in whatever order they come, one final state each."""

from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from outreach.actions.begun import Handover
from outreach.actions.compose import receipt_url
from outreach.actions.record import Result, record
from outreach.models import Attempt, Message, OptOut, Pause, Person, ReceiptRow
from outreach.models.base import new_id
from outreach.ports import OutboundText, Outcome, Verdict
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, MessageState, Purpose
from outreach.web.app import create_app
from outreach.web.here import SIMULATED_ACCOUNT
from tests import cast
from tests.standins.twilio import signature

SID = "SM" + "7" * 32


def _under_way(house: Services, person_id: str) -> Handover:
    """A text of Amina's whose attempt is committed and whose answer has not come."""
    message_id, attempt_id, now = new_id(), new_id(), house.now()
    message = Message(
        id=message_id,
        person_id=person_id,
        step="hello",
        occurrence=message_id,
        purpose=Purpose.SUPPORT,
        template="waiting/hello",
        channel=Channel.SMS,
        state=MessageState.SENDING,
        due_at=now,
        planned_for=now,
        created_at=now,
        attempts=1,
        attempt_id=attempt_id,
        sending_at=now,
    )
    with house.begin() as session:
        session.add(message)
        session.flush()
        session.add(Attempt(id=attempt_id, message_id=message_id, number=1, started_at=now, body_digest=b""))
    outbound = OutboundText(attempt_id, cast.AMINA.mobile, "hello", receipt_url(house, attempt_id), now - now)
    return Handover(message_id, person_id, attempt_id, 1, now, outbound)


@pytest.fixture
def person_id(services: Services) -> str:
    """Amina, who waits."""
    return cast.amina(services)[0]


@pytest.fixture
def app(services: Services) -> Flask:
    """The web application."""
    return create_app(services)


def _secret(house: Services) -> str:
    return house.keyring.sign("simulator", SIMULATED_ACCOUNT)


def _post(
    app: Flask, house: Services, handover: Handover, sid: str, status: str, code: str = ""
) -> TestResponse:
    assert isinstance(handover.outbound, OutboundText)
    url = handover.outbound.receipt_url
    form = {"MessageSid": sid, "AccountSid": SIMULATED_ACCOUNT, "MessageStatus": status, "ErrorCode": code}
    headers = {"X-Twilio-Signature": signature(_secret(house), url, form)}
    path = url.removeprefix(house.config.service.public_url)
    return app.test_client().post(path, data=form, headers=headers)


def _message(house: Services, handover: Handover) -> Message:
    with house.read() as session:
        return session.get_one(Message, handover.message_id)


ANSWERS: dict[str, Any] = {
    "accepted": lambda sid: Outcome(Verdict.ACCEPTED, sid),
    "unknown": lambda _sid: Outcome(Verdict.UNKNOWN, reason="no answer"),
    "not processed": lambda _sid: Outcome(Verdict.NOT_PROCESSED, reason="not now"),
}


@pytest.mark.parametrize(
    ("news", "final"),
    [
        ([("queued", ""), ("sent", ""), ("delivered", "")], MessageState.DELIVERED),
        ([("sent", ""), ("undelivered", "30003")], MessageState.UNDELIVERED),
        ([("sent", ""), ("failed", "30036")], MessageState.EXPIRED),
        ([("failed", "30007")], MessageState.FAILED),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_in_every_order_of_receipts_and_answer_a_message_has_the_same_final_state(
    services: Services, app: Flask, person_id: str, news: list[tuple[str, str]], final: MessageState
) -> None:
    for number, order in enumerate(permutations([*news, ("answer", "accepted")])):
        handover, sid = _under_way(services, person_id), f"SM{number:032}"
        for status, code in order:
            if status == "answer":
                record(services, [Result(handover, ANSWERS[code](sid))], services.now())
            else:
                assert _post(app, services, handover, sid, status, code).status_code == 204
        message = _message(services, handover)
        assert (message.state, message.provider_id) == (final, sid), order
        assert (message.delivered_at is not None) == (final is MessageState.DELIVERED)


@pytest.mark.parametrize("answer", ["unknown", "not processed"])
@pytest.mark.parametrize("first", ["answer", "receipt"])
def test_a_receipt_outweighs_an_answer_that_was_lost_or_wrong(
    services: Services, app: Flask, person_id: str, answer: str, first: str
) -> None:
    handover = _under_way(services, person_id)
    for step in ("answer", "receipt") if first == "answer" else ("receipt", "answer"):
        if step == "answer":
            record(services, [Result(handover, ANSWERS[answer](SID))], services.now())
        else:
            _post(app, services, handover, SID, "delivered")
    message = _message(services, handover)
    assert (message.state, message.provider_id) == (MessageState.DELIVERED, SID)


@pytest.mark.parametrize("order", list(permutations(["delivered", "undelivered"])), ids="-".join)
def test_the_first_final_state_stays(
    services: Services, app: Flask, person_id: str, order: tuple[str, str]
) -> None:
    handover = _under_way(services, person_id)
    for status in order:
        _post(app, services, handover, SID, status)
    assert _message(services, handover).state == order[0]


def test_a_receipt_that_comes_twice_is_stored_once(services: Services, app: Flask, person_id: str) -> None:
    handover = _under_way(services, person_id)
    for _ in range(3):
        assert _post(app, services, handover, SID, "delivered").status_code == 204
    with services.read() as session:
        assert len(list(session.scalars(select(ReceiptRow)))) == 1


def test_a_receipt_moves_what_had_been_given_to_staff(services: Services, app: Flask, person_id: str) -> None:
    handover = _under_way(services, person_id)
    with services.begin() as session:
        session.get_one(Message, handover.message_id).state = MessageState.UNCONFIRMED
    _post(app, services, handover, SID, "delivered")
    assert _message(services, handover).state is MessageState.DELIVERED


@pytest.mark.parametrize(
    ("code", "cause", "whose"), [("21610", Cause.CARRIER, True), ("30005", Cause.DEAD_ADDRESS, False)]
)
def test_what_a_receipt_says_about_the_number_for_good_is_kept(
    services: Services, app: Flask, person_id: str, code: str, cause: Cause, whose: bool
) -> None:
    handover = _under_way(services, person_id)
    _post(app, services, handover, SID, "undelivered", code)
    with services.read() as session:
        (row,) = session.scalars(select(OptOut))
    assert (row.cause, row.channel, row.person_id) == (cause, Channel.SMS, person_id if whose else None)
    assert row.address_token == services.keyring.blind("mobile", cast.AMINA.mobile)


def test_a_receipt_about_a_suspended_account_pauses_everything(
    services: Services, app: Flask, person_id: str
) -> None:
    _post(app, services, _under_way(services, person_id), SID, "failed", "30002")
    with services.read() as session:
        assert session.scalars(select(Pause)).one().resumed_at is None


def test_a_status_or_code_that_nobody_knows_is_news_and_no_error(
    services: Services, app: Flask, person_id: str
) -> None:
    handover = _under_way(services, person_id)
    assert _post(app, services, handover, SID, "levitating", "98765").status_code == 204
    assert _message(services, handover).state is MessageState.SENT


def test_a_delivered_message_has_introduced_us(services: Services, app: Flask, person_id: str) -> None:
    _post(app, services, _under_way(services, person_id), SID, "delivered")
    with services.read() as session:
        assert session.get_one(Person, person_id).introduced_at == services.now()


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {}},
        {"headers": {"X-Twilio-Signature": "x"}},
        {"path": "/hooks/twilio/receipts/somebody-elses"},
        {"form": {"AccountSid": "AC" + "9" * 32}},
        {"form": {"MessageStatus": "delivered "}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_receipt_that_our_provider_did_not_sign_changes_nothing(
    services: Services, app: Flask, person_id: str, change: dict[str, Any]
) -> None:
    handover = _under_way(services, person_id)
    form = {"MessageSid": SID, "AccountSid": SIMULATED_ACCOUNT, "MessageStatus": "delivered"}
    assert isinstance(handover.outbound, OutboundText)
    url = handover.outbound.receipt_url
    headers = {"X-Twilio-Signature": signature(_secret(services), url, form)}
    path = change.get("path", url.removeprefix(services.config.service.public_url))
    response = app.test_client().post(
        path, data={**form, **change.get("form", {})}, headers=change.get("headers", headers)
    )
    assert response.status_code == 403
    assert _message(services, handover).state is MessageState.SENDING


def test_a_signed_receipt_for_an_attempt_that_is_not_ours_is_refused(services: Services, app: Flask) -> None:
    url = f"{services.config.service.public_url}/hooks/twilio/receipts/{new_id()}.forged"
    form = {"MessageSid": SID, "AccountSid": SIMULATED_ACCOUNT, "MessageStatus": "delivered"}
    headers = {"X-Twilio-Signature": signature(_secret(services), url, form)}
    path = url.removeprefix(services.config.service.public_url)
    assert app.test_client().post(path, data=form, headers=headers).status_code == 403
