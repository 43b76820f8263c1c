"""Reasonable adjustments: what a person needs in order to read us, and which channels give it to them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from outreach.vocabulary import Channel, Format, Instead

NO_NEED = frozenset(
    {"", "no", "none", "n a", "na", "normal", "normal print", "not needed", "standard", "standard print"}
)

WORDS: Mapping[Format, re.Pattern[str]] = MappingProxyType(
    {
        Format.LARGE_PRINT: re.compile(r"\blarge(?:r)?[ -]?(?:print|text|font|type)|\bbig(?:ger)? print"),
        Format.EASY_READ: re.compile(r"\beasy[ -]?read|\bplain pictures?\b"),
        Format.BRAILLE: re.compile(r"\bbraille\b"),
        Format.AUDIO: re.compile(r"\baudio\b|\bspoken\b|\bread (?:out|aloud)\b|\brecording\b"),
    }
)
"""How lists write them, in lower case and with single blanks."""

CARRIES: Mapping[Format, frozenset[Channel]] = MappingProxyType(
    {Format.LARGE_PRINT: frozenset({Channel.EMAIL})}
)
"""The channels that can give a format: an email can be set in large print; nothing else can be had from one."""

INSTEAD: Mapping[Format, Instead] = MappingProxyType({Format.LARGE_PRINT: Instead.LETTER})
"""Letters can be printed large. For every other format a person rings, and finds out what would suit."""

NAMES: Mapping[Format, str] = MappingProxyType({Format.OTHER: "a format that staff have to look at"})


@lru_cache(maxsize=256)
def read_formats(written: str) -> frozenset[Format]:
    """The formats that a list or a member of staff names; words that we do not know are `other`."""
    plain = " ".join(re.sub(r"[^\w-]+", " ", written.casefold()).replace("_", " ").split())
    if plain in NO_NEED:
        return frozenset()
    return frozenset(each for each, pattern in WORDS.items() if pattern.search(plain)) or frozenset(
        {Format.OTHER}
    )


def lacks(formats: frozenset[Format], channel: Channel) -> Format | None:
    """A format that this channel cannot give; None when it gives all."""
    return next((each for each in sorted(formats) if channel not in CARRIES.get(each, frozenset())), None)


def instead_of(formats: frozenset[Format]) -> Instead:
    """What reaches somebody with these needs where no channel does: a call where any of them needs one."""
    wanted = {INSTEAD.get(each, Instead.CALL) for each in formats}
    return Instead.CALL if Instead.CALL in wanted else Instead.LETTER


def in_words(format_: Format) -> str:
    """As staff read it: "large print"."""
    return NAMES.get(format_, format_.value.replace("_", " "))
