"""Who somebody is: NHS numbers, ethnicity codes, languages, and the tokens their name is found by."""

import re
import unicodedata
from collections.abc import Iterable

from nhs_number.constants import (
    REGION_ENGLAND_WALES_IOM,
    REGION_NORTHERN_IRELAND,
    REGION_SCOTLAND,
    REGION_SYNTHETIC,
)
from nhs_number.validate import is_valid

from outreach.errors import ContactError
from outreach.rules.cells import FORMAT_AS_TEXT, plain_digits, whole_number

ETHNICITY_CODES = frozenset("ABCDEFGHJKLMNPRSZ") | {"99"}
"""NHS Data Dictionary ETHNIC CATEGORY CODE 2001 (16 groups, Z not stated, 99 not known)."""

GROUPED = re.compile(r"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])")
ISSUED = (REGION_ENGLAND_WALES_IOM, REGION_SCOTLAND, REGION_NORTHERN_IRELAND, REGION_SYNTHETIC)

LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
"""The part of BCP 47 that waiting lists use: language, script, region."""

WITHIN_WORDS = dict.fromkeys(map(ord, "'’‘ʼ`´."))
WITHOUT_ACCENT = WITHIN_WORDS | str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
PREFIX = 3


def read_nhs_number(raw: str) -> str:
    """Ten digits with a correct check digit. Raises ContactError, which never repeats the number.

    Ten equal digits pass the check but fill empty cells: taken as real they would make many people one.
    """
    number = whole_number(plain_digits(raw).strip().lstrip("'"))
    if number is None:
        raise ContactError(f"the spreadsheet has cut digits off this NHS number; {FORMAT_AS_TEXT}")
    digits = re.sub(r"[\s-]", "", number)
    if not re.fullmatch(r"[0-9]{10}", digits) or not is_valid(digits):
        raise ContactError("this is no NHS number; check it: it needs ten digits and a correct check digit")
    if len(set(digits)) == 1:
        raise ContactError("this NHS number only fills the cell; give the real one or leave it blank")
    return digits


def holds_nhs_number(text: str) -> bool:
    """This identifier is an NHS number that can have been issued (or the synthetic kind), or carries one."""
    candidates = (re.sub("[ -]", "", found[0]) for found in GROUPED.finditer(text))
    return any(is_valid(digits, for_region=region) for digits in candidates for region in ISSUED)


def read_language(raw: str) -> str | None:
    """A language tag in its usual capitals (`EN_gb` is en-GB); None when it is none."""
    found = LANGUAGE.fullmatch(raw)
    if found is None:
        return None
    language, script, region = found.groups()
    parts = (language.lower(), script.title() if script else "", region.upper() if region else "")
    return "-".join(filter(None, parts))


def fold_name(name: str) -> str:
    """A name without case, accents and apostrophes, and with hyphens as spaces: for finding, never for showing."""
    whole = unicodedata.normalize("NFKD", name.translate(WITHIN_WORDS)).casefold()
    plain = unicodedata.normalize("NFKD", whole).translate(WITHOUT_ACCENT)
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w\s]|_", " ", letters).split())


def name_tokens(names: Iterable[str]) -> set[tuple[str, str]]:
    """What names are filed under: ("name", each whole word) and ("prefix", each word's first three letters)."""
    words = {word for name in names for word in fold_name(name).split()}
    return {("name", word) for word in words} | {
        ("prefix", word[:PREFIX]) for word in words if len(word) >= PREFIX
    }
