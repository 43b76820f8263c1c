"""Emails written as bytes, read back by the standard library."""

import random
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from outreach.providers.mime import BOUNDARY, write_email

KNOWN: dict[str, Any] = {
    "sender": ("Northside Psychotherapy", "hello@example.org"),
    "to": "amina@example.org",
    "subject": "Your wait",
    "headers": [("Message-ID", "<1@example.org>")],
    "text": "Hello",
    "html": "<p>Hello</p>",
}
LETTERS = "a =_.\t-żółć✓ہیلو\r\n"


def _read(**changes: Any) -> EmailMessage:
    raw = write_email(**{**KNOWN, **changes})
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    return message_from_bytes(raw, _class=EmailMessage, policy=SMTP)


def _words(message: EmailMessage, kind: str) -> list[str]:
    part = message.get_body((kind,))
    assert part is not None
    assert not message.defects
    assert not part.defects
    return str(part.get_content()).splitlines()


def test_whatever_the_words_hold_they_come_back_line_by_line() -> None:
    lot = random.Random(1)
    for length in (0, 1, 70, 80, 3_000):
        words = "".join(lot.choices(LETTERS, k=length)) + f"\n--{BOUNDARY}--\nFrom here\n.\n"
        message = _read(text=words, html=words)
        wanted = words.encode().replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode().splitlines()
        assert _words(message, "plain") == wanted
        assert _words(message, "html") == wanted


def test_words_in_other_scripts_are_not_blown_up_to_three_times_their_bytes() -> None:
    words = "ہیلو " * 500
    assert len(write_email(**{**KNOWN, "text": words, "html": ""})) < 1.4 * len(words.encode()) + 500
    assert _words(_read(text=words), "plain") == [words]


@pytest.mark.parametrize(
    "address", ["o'brien+x@mail.example.org", "two words@example.org", "a..b@example.org"], ids=str
)
def test_an_address_arrives_as_it_is_known(address: str) -> None:
    assert _read(to=address)["To"].addresses[0].username == address.rpartition("@")[0]


def test_the_sender_and_the_subject_may_be_in_any_script() -> None:
    message = _read(sender=("Żółć, and Co", "hello@example.org"), subject="ہیلو " * 40)
    assert message["From"].addresses[0].display_name == "Żółć, and Co"
    assert message["Subject"] == ("ہیلو " * 40).strip()


@pytest.mark.parametrize("value", ["one\r\nBcc: eve@example.org", "ż", "x" * 1_000], ids=["two", "ż", "long"])
def test_a_header_of_ours_that_is_not_one_line_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        _read(headers=[("List-Unsubscribe", value)])


@pytest.mark.parametrize(
    "to", ["nobody", "@example.org", "a@", "a\nb@example.org", "a@b\r\nBcc: c@d"], ids=repr
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(ValueError):
        _read(to=to)
