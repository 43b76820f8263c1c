"""Emails that people send us, in any shape and character set: no word is lost and nothing is a crash."""

import json
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from outreach.errors import HookError
from outreach.ports import InboundMessage
from outreach.providers.inbound_email import decoded, is_automatic, parse_inbound, read_form, shown
from tests.drawn import drawn

HEADERS = b"Message-ID: <one@example.org>\nSubject: Re: hello\nContent-Type: text/plain\n"


def _fields(**changes: bytes) -> dict[str, bytes]:
    known = {
        "from": b"Amina Example <Amina@Example.org>",
        "to": b"hello@example.org",
        "subject": b"Re: hello",
        "text": b"can someone call me\n\n> quoted words",
        "headers": HEADERS,
        "envelope": json.dumps({"to": ["hello@example.org"], "from": "amina@example.org"}).encode(),
        "charsets": json.dumps({"to": "UTF-8", "from": "UTF-8", "text": "utf-8"}).encode(),
    }
    return {**known, **changes}


def _inbound(**changes: bytes) -> InboundMessage:
    return parse_inbound(_fields(**changes), 0)


def test_an_email_is_read_with_every_word_the_quoted_ones_too() -> None:
    inbound = _inbound()
    assert (inbound.sender, inbound.recipient) == ("amina@example.org", "hello@example.org")
    assert inbound.body == "can someone call me\n\n> quoted words"
    assert inbound.subject == "Re: hello"
    assert inbound.headers["message-id"] == "<one@example.org>"


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("iso-8859-1", "I can’t – café £5"),
        ("windows-1252", "I can’t – café £5"),
        ("utf-16", "zażółć"),
        ("gb2312", "我很难过"),
        ("iso-8859-2", "nie mogę już"),
        ("koi8-r", "мне плохо"),
        ("no-such-charset", "I can’t – zażółć"),
        ("zlib", "plain words"),
    ],
)
def test_words_are_read_in_the_character_set_of_the_email(charset: str, words: str) -> None:
    encoding = {"iso-8859-1": "cp1252", "no-such-charset": "utf-8", "zlib": "utf-8"}.get(charset, charset)
    charsets = json.dumps({"text": charset}).encode()
    assert _inbound(text=words.encode(encoding), charsets=charsets).body == words


@given(st.binary(max_size=60), st.sampled_from(["utf-8", "cp1252", "x", "", "punycode", "hex", "undefined"]))
@drawn(60)
def test_bytes_always_become_text(raw: bytes, charset: str) -> None:
    assert len(decoded(raw, charset)) <= len(raw)


def test_an_email_with_html_only_is_read_as_its_reader_sees_it() -> None:
    html = b"<html><head><style>p{}</style></head><body><p>please&nbsp;help</p><div>me<br>now</div></body></html>"
    assert _inbound(text=b"  ", html=html).body == "please help\nme\nnow"
    assert shown("<img src=x>") == "<img src=x>"


def test_an_email_that_comes_unparsed_is_read_the_same() -> None:
    message = EmailMessage()
    message["From"] = "Amina <amina@example.org>"
    message["Message-ID"] = "<two@example.org>"
    message["Subject"] = "żółć"
    message.set_content("help ✓\n", charset="utf-8")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="x.png")
    inbound = parse_inbound({"email": message.as_bytes(), "envelope": b"{}"}, 0)
    assert (inbound.sender, inbound.subject, inbound.body) == ("amina@example.org", "żółć", "help ✓\n")
    assert (inbound.media, inbound.headers["message-id"]) == (1, "<two@example.org>")


@given(st.dictionaries(st.sampled_from(["email", *_fields()]), st.binary(max_size=80)))
@drawn(100)
def test_no_form_is_ever_a_crash(fields: dict[str, bytes]) -> None:
    assert parse_inbound(fields, 0).provider_id.startswith("email-")


def test_the_same_email_posted_again_has_the_same_id_and_another_one_has_not() -> None:
    assert _inbound().provider_id == _inbound(spam_score=b"1").provider_id
    assert _inbound().provider_id != _inbound(text=b"something else").provider_id


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": HEADERS + b"Auto-Submitted: auto-replied\n"},
        {"headers": HEADERS + b"Auto-Submitted: auto-generated; type=x\n"},
        {"headers": HEADERS + b"Precedence: bulk\n"},
        {"headers": HEADERS + b"X-Autoreply: yes\n"},
        {"headers": b"Content-Type: multipart/report; report-type=delivery-status\n"},
        {"headers": HEADERS + b"Return-Path: <>\n"},
        {"envelope": b'{"to":["hello@example.org"],"from":""}'},
        {"from": b"MAILER-DAEMON@example.org"},
        {"subject": b"Automatic reply: Re: hello"},
        {"subject": b"Out of Office: back on Monday"},
    ],
    ids=lambda changes: str(next(iter(changes.values())))[-30:],
)
def test_what_a_machine_wrote_is_known(changes: dict[str, bytes]) -> None:
    assert is_automatic(_inbound(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"headers": HEADERS + b"Auto-Submitted: no\n"},
        {"headers": b""},
        {"subject": b"I feel out of office and out of everything"},
        {"subject": b"your automatic reply upset me"},
        {"envelope": b"not json"},
        {"from": b"noreplying@example.org"},
    ],
    ids=str,
)
def test_what_a_person_wrote_is_never_taken_for_a_machines(changes: dict[str, bytes]) -> None:
    assert not is_automatic(_inbound(**changes))


def _multipart(values: dict[str, Any]) -> tuple[str, BytesIO]:
    builder = EnvironBuilder(method="POST", data=values, content_type="multipart/form-data")
    environ = builder.get_environ()
    return environ["CONTENT_TYPE"], BytesIO(environ["wsgi.input"].read())


def test_a_form_is_read_in_its_own_bytes_and_its_files_are_only_counted() -> None:
    fields, files = read_form(
        *_multipart({"text": "hé", "attachment1": (BytesIO(b"x" * 200_000), "photo.jpg")})
    )
    assert (fields, files) == ({"text": "hé".encode()}, 1)


def test_a_form_without_files_may_be_encoded_plainly() -> None:
    body = BytesIO(b"text=caf%E9+now&text=again&subject=")
    fields, files = read_form("application/x-www-form-urlencoded; charset=x", body)
    assert (fields, files) == ({"text": b"caf\xe9 now", "subject": b""}, 0)


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "multipart/form-data", "text/plain; boundary=x"]
)
def test_what_is_no_form_is_refused(content_type: str) -> None:
    with pytest.raises(HookError):
        read_form(content_type, BytesIO(b"{}"))


def test_a_form_that_is_cut_off_is_refused_so_that_it_is_posted_again() -> None:
    content_type, body = _multipart({"text": "hello", "subject": "x"})
    with pytest.raises(HookError):
        read_form(content_type, BytesIO(body.getvalue()[:-30]))
