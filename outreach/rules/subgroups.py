"""The groups by which figures are compared: ethnicity, language and time waited, with the names people read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

ETHNICITY_NAMES = MappingProxyType(
    {
        "A": "White: British",
        "B": "White: Irish",
        "C": "White: any other",
        "D": "Mixed: White and Black Caribbean",
        "E": "Mixed: White and Black African",
        "F": "Mixed: White and Asian",
        "G": "Mixed: any other",
        "H": "Asian: Indian",
        "J": "Asian: Pakistani",
        "K": "Asian: Bangladeshi",
        "L": "Asian: any other",
        "M": "Black: Caribbean",
        "N": "Black: African",
        "P": "Black: any other",
        "R": "Chinese",
        "S": "Any other ethnic group",
        "Z": "Not stated",
        "99": "Not known",
    }
)
"""NHS Data Dictionary ETHNIC CATEGORY CODE 2001, shortened."""

NOT_RECORDED = "No code on the list"

LANGUAGE_NAMES = MappingProxyType(
    {
        "am": "Amharic",
        "ar": "Arabic",
        "bn": "Bengali",
        "bg": "Bulgarian",
        "cy": "Welsh",
        "en": "English",
        "es": "Spanish",
        "fa": "Persian",
        "fr": "French",
        "gu": "Gujarati",
        "hi": "Hindi",
        "hu": "Hungarian",
        "it": "Italian",
        "ku": "Kurdish",
        "lt": "Lithuanian",
        "pa": "Panjabi",
        "pl": "Polish",
        "ps": "Pashto",
        "pt": "Portuguese",
        "ro": "Romanian",
        "ru": "Russian",
        "so": "Somali",
        "sq": "Albanian",
        "ta": "Tamil",
        "ti": "Tigrinya",
        "tr": "Turkish",
        "uk": "Ukrainian",
        "ur": "Urdu",
        "vi": "Vietnamese",
        "yue": "Cantonese",
        "zh": "Chinese",
    }
)


@dataclass(frozen=True, slots=True)
class Band:
    """People who have waited up to, and without, so many days."""

    name: str
    under_days: int


WAITS: Sequence[Band] = (
    Band("under 3 months", 91),
    Band("3 to 6 months", 182),
    Band("6 to 12 months", 365),
    Band("12 to 18 months", 547),
)
LONGEST_WAIT = "18 months or more"


def ethnicity_name(code: str | None) -> str:
    """The group of an NHS ethnicity code, with Z (not stated), 99 (not known) and no code apart."""
    return ETHNICITY_NAMES[code] if code else NOT_RECORDED


def language_name(tag: str) -> str:
    """The name of a language tag's language; the tag itself where we know no name."""
    return LANGUAGE_NAMES.get(tag.partition("-")[0].lower(), tag)


def wait_name(referred_on: date, on: date) -> str:
    """The band of the time from the referral to a day."""
    waited = (on - referred_on).days
    return next((band.name for band in WAITS if waited < band.under_days), LONGEST_WAIT)


ETHNICITY_ORDER = (*ETHNICITY_NAMES.values(), NOT_RECORDED)
WAIT_ORDER = (*(band.name for band in WAITS), LONGEST_WAIT)
