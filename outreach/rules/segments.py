"""Counts the segments a text is paid for and names the characters that make it dear."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 7-bit default alphabet (3GPP TS 23.038, table 6.2.1); each character is one septet."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""Its extension table (6.2.1.1): an escape and a septet each."""

GSM_7 = BASIC | EXTENSION

NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes: `units` are septets or UTF-16 units, `offending` the first characters outside GSM-7."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    offending: tuple[str, ...] = ()


def count(text: str) -> Segments:
    """How a text is cut: 160 septets or 70 units alone, 153 or 67 where a text has several segments (TS 23.040)."""
    if BASIC.issuperset(
        text
    ):  # a septet each, so that nothing can straddle: the usual text, and the quick way
        return Segments("GSM-7", 1 if 0 < len(text) <= 160 else -(-len(text) // 153), len(text))
    if GSM_7.issuperset(text):
        sizes = [2 if character in EXTENSION else 1 for character in text]
        return Segments("GSM-7", _segments(sizes, alone=160, joined=153), sum(sizes))
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    offending = [character for character in dict.fromkeys(text) if character not in GSM_7]
    return Segments(
        "UCS-2", _segments(sizes, alone=70, joined=67), sum(sizes), tuple(offending[:NAMED_AT_MOST])
    )


def _segments(sizes: list[int], *, alone: int, joined: int) -> int:
    """A character of two units never straddles two segments: it moves on whole and leaves a unit empty."""
    if sum(sizes) <= alone:
        return 1 if sizes else 0
    ends = accumulate(
        sizes, lambda end, size: end + size if end % joined + size <= joined else end + 1 + size
    )
    *_, length = ends
    return -(-length // joined)
