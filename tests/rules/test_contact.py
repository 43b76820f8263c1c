"""Reaching people: numbers and addresses as lists hold them, and the channel that a message may take."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from outreach.errors import ContactError
from outreach.rules.addresses import read_email, read_mobile, read_phone
from outreach.rules.contact import Reachability, is_under_18, route
from outreach.vocabulary import Channel, Instead, NotAsked, NumberIs, PreferredChannel, Purpose
from tests.drawn import drawn

TODAY = date(2026, 3, 2)
AMINAS = "+447700900123"
SCHEDULED = (Purpose.APPOINTMENT, Purpose.CHECK_IN, Purpose.SUPPORT, Purpose.SURVEY)
TO_ALL = st.sampled_from(SCHEDULED)


@pytest.mark.parametrize(
    "written",
    [
        "07700900123",
        "07700 900123",
        "07700-900-123",
        "07700.900.123",
        "(07700) 900123",
        "07700\u00a0900123",
        "7700900123",
        "7700900123.0",
        "+447700900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "+4407700900123",
        "(+44) 7700 900123",
        "0044 7700 900123",
        "447700900123",
        "7.700900123E+09",
        "4.47700900123E+11",
        "'07700900123",
        "tel:07700900123",
        "０７７００９００１２３",
        "٠٧٧٠٠٩٠٠١٢٣",
        "\u202a+447700900123\u202c",
    ],
)
def test_a_mobile_is_read_however_it_was_written_or_exported(written: str) -> None:
    assert read_mobile(written) == AMINAS
    assert read_phone(written) == AMINAS


@pytest.mark.parametrize("written", ["7.7009E+09", "7.70090012E+09", "4.477009001E+11", "8E+99999"])
def test_a_number_that_lost_digits_is_refused_with_the_way_to_export_it(written: str) -> None:
    with pytest.raises(ContactError, match="format the column as text"):
        read_mobile(written)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("020 7946 0123", "landline"),
        ("1617250123", "landline"),
        ("0909 879 0123", "premium"),
        ("07600 000000", "pager"),
        ("07010 000000", r"personal \(070\)"),
        ("0808 157 0123", "freephone"),
        ("0306 999 0123", "03 number"),
        ("01632 960123", "no mobile number"),
        ("07700 90012", "too short"),
        ("07700 9001234", "too long"),
        ("07700900123 07700900124", "too long"),
        ("07700900123/07700900124", "more than one"),
        ("07700 900123 (mum)", "more than one"),
        ("+44 7700 900123 +44 7700 900124", "more than one"),
        ("900123", "too short"),
        ("+48 12 345 67 89", "landline"),
        ("0", "no telephone number"),
        ("", "too short"),
        ("unknown", "more than one number or a word"),
    ],
)
def test_what_cannot_get_texts_is_refused_with_its_reason_and_never_repeated(
    written: str, reason: str
) -> None:
    with pytest.raises(ContactError, match=reason) as refusal:
        read_mobile(written)
    assert "; " in str(refusal.value)
    assert not re.search(r"\d{4}", str(refusal.value).replace("07700 900123", ""))


@pytest.mark.parametrize(
    ("written", "number"), [("+48 512 345 678", "+48512345678"), ("+1 202 555 0123", "+12025550123")]
)
def test_a_mobile_from_abroad_is_read_in_its_international_form(written: str, number: str) -> None:
    assert read_mobile(written) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("020 7946 0123", "+442079460123"),
        ("(0161) 496 0123", "+441614960123"),
        ("01632 960123", "+441632960123"),
        ("1614960123", "+441614960123"),
        ("+39 02 1234 5678", "+390212345678"),
    ],
)
def test_any_ordinary_number_can_be_rung(written: str, number: str) -> None:
    assert read_phone(written) == number


@pytest.mark.parametrize("written", ["0909 879 0123", "123", "01614 96012", "none", "+44 20 7946 01234"])
def test_no_number_or_a_premium_one_is_not_rung(written: str) -> None:
    with pytest.raises(ContactError):
        read_phone(written)


@drawn(200)
@given(st.builds("0{}{:09d}".format, st.sampled_from("1237"), st.integers(0, 999_999_999)))
def test_the_quick_way_says_what_the_library_says(written: str) -> None:
    parsed = phonenumbers.parse(written, "GB")
    kind = phonenumbers.number_type(parsed)
    fictional = written.startswith("07700900")
    assert _reads(read_mobile, written) == (kind == PhoneNumberType.MOBILE or fictional)
    assert _reads(read_phone, written) == (
        kind not in (PhoneNumberType.UNKNOWN, PhoneNumberType.PREMIUM_RATE)
        or fictional
        or written.startswith("01632960")
    )


def _reads(read: Callable[[str], str], written: str) -> bool:
    try:
        return read(written) == f"+44{written[1:]}"
    except ContactError:
        return False


@drawn(150)
@given(st.one_of(st.text(max_size=20), st.from_regex(r"[+0-9 ()E.\-]{1,20}", fullmatch=True)))
def test_any_text_is_read_as_a_number_or_refused(raw: str) -> None:
    for read in (read_mobile, read_phone):
        try:
            number = read(raw)
        except ContactError:
            continue
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("amina@example.org", "amina@example.org"),
        (" Amina.Example@Example.ORG ", "amina.example@example.org"),
        ("mailto:amina@example.org", "amina@example.org"),
        ("amina+nhs@example.org", "amina+nhs@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("josé@example.org", "josé@example.org"),
    ],
)
def test_an_address_is_read_in_small_letters(written: str, address: str) -> None:
    assert read_email(written) == address


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("amina@example.org; ben@example.org", "more than one"),
        ("amina@example.org ben@example.org", "more than one"),
        ("amina@example.org,ben@example.org", "more than one"),
        ("amina.example.org", "no email address"),
        ("amina@", "no email address"),
        ("amina@localhost", "no email address"),
        ("amina@example..org", "no email address"),
        (".amina@example.org", "no email address"),
        ("ami na@example.org", "no email address"),
        (f"{'a' * 65}@example.org", "no email address"),
        ("07700 900123", "no email address"),
        ("", "no email address"),
    ],
)
def test_what_is_no_single_address_is_refused_and_never_repeated(written: str, reason: str) -> None:
    with pytest.raises(ContactError, match=reason) as refusal:
        read_email(written)
    assert "; " in str(refusal.value)
    assert "amina" not in str(refusal.value)


def amina(**facts: Any) -> Reachability:
    """Amina can be reached on both channels and agrees to both, unless said otherwise."""
    usual: dict[str, Any] = {
        "mobile": AMINAS,
        "email": "amina@example.org",
        "preferred": None,
        "safe_to_text": True,
        "safe_to_email": True,
        "number_is": NumberIs.OWN,
        "date_of_birth": date(1990, 5, 1),
        "opted_out": frozenset(),
        "unusable": frozenset(),
        "deceased": False,
        "do_not_contact": False,
        "closed": False,
        "interpreter": False,
        "format": None,
    }
    return Reachability(**{**usual, **facts})


def way(facts: Reachability, purpose: Purpose = Purpose.CHECK_IN) -> tuple[Channel | None, str]:
    """Where a message goes when only appointment messages go to people who were never asked."""
    found = route(facts, purpose, NotAsked.APPOINTMENTS, TODAY)
    return found.channel, found.reason


def test_texts_are_the_usual_channel_and_emails_where_preferred() -> None:
    assert way(amina()) == (Channel.SMS, "")
    assert way(amina(preferred=PreferredChannel.SMS)) == (Channel.SMS, "")
    assert way(amina(preferred=PreferredChannel.EMAIL)) == (Channel.EMAIL, "")


@pytest.mark.parametrize("purpose", SCHEDULED)
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"deceased": True}, "has died"),
        ({"closed": True}, "is closed"),
        ({"do_not_contact": True}, "do-not-contact"),
        ({"date_of_birth": date(2008, 3, 3)}, "under 18"),
        ({"number_is": NumberIs.SHARED}, "shared"),
        ({"number_is": NumberIs.CARER}, "carer's"),
        ({"preferred": PreferredChannel.LETTER}, "letters"),
        ({"preferred": PreferredChannel.PHONE}, "rung"),
        ({"mobile": None, "email": None}, "letter or phone"),
        ({"unusable": frozenset(Channel)}, "letter or phone"),
        ({"safe_to_text": False, "safe_to_email": False}, "not safe"),
        ({"opted_out": frozenset({(None, None)})}, "opted out"),
    ],
)
def test_nothing_is_sent_on_any_channel_and_the_reason_is_readable(
    purpose: Purpose, facts: dict[str, Any], reason: str
) -> None:
    channel, why = way(amina(**facts), purpose)
    assert channel is None
    assert reason in why
    assert not re.search(r"\d{3}|@", why)


@pytest.mark.parametrize(
    "facts",
    [
        {"mobile": None},
        {"safe_to_text": False},
        {"unusable": frozenset({Channel.SMS})},
        {"safe_to_text": None},
    ],
)
def test_the_other_channel_is_used_when_the_preferred_one_cannot_be(facts: dict[str, Any]) -> None:
    assert way(amina(**facts)) == (Channel.EMAIL, "")


def test_opting_out_of_texts_does_not_lead_to_emails() -> None:
    stopped = frozenset({(Channel.SMS, None)})
    assert way(amina(opted_out=stopped)) == (None, "has opted out of texts")
    assert way(amina(opted_out=stopped, mobile=None))[0] is None
    assert way(amina(opted_out=stopped, safe_to_text=False))[0] is None


def test_opting_out_of_texts_leaves_emails_to_somebody_who_asked_for_them() -> None:
    stopped = frozenset({(Channel.SMS, None)})
    assert way(amina(opted_out=stopped, preferred=PreferredChannel.EMAIL)) == (Channel.EMAIL, "")


def test_opting_out_of_one_purpose_leaves_the_others() -> None:
    stopped = frozenset({(None, Purpose.SURVEY)})
    assert way(amina(opted_out=stopped), Purpose.SURVEY)[0] is None
    assert way(amina(opted_out=stopped), Purpose.SUPPORT)[0] is Channel.SMS


@pytest.mark.parametrize(
    ("not_asked", "purpose", "goes"),
    [
        (NotAsked.APPOINTMENTS, Purpose.APPOINTMENT, True),
        (NotAsked.APPOINTMENTS, Purpose.CHECK_IN, False),
        (NotAsked.APPOINTMENTS, Purpose.SURVEY, False),
        (NotAsked.APPOINTMENTS, Purpose.ANSWER, True),
        (NotAsked.ALL, Purpose.SUPPORT, True),
        (NotAsked.NONE, Purpose.APPOINTMENT, False),
        (NotAsked.NONE, Purpose.ANSWER, True),
    ],
)
def test_what_goes_to_somebody_never_asked_is_a_setting(
    not_asked: NotAsked, purpose: Purpose, goes: bool
) -> None:
    ewa = amina(safe_to_text=None, safe_to_email=None)
    found = route(ewa, purpose, not_asked, TODAY)
    assert (found.channel is not None) == goes
    assert goes or "never asked" in found.reason


@pytest.mark.parametrize(
    "facts",
    [
        {"opted_out": frozenset({(None, None)})},
        {"safe_to_text": False},
        {"closed": True},
        {"do_not_contact": True},
        {"number_is": NumberIs.SHARED},
        {"preferred": PreferredChannel.LETTER},
        {"unusable": frozenset(Channel)},
    ],
)
def test_somebody_who_wrote_gets_an_answer_whatever_they_stopped(facts: dict[str, Any]) -> None:
    assert way(amina(**facts), Purpose.ANSWER) == (Channel.SMS, "")


def test_no_answer_goes_to_somebody_who_died_or_has_no_address() -> None:
    assert way(amina(deceased=True), Purpose.ANSWER) == (None, "the person has died")
    assert way(amina(mobile=None, email=None), Purpose.ANSWER)[0] is None
    assert way(amina(unusable=frozenset({Channel.SMS})), Purpose.ANSWER)[0] is Channel.EMAIL


@pytest.mark.parametrize(
    ("facts", "instead"),
    [
        ({"preferred": PreferredChannel.LETTER}, Instead.LETTER),
        ({"preferred": PreferredChannel.LETTER, "number_is": NumberIs.SHARED}, Instead.LETTER),
        ({"preferred": PreferredChannel.PHONE}, Instead.CALL),
        ({"mobile": None, "email": None}, Instead.LETTER),
        ({"unusable": frozenset(Channel)}, Instead.LETTER),
        ({"opted_out": frozenset({(Channel.SMS, None)})}, Instead.LETTER),
        ({"safe_to_text": False, "email": None}, Instead.CALL),
        ({"interpreter": True}, Instead.CALL),
        ({"interpreter": True, "preferred": PreferredChannel.LETTER}, Instead.CALL),
        ({"format": "large print"}, None),
        ({"format": "Large-Print", "email": None}, Instead.LETTER),
        ({"format": "large print; easy read"}, Instead.CALL),
        ({"format": "easy read"}, Instead.CALL),
        ({"format": "Braille"}, Instead.CALL),
        ({"format": "something nobody has heard of"}, Instead.CALL),
        ({"deceased": True}, None),
        ({"do_not_contact": True, "preferred": PreferredChannel.LETTER}, None),
        ({"closed": True, "interpreter": True}, None),
        ({"date_of_birth": date(2008, 3, 3), "preferred": PreferredChannel.LETTER}, None),
        ({"number_is": NumberIs.CARER}, None),
        ({"safe_to_text": None, "safe_to_email": None}, None),
    ],
)
def test_whom_no_message_reaches_gets_a_letter_or_a_call_unless_nothing_may_reach_them(
    facts: dict[str, Any], instead: Instead | None
) -> None:
    assert route(amina(**facts), Purpose.CHECK_IN, NotAsked.APPOINTMENTS, TODAY).instead is instead


@pytest.mark.parametrize("facts", [{}, {"preferred": PreferredChannel.LETTER}, {"interpreter": True}])
def test_who_stopped_one_kind_of_message_gets_no_letter_of_that_kind_either(facts: dict[str, Any]) -> None:
    someone = amina(opted_out=frozenset({(Channel.SMS, Purpose.CHECK_IN)}), **facts)
    found = route(someone, Purpose.CHECK_IN, NotAsked.ALL, TODAY)
    assert (found.channel, found.instead) == (None, None)
    assert "opted out" in found.reason


def test_who_needs_an_interpreter_is_written_to_in_their_own_language_only() -> None:
    someone = amina(interpreter=True)
    only_emails = frozenset({Channel.EMAIL})
    assert route(someone, Purpose.APPOINTMENT, NotAsked.ALL, TODAY).channel is None
    assert route(someone, Purpose.APPOINTMENT, NotAsked.ALL, TODAY, frozenset(Channel)).channel is Channel.SMS
    assert route(someone, Purpose.APPOINTMENT, NotAsked.ALL, TODAY, only_emails).channel is Channel.EMAIL


@pytest.mark.parametrize("written", ["", "none", "N/A", "Standard", "not needed"])
def test_no_need_is_no_format(written: str) -> None:
    assert way(amina(format=written)) == (Channel.SMS, "")


def test_a_channel_that_cannot_give_the_format_is_left_out_until_the_person_says_that_it_suits() -> None:
    assert way(amina(format="large print")) == (Channel.EMAIL, "")
    assert way(amina(format="large print", suits=frozenset({Channel.SMS}))) == (Channel.SMS, "")
    assert way(amina(format="easy read", suits=frozenset({Channel.SMS}))) == (Channel.SMS, "")
    assert way(amina(format="easy read"))[1] == "needs easy read"


def test_people_come_of_age_on_their_birthday() -> None:
    assert is_under_18(date(2008, 3, 3), TODAY)
    assert not is_under_18(date(2008, 3, 2), TODAY)
    assert is_under_18(date(2008, 2, 29), date(2026, 2, 28))
    assert not is_under_18(date(2008, 2, 29), date(2026, 3, 1))


FACTS = st.builds(
    amina,
    mobile=st.sampled_from([None, AMINAS]),
    email=st.sampled_from([None, "amina@example.org"]),
    preferred=st.sampled_from([None, *PreferredChannel]),
    safe_to_text=st.sampled_from([None, True, False]),
    safe_to_email=st.sampled_from([None, True, False]),
    number_is=st.sampled_from(NumberIs),
    opted_out=st.frozensets(
        st.tuples(st.sampled_from([None, *Channel]), st.sampled_from([None, *SCHEDULED])), max_size=2
    ),
    unusable=st.frozensets(st.sampled_from(Channel)),
    deceased=st.booleans(),
    do_not_contact=st.booleans(),
    closed=st.booleans(),
    interpreter=st.booleans(),
    format=st.sampled_from([None, "large print", "easy read", "braille", "loop"]),
)


@drawn(200)
@given(FACTS, TO_ALL, st.sampled_from(NotAsked))
def test_no_route_ever_leads_past_a_refusal(
    facts: Reachability, purpose: Purpose, not_asked: NotAsked
) -> None:
    found = route(facts, purpose, not_asked, TODAY)
    if found.channel is None:
        assert found.reason
        return
    address, safe = {
        Channel.SMS: (facts.mobile, facts.safe_to_text),
        Channel.EMAIL: (facts.email, facts.safe_to_email),
    }[found.channel]
    assert address
    assert found.channel not in facts.unusable
    assert safe or (safe is None and not_asked is not NotAsked.NONE)
    assert not any((facts.deceased, facts.do_not_contact, facts.closed))
    assert facts.number_is is NumberIs.OWN
    assert not facts.interpreter
    assert not facts.format or (facts.format == "large print" and found.channel is Channel.EMAIL)
    assert not any(
        channel in (None, found.channel) and stopped in (None, purpose)
        for channel, stopped in facts.opted_out
    )
