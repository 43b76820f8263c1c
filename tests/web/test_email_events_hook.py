"""News of emails through the real hook, signed with a real key: deliveries, bounces, and people who had enough."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from outreach.engines.jobs import tick
from outreach.models import Attempt, Message, OptOut
from outreach.models.base import new_id
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, MessageState
from outreach.web.app import create_app
from tests import cast
from tests.actions.test_send import FIRST_CONTACT
from tests.house import build_services, clock_of

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


@pytest.fixture
def house(database_url: str) -> Iterator[Services]:
    """Ben has been emailed, and news of that is signed with our key."""
    services = build_services(database_url, email={"hooks": {"events_public_key": PUBLIC_KEY}})
    cast.ben(services)
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    with services.begin() as session:
        session.scalars(select(Message)).one().state = MessageState.SENT  # as with a real provider
    yield services
    services.engine.dispose()


@pytest.fixture
def app(house: Services) -> Flask:
    """Its web application."""
    return create_app(house)


def _post(app: Flask, house: Services, events: Any, **changes: Any) -> TestResponse:
    raw = changes.get("raw", json.dumps(events).encode())
    timestamp = str(int((house.now() + changes.get("later", timedelta())).timestamp()))
    signature = base64.b64encode(KEY.sign(timestamp.encode() + raw, ec.ECDSA(SHA256()))).decode()
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        **changes.get("headers", {}),
    }
    body = changes.get("body", raw)
    return app.test_client().post(
        "/hooks/email/events", data=body, headers=headers, content_type="application/json"
    )


def _only(house: Services) -> Message:
    with house.read() as session:
        return session.scalars(select(Message)).one()


def _event(house: Services, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "event": kind,
        "smtp-id": f"<{_only(house).attempt_id}@example.org>",
        "email": "ben@example.org",
        **more,
    }


@pytest.mark.parametrize(
    ("kind", "more", "state"),
    [
        ("processed", {}, MessageState.SENT),
        ("deferred", {"response": "400 later", "attempt": "5"}, MessageState.SENT),
        ("delivered", {}, MessageState.DELIVERED),
        ("bounce", {"type": "bounce", "status": "5.1.1"}, MessageState.UNDELIVERED),
        ("bounce", {"type": "blocked", "status": "5.7.1"}, MessageState.UNDELIVERED),
        ("dropped", {"reason": "Bounced Address"}, MessageState.FAILED),
        ("open", {}, MessageState.SENT),
        ("something new", {}, MessageState.SENT),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_news_moves_its_message_and_other_news_does_no_harm(
    house: Services, app: Flask, kind: str, more: dict[str, Any], state: MessageState
) -> None:
    assert _post(app, house, [_event(house, kind, **more)]).status_code == 204
    assert _only(house).state is state


def test_news_that_overtakes_our_own_record_of_sending_still_finds_its_message(
    house: Services, app: Flask
) -> None:
    with house.begin() as session:
        message = session.scalars(select(Message)).one()
        message.state, message.provider_id, message.sent_at = MessageState.SENDING, None, None
    _post(app, house, [_event(house, "delivered")])
    assert _only(house).state is MessageState.DELIVERED


def test_the_attempt_that_travelled_with_the_email_is_enough(house: Services, app: Flask) -> None:
    attempt = _only(house).attempt_id
    _post(app, house, [{"event": "delivered", "outreach_attempt": attempt, "smtp-id": "<x@filter>"}])
    assert _only(house).state is MessageState.DELIVERED


def test_a_dead_mailbox_is_remembered_and_a_full_one_is_not(house: Services, app: Flask) -> None:
    _post(app, house, [_event(house, "bounce", type="bounce", status="5.2.2")])
    with house.read() as session:
        assert list(session.scalars(select(OptOut))) == []
    _post(app, house, [_event(house, "dropped", reason="Bounced Address")])
    with house.read() as session:
        row = session.scalars(select(OptOut)).one()
    assert (row.cause, row.person_id, row.channel) == (Cause.DEAD_ADDRESS, None, Channel.EMAIL)


@pytest.mark.parametrize(
    ("kind", "names_its_message"),
    [("spamreport", True), ("spamreport", False), ("unsubscribe", True), ("group_unsubscribe", False)],
)
def test_who_had_enough_gets_no_more_emails_and_what_waited_for_them_is_cancelled(
    house: Services, app: Flask, kind: str, names_its_message: bool
) -> None:
    sent = _only(house)
    copied = {each.name: getattr(sent, each.name) for each in Message.__table__.columns}
    waiting = {"id": new_id(), "occurrence": "another:1", "state": MessageState.HELD, "attempt_id": None}
    with house.begin() as session:
        session.add(Message(**{**copied, **waiting, "provider_id": None}))
    event = {"event": kind, "email": "Ben@Example.org", "sg_event_id": "x"}
    if names_its_message:
        event["smtp-id"] = f"<{sent.attempt_id}@example.org>"
    for _ in range(2):
        assert _post(app, house, [event]).status_code == 204
    with house.read() as session:
        row = session.scalars(select(OptOut)).one()
        assert session.get_one(Message, waiting["id"]).state is MessageState.CANCELLED
    assert (row.cause, row.channel, row.person_id) == (Cause.EMAIL_PROVIDER, Channel.EMAIL, sent.person_id)
    assert row.address_token == house.keyring.blind("email", "ben@example.org")


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"X-Twilio-Email-Event-Webhook-Signature": ""}},
        {"headers": {"X-Twilio-Email-Event-Webhook-Signature": "bm90aGluZw=="}},
        {"headers": {"X-Twilio-Email-Event-Webhook-Signature": "é"}},
        {"headers": {"X-Twilio-Email-Event-Webhook-Timestamp": "soon"}},
        {"headers": {"X-Twilio-Email-Event-Webhook-Timestamp": "9" * 40}},
        {"later": timedelta(minutes=-6)},
        {"later": timedelta(minutes=6)},
        {"body": b"[]"},
    ],
    ids=str,
)
def test_news_that_the_provider_did_not_sign_just_now_changes_nothing(
    house: Services, app: Flask, changes: dict[str, Any]
) -> None:
    assert _post(app, house, [_event(house, "delivered")], **changes).status_code == 403
    assert _only(house).state is MessageState.SENT


def test_without_a_public_key_nothing_is_believed(house: Services) -> None:
    hooks = house.config.email.hooks.model_copy(update={"events_public_key": ""})
    email = house.config.email.model_copy(update={"hooks": hooks})
    object.__setattr__(house, "config", house.config.model_copy(update={"email": email}))
    assert _post(create_app(house), house, []).status_code == 403


@pytest.mark.parametrize("raw", [b"", b"{", b'{"event": "delivered"}', b"\xff", b"[" * 100_000])
def test_a_signed_post_that_is_no_list_is_a_bad_request(house: Services, app: Flask, raw: bytes) -> None:
    assert _post(app, house, None, raw=raw).status_code == 400


@pytest.mark.parametrize(
    "event",
    [None, 1, [], {}, {"event": 1, "smtp-id": []}, {"event": "delivered", "smtp-id": "\ud800\x00" * 300}],
)
def test_strange_events_among_good_ones_do_no_harm(house: Services, app: Flask, event: Any) -> None:
    assert _post(app, house, [event, _event(house, "delivered")]).status_code == 204
    assert _only(house).state is MessageState.DELIVERED


def test_news_of_an_email_that_is_not_ours_is_let_pass(house: Services, app: Flask) -> None:
    with house.read() as session:
        known = session.scalars(select(Attempt.id)).one()
    stranger = known[:-1] + ("0" if known[-1] != "0" else "1")
    events = [{"event": "delivered", "smtp-id": f"<{name}@example.org>"} for name in (stranger, "x")]
    assert _post(app, house, events).status_code == 204
    assert _only(house).state is MessageState.SENT
