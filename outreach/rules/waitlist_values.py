"""Reads one cell of a waiting list as what its column holds: a date, a code, an address, words."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from outreach.errors import CodeError
from outreach.rules.addresses import read_email, read_mobile, read_phone
from outreach.rules.cells import FORMAT_AS_TEXT, IN_EXPONENTS, Cell, as_text, is_spreadsheet_error
from outreach.rules.dates import When, read_appointment, read_date, read_date_of_birth
from outreach.rules.identity import ETHNICITY_CODES, holds_nhs_number, read_language, read_nhs_number
from outreach.rules.waitlist_columns import NAMES, fold
from outreach.vocabulary import Attendance, NumberIs, PreferredChannel

Word = TypeVar("Word", bound=StrEnum)

LONGEST_ID = 80
LONGEST_TEXT = 1000
YES_OR_NO = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}


def read_value(cell: Cell, column: str, codes: Mapping[str, Mapping[str, str]], today: date) -> Any:
    """The cell's value in this column of ours; None when it is blank. Raises OutreachError, never with the value.

    `codes` holds for a column what its local codes, folded, mean; `today` is the local day.
    """
    text = as_text(cell)
    if not text:
        return None
    if text[0] == "#" and is_spreadsheet_error(text):
        raise CodeError("the cell shows an error of the spreadsheet; correct the formula there")
    if column in codes:
        cell = text = codes[column].get(fold(text), text)
        if not text:
            return None
    read_text = TEXTS.get(column)
    if read_text is None:
        return read_date_of_birth(cell, today) if column == "date_of_birth" else MOMENTS[column](cell)
    if column == "referral_id" and isinstance(cell, date):
        raise CodeError(f"the spreadsheet has turned this identifier into a date; {FORMAT_AS_TEXT}")
    return read_text(text)


def _referral_id(text: str) -> str:
    if IN_EXPONENTS.fullmatch(text):
        raise CodeError(f"the spreadsheet has cut digits off this identifier; {FORMAT_AS_TEXT}")
    if len(text) > LONGEST_ID:
        raise CodeError(f"this identifier is longer than {LONGEST_ID} characters; use the referral's number")
    if holds_nhs_number(text) or "@" in text:
        raise CodeError(
            "this identifier holds an NHS number or an email address and would appear in logs;"
            " use the referral's own number"
        )
    return text


def _words(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise CodeError(f"this text is longer than {LONGEST_TEXT} characters; shorten it")
    return text


def _postcode(text: str) -> str:
    """Capitals, and one blank before the last three characters of a UK one."""
    found = re.fullmatch(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})", text.upper())
    return f"{found[1]} {found[2]}" if found else _words(text)


def _one_of(words: type[Word]) -> Callable[[str], Word]:
    known = {fold(word.value): word for word in words}
    names = [word.value for word in words]
    allowed = f"{', '.join(names[:-1])} or {names[-1]}"

    def read(text: str) -> Word:
        word = known.get(fold(text))
        if word is None:
            raise CodeError(
                f"this is none of the codes we know; write {allowed}, or map it in [import.codes]"
            )
        return word

    return read


def _yes_or_no(text: str) -> bool:
    answer = YES_OR_NO.get(text.casefold())
    if answer is None:
        raise CodeError("this is neither yes nor no; write one of them, or map it in [import.codes]")
    return answer


def _ethnicity(text: str) -> str:
    code = text.upper()
    if code not in ETHNICITY_CODES:
        raise CodeError(
            "this is no NHS ethnicity code; write A to S, Z (not stated) or 99 (not known),"
            " or map it in [import.codes.ethnicity]"
        )
    return code


def _language(text: str) -> str:
    tag = read_language(text)
    if tag is None:
        raise CodeError(
            'this is no language tag; write one such as "pl", or map it in [import.codes.language]'
        )
    return tag


MOMENTS: Mapping[str, Callable[[Cell], date | When]] = {
    "referred_on": read_date,
    "assessment_at": read_appointment,
    "accepted_on": read_date,
    "treatment_at": read_appointment,
    "therapy_ended_on": read_date,
    "closed_on": read_date,
    "deceased_on": read_date,
}
TEXTS: Mapping[str, Callable[[str], Any]] = {
    "referral_id": _referral_id,
    "nhs_number": read_nhs_number,
    "mobile": read_mobile,
    "phone": read_phone,
    "email": read_email,
    "postcode": _postcode,
    "preferred_channel": _one_of(PreferredChannel),
    "language": _language,
    "ethnicity": _ethnicity,
    "assessment_attendance": _one_of(Attendance),
    "treatment_attendance": _one_of(Attendance),
    "number_is": _one_of(NumberIs),
    **dict.fromkeys(
        ("interpreter", "safe_to_text", "safe_to_email", "safe_to_voicemail", "do_not_contact"), _yes_or_no
    ),
    **dict.fromkeys(
        (
            *NAMES,
            *(f"address_{line}" for line in range(1, 5)),
            "format",
            "assessment_place",
            "treatment_place",
            "closed_reason",
            "contact_note",
        ),
        _words,
    ),
}
