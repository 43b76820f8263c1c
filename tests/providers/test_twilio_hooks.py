"""Twilio's webhooks: signatures, and forms however strange they are."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import HookError, SignatureError
from outreach.ports import AddressFault
from outreach.providers.twilio_hooks import parse_inbound, parse_receipt, sign, twiml, verify
from outreach.vocabulary import ReceiptStatus
from tests.drawn import drawn
from tests.standins.twilio import ACCOUNT, TOKEN, signature

PUBLISHED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PUBLISHED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
NEWER = {**PUBLISHED, "Caller": "+12349013030", "From": "+12349013030"}

URL = "https://outreach.example.org/hooks/twilio/replies"
REPLY = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": ACCOUNT,
    "From": "+447700900001",
    "To": "+447700900999",
    "Body": "can someone call me ✓",
    "NumMedia": "0",
}

any_text = st.text(st.characters(codec=None, categories=None), max_size=30)


@pytest.mark.parametrize(
    ("form", "published"),
    [(PUBLISHED, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), (NEWER, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")],
)
def test_twilios_own_published_examples_pass(form: dict[str, str], published: str) -> None:
    verify("12345", PUBLISHED_URL, form, published)
    with pytest.raises(SignatureError):
        verify("12345", PUBLISHED_URL, {**form, "Digits": "1235"}, published)
    with pytest.raises(SignatureError):
        verify("12346", PUBLISHED_URL, form, published)


@pytest.mark.parametrize("given", [None, "", "x", "é", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "\ud800"])
def test_a_signature_that_is_missing_or_nonsense_is_refused_and_never_a_crash(given: str | None) -> None:
    with pytest.raises(SignatureError):
        verify("12345", PUBLISHED_URL, PUBLISHED, given)


def test_without_a_secret_nothing_passes() -> None:
    with pytest.raises(SignatureError):
        verify("", URL, REPLY, signature("", URL, REPLY))


@pytest.mark.parametrize(
    ("ours", "signed"),
    [
        ("https://example.org/h", "https://example.org:443/h"),
        ("https://example.org:443/h", "https://example.org/h"),
        ("http://example.org/h", "http://example.org:80/h"),
        ("https://example.org:8443/h?a=b", "https://example.org:8443/h?a=b"),
        ("https://example.org:8443/h", "https://example.org/h"),
    ],
)
def test_the_port_may_or_may_not_be_in_the_signed_address(ours: str, signed: str) -> None:
    verify(TOKEN, ours, REPLY, signature(TOKEN, signed, REPLY))


def test_we_sign_as_twilio_does() -> None:
    assert sign(TOKEN, URL, REPLY) == signature(TOKEN, URL, REPLY)


def test_a_form_that_no_provider_can_have_signed_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify(TOKEN, URL, {**REPLY, "Body": "\ud800"}, "x")


def test_a_reply_is_read_as_it_was_written() -> None:
    inbound = parse_inbound({**REPLY, "NumMedia": "2", "OptOutType": "stop"}, ACCOUNT)
    assert (inbound.sender, inbound.body) == ("+447700900001", "can someone call me ✓")
    assert (inbound.media, inbound.carrier_opt_out) == (2, "STOP")


@pytest.mark.parametrize("account", ["AC" + "6" * 32, "", ACCOUNT.lower(), "é"])
def test_what_is_about_another_account_is_refused(account: str) -> None:
    with pytest.raises(SignatureError):
        parse_inbound({**REPLY, "AccountSid": account}, ACCOUNT)
    with pytest.raises(SignatureError):
        parse_receipt({**REPLY, "AccountSid": account, "MessageStatus": "sent"}, ACCOUNT)


@pytest.mark.parametrize("sid", ["", " ", "SM1\x00", "SM 1", "x" * 65, "\ud800"])
def test_a_reply_without_a_usable_id_is_no_reply_of_our_provider(sid: str) -> None:
    with pytest.raises(HookError):
        parse_inbound({**REPLY, "MessageSid": sid}, ACCOUNT)


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        ("07700 900001", "+447700900001"),
        ("447700900001", "+447700900001"),
        ("+442079460018", "+442079460018"),
        ("82288", "82288"),
        ("HealthApp", "HealthApp"),
        (" Anonymous ", "Anonymous"),
        ("whatsapp:+447700900001", "whatsapp:+447700900001"),
        ("", ""),
    ],
)
def test_a_sender_is_a_full_number_where_it_is_one_and_kept_as_it_is_otherwise(raw: str, sender: str) -> None:
    assert parse_inbound({**REPLY, "From": raw}, ACCOUNT).sender == sender


@pytest.mark.parametrize("media", ["", "two", "-1", "²", "9" * 50, "1.5"])
def test_a_strange_count_of_pictures_is_never_a_crash(media: str) -> None:
    assert 0 <= parse_inbound({**REPLY, "NumMedia": media}, ACCOUNT).media <= 10


@drawn(60)
@given(st.dictionaries(st.sampled_from([*REPLY, "OptOutType", "MessageStatus", "ErrorCode"]), any_text))
def test_no_form_is_ever_a_crash(form: dict[str, str]) -> None:
    filled = {**REPLY, **form, "AccountSid": ACCOUNT, "MessageSid": "SM1"}
    assert parse_inbound(filled, ACCOUNT).provider_id == "SM1"
    assert parse_receipt(filled, ACCOUNT).provider_id == "SM1"


@pytest.mark.parametrize(
    ("status", "code", "meaning", "fault", "halt"),
    [
        ("queued", "", ReceiptStatus.ACCEPTED, None, False),
        ("sent", "", ReceiptStatus.SENT, None, False),
        ("delivered", "", ReceiptStatus.DELIVERED, None, False),
        ("read", "", ReceiptStatus.DELIVERED, None, False),
        ("undelivered", "30003", ReceiptStatus.UNDELIVERED, None, False),
        ("undelivered", "30005", ReceiptStatus.UNDELIVERED, AddressFault.UNUSABLE, False),
        ("undelivered", "30006", ReceiptStatus.UNDELIVERED, AddressFault.UNUSABLE, False),
        ("failed", "21610", ReceiptStatus.FAILED, AddressFault.OPTED_OUT, False),
        ("failed", "30002", ReceiptStatus.FAILED, None, True),
        ("failed", "30036", ReceiptStatus.EXPIRED, None, False),
        ("undelivered", "30036", ReceiptStatus.EXPIRED, None, False),
        ("undelivered", "39999", ReceiptStatus.UNDELIVERED, None, False),
        ("teleported", "", ReceiptStatus.ACCEPTED, None, False),
    ],
)
def test_receipts_mean_what_twilio_documents_and_an_unknown_one_is_news_too(
    status: str, code: str, meaning: ReceiptStatus, fault: AddressFault | None, halt: bool
) -> None:
    form = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "MessageStatus": status, "ErrorCode": code}
    receipt = parse_receipt(form, ACCOUNT)
    assert (receipt.status, receipt.address_fault, receipt.halt) == (meaning, fault, halt)
    assert receipt.reason or not (code or status == "teleported")


def test_an_answer_names_the_address_for_its_receipts() -> None:
    response = ElementTree.fromstring(twiml("You & I <3\nring 111", 'https://e.org/r/a.b?x=1&y="2"'))
    (message,) = response
    assert (message.tag, message.text) == ("Message", "You & I <3\nring 111")
    assert message.attrib == {"statusCallback": 'https://e.org/r/a.b?x=1&y="2"'}


@pytest.mark.parametrize("blank", ["", " \n", "\x00"])
def test_a_blank_answer_sends_nothing(blank: str) -> None:
    assert list(ElementTree.fromstring(twiml(blank, "https://e.org"))) == []


@drawn(60)
@given(any_text)
def test_every_answer_is_well_formed(text: str) -> None:
    ElementTree.fromstring(twiml(text, "https://e.org/"))
