"""An email that comes in: whole, once, never answered when a machine wrote it, and only with the shared secret."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from outreach.actions.take_reply import act_on_pending
from outreach.engines.jobs import tick
from outreach.models import Message, OptOut, Person, Reply, Task
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, PreferredChannel, TaskKind
from outreach.web.app import create_app
from tests import cast
from tests.house import build_services, clock_of

SECRET = "a long shared secret"
PATH = "/hooks/email/replies"


@pytest.fixture
def house(sqlite_url: str) -> Services:
    """Amina waits, and emails reach us with a shared secret."""
    services = build_services(sqlite_url, email={"hooks": {"replies_secret": SECRET}})
    cast.amina(services)
    return services


@pytest.fixture
def app(house: Services) -> Flask:
    """Its web application."""
    return create_app(house)


def _email(
    words: str, subject: str = "Re: Hello", headers: str = "Message-ID: <1@example.org>"
) -> dict[str, Any]:
    return {
        "headers": headers,
        "from": f"Amina Example <{cast.AMINA.email}>",
        "to": "hello@outreach.example.org",
        "subject": subject,
        "text": words,
        "envelope": '{"to":["hello@outreach.example.org"],"from":"amina@example.org"}',
    }


def _post(app: Flask, form: dict[str, Any], password: str = SECRET, **options: Any) -> TestResponse:
    boundary, body = encode_multipart(form)
    known = {"content_type": f"multipart/form-data; boundary={boundary}", "auth": ("outreach", password)}
    return app.test_client().post(PATH, data=body, **{**known, **options})


def _replies(house: Services) -> list[Reply]:
    with house.read() as session:
        return list(session.scalars(select(Reply)))


def test_an_email_is_stored_once_and_answered_by_email(house: Services, app: Flask) -> None:
    for _ in range(3):
        assert _post(app, _email("Can someone ring me?")).status_code == 200
    (reply,) = _replies(house)
    assert reply.opened(house.keyring) == "Re: Hello\nCan someone ring me?"
    tick(house)
    with house.read() as session:
        (answer,) = session.scalars(select(Message)).all()
        assert session.scalars(select(Task.kind)).all() == [TaskKind.CALLBACK]
    assert (answer.step, answer.state) == ("talk-soon", MessageState.DELIVERED)


@pytest.mark.parametrize("password", ["", "wrong", SECRET + "x"])
def test_without_the_secret_nothing_is_stored(house: Services, app: Flask, password: str) -> None:
    assert _post(app, _email("hello"), password).status_code == 403
    assert app.test_client().post(PATH, data=_email("hello")).status_code == 403
    assert _replies(house) == []


def test_another_content_type_is_refused(house: Services, app: Flask) -> None:
    assert _post(app, {}, content_type="application/json").status_code == 400
    assert _replies(house) == []


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ("Auto-Submitted: auto-replied", "Re: Hello"),
        ("Precedence: bulk", "Re: Hello"),
        ("Content-Type: multipart/report; report-type=delivery-status", "Undelivered"),
        ("X-Autoreply: yes", "Re: Hello"),
        ("Message-ID: <2@example.org>", "Automatic reply: Hello"),
    ],
)
def test_a_machines_answer_is_kept_for_staff_and_gets_none(
    house: Services, app: Flask, headers: str, subject: str
) -> None:
    _post(app, _email("I am away until Monday. I want to die of heat.", subject, headers))
    (reply,) = _replies(house)
    assert (reply.is_automatic, reply.answer_id) == (True, None)
    assert reply.read_at is None


def test_words_beside_a_large_photograph_are_heard(house: Services, app: Flask) -> None:
    form = {
        **_email("this is me"),
        "attachment1": FileStorage(BytesIO(b"\xff\xd8" + b"0" * 3_000_000), "me.jpg"),
    }
    assert _post(app, form).status_code == 200
    (reply,) = _replies(house)
    assert (reply.media, reply.readings) == (1, ["needs_reader"])


@pytest.mark.parametrize(
    "words", ["", "\x00\x00", "\u202e\u202e", "x" * 2_000_000], ids=["empty", "NULs", "overrides", "2 MB"]
)
def test_strange_emails_are_stored_and_read_by_a_person(house: Services, app: Flask, words: str) -> None:
    assert _post(app, _email(words, subject="")).status_code == 200
    (reply,) = _replies(house)
    assert reply.opened(house.keyring) == words
    assert "needs_reader" in reply.readings


def test_an_email_without_any_field_is_stored_for_staff(house: Services, app: Flask) -> None:
    assert _post(app, {"text": ""}).status_code == 200
    assert act_on_pending(house, house.now()) == 0
    (reply,) = _replies(house)
    assert reply.person_id is None


def test_an_answer_that_quotes_our_email_is_no_opt_out_and_no_crisis_and_what_stands_below_is_read(
    house: Services, app: Flask
) -> None:
    """Our own emails carry the word STOP and the crisis lines; mail programs send all of it back."""
    with house.begin() as session:
        session.scalars(select(Person)).one().preferred_channel = PreferredChannel.EMAIL
    clock_of(house).forward(days=3, minutes=30)
    tick(house)
    with house.read() as session:
        (ours,) = session.scalars(select(Message).where(Message.channel == Channel.EMAIL)).all()
        words = ours.opened(house.keyring)[1]
    assert "999" in words or "STOP" in words.upper()
    quote = f"-----Original Message-----\nFrom: Northside\n\n{words}"
    _post(app, _email(f"thank you, that is kind\n\n{quote}", headers="Message-ID: <2@example.org>"))
    with house.read() as session:
        assert session.scalars(select(OptOut)).all() == []
        assert session.scalars(select(Task)).all() == []
    (reply,) = _replies(house)
    assert reply.read_due_at is not None
    assert words.strip() in reply.opened(house.keyring).replace("\r\n", "\n")
    below = f"{quote}\n\ni want to die"
    _post(app, _email(below, headers="Message-ID: <3@example.org>"))
    with house.read() as session:
        assert session.scalars(select(Task.kind)).all() == [TaskKind.URGENT]
