"""Reads phone numbers and email addresses; repairs what spreadsheets did to them when that is certain."""

import re
from functools import cache, lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, ValidationResult

from outreach.errors import ContactError
from outreach.rules.cells import FORMAT_AS_TEXT, plain_digits, whole_number

MOBILES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
USUAL = re.compile(r"(?:0|\+44|0044|\+44\(0\))([1-37][0-9]{9})")
NOT_DIALLED = re.compile(r"[^0-9+]")

FICTIONAL = re.compile(r"\+44(?:7700900|1632960)[0-9]{3}")
"""Those of Ofcom's numbers for drama and tests that the numbering plan calls invalid."""

USUAL_LOCAL_PART = re.compile(r"[a-z0-9]+(?:[._+-][a-z0-9]+)*")
LONGEST_LOCAL_PART = 64
USUAL_DOMAIN = re.compile(r"[a-z0-9.-]{4,80}")

WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"})
"""The letters ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a keypad: how a hidden sender is shown."""

NO_NUMBER = "this is no telephone number; check the digits"
KINDS = {
    PhoneNumberType.FIXED_LINE: "a landline cannot get texts; put it in the phone column",
    PhoneNumberType.PREMIUM_RATE: "a premium number is not texted; give a mobile number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal (070) number is charged like a premium one; give a mobile number",
    PhoneNumberType.PAGER: "a pager cannot get texts; give a mobile number",
    PhoneNumberType.TOLL_FREE: "a freephone number cannot get texts; give a mobile number",
    PhoneNumberType.VOIP: "an internet phone number cannot be relied on for texts; put it in the phone column",
    PhoneNumberType.UAN: "an 03 number cannot get texts; put it in the phone column",
}
LENGTH_OF_UK_MOBILE = len("+447700900123")
TOO_SHORT, TOO_LONG = ValidationResult.TOO_SHORT, ValidationResult.TOO_LONG
LENGTHS = {
    TOO_SHORT: "this number is too short; check for a missing digit",
    TOO_LONG: "this number is too long; check for an extra digit or a second number",
}


def read_mobile(raw: str) -> str:
    """A number that can get texts, as E.164. Raises ContactError, which never repeats the number."""
    usual = USUAL.fullmatch(raw.replace(" ", ""))
    if usual and (usual[1].startswith("7700900") or _uk_plan("mobile").fullmatch(usual[1])):
        return f"+44{usual[1]}"
    number = _certain_digits(raw)
    if FICTIONAL.fullmatch(number) and number.startswith("+447"):
        return number
    if number.startswith("+447") and len(number) != LENGTH_OF_UK_MOBILE:
        raise ContactError(LENGTHS[TOO_SHORT if len(number) < LENGTH_OF_UK_MOBILE else TOO_LONG])
    parsed = _parsed(number)
    kind = phonenumbers.number_type(parsed)
    if kind in MOBILES:
        return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    length = LENGTHS.get(phonenumbers.is_possible_number_with_reason(parsed))
    raise ContactError(length or KINDS.get(kind, "this is no mobile number; check the digits"))


def can_get_texts(sender: str) -> bool:
    """Whether a text could be sent back to whoever sent one: a number, neither a name nor withheld."""
    return re.fullmatch(r"\+[1-9][0-9]{6,14}", sender) is not None and sender not in WITHHELD


def read_phone(raw: str) -> str:
    """A number to ring, as E.164. Raises ContactError, which never repeats the number."""
    usual = USUAL.fullmatch(raw.replace(" ", ""))
    if usual and _uk_plan("fixed_line").fullmatch(usual[1]):
        return f"+44{usual[1]}"
    number = _certain_digits(raw)
    if FICTIONAL.fullmatch(number):
        return number
    parsed = _parsed(number)
    if not phonenumbers.is_valid_number(parsed):
        raise ContactError(LENGTHS.get(phonenumbers.is_possible_number_with_reason(parsed), NO_NUMBER))
    if phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE:
        raise ContactError("a premium number is not rung; give another number")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


@cache
def _uk_plan(kind: str) -> re.Pattern[str]:
    """The ranges under +44 by the library's own numbering plan: having it parse a usual number takes 100 µs."""
    plans = [PhoneMetadata.metadata_for_region(region) for region in ("GB", "GG", "JE", "IM")]
    return re.compile("|".join(getattr(plan, kind).national_number_pattern for plan in plans))


def _certain_digits(raw: str) -> str:
    """E.164 from however it was written or exported; ContactError when a digit is lost or there are two numbers."""
    number = whole_number(plain_digits(raw).strip().lstrip("'"))
    if number is None:
        raise ContactError(f"the spreadsheet has cut digits off this number; {FORMAT_AS_TEXT}")
    text = number.removeprefix("tel:")
    if re.search(r"[^\W\d_]|[;,/&]", text) or "+" in text[1:].lstrip("( +"):
        raise ContactError("there is more than one number or a word in this cell; leave one number")
    dialled = NOT_DIALLED.sub("", text.replace("(0)", ""))
    plus, digits = dialled.startswith("+"), dialled.replace("+", "")
    if digits.startswith("00"):
        plus, digits = True, digits[2:]
    if plus:
        return f"+44{digits[3:]}" if digits.startswith("440") else f"+{digits}"
    if digits.startswith("0"):
        return f"+44{digits[1:]}"
    if digits.startswith("44") and len(digits) == 12:
        return f"+{digits}"
    if len(digits) == 10 and digits[0] in "1237":  # the spreadsheet ate the leading nought
        return f"+44{digits}"
    raise ContactError(
        "this number is too short or too long for a UK one; write it as 07700 900123 or with +"
    )


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException as fault:
        too_long = fault.error_type == phonenumbers.NumberParseException.TOO_LONG
        raise ContactError(LENGTHS[TOO_LONG] if too_long else NO_NUMBER) from None


def read_email(raw: str) -> str:
    """One usable address in small letters; nobody asks DNS. Raises ContactError, which never repeats the address."""
    text = raw.strip().removeprefix("mailto:").removeprefix("MAILTO:").casefold()
    if text.count("@") > 1:
        raise ContactError("there is more than one address in this cell; leave one")
    local, _, domain = text.partition("@")
    if len(local) <= LONGEST_LOCAL_PART and USUAL_LOCAL_PART.fullmatch(local) and _is_usable(domain):
        return text
    try:
        return validate_email(text, check_deliverability=False, strict=True).normalized.casefold()
    except EmailNotValidError:
        raise ContactError("this is no email address; check it, or leave it blank") from None


@lru_cache(maxsize=1024)
def _is_usable(domain: str) -> bool:
    """A plain domain that addresses may have; a list has many addresses at few of them."""
    if not USUAL_DOMAIN.fullmatch(domain):
        return False
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).domain == domain
    except EmailNotValidError:
        return False
