"""Tells in an email what somebody wrote from what their mail program quoted of ours, wherever they wrote it."""

import re
from collections.abc import Iterator, Sequence

_HEADER = r"-{2,} ?original message ?-{2,}|_{10,}|on .{6,120} wrote:|from: .{3,200}"
_QUOTE_BEGINS = re.compile(rf"^({_HEADER}) *$", re.IGNORECASE | re.MULTILINE)
_HEADER_LINE = re.compile(rf"^({_HEADER}|(sent|to|cc|date|subject): .{{0,200}}) *$", re.IGNORECASE)
_WORD = re.compile(r"\w+")

SURELY_OURS = 6
"""So many words in the order in which we wrote them are no coincidence: a quote begins here."""

PROBABLY_OURS = 4
"""Within a quote, so many are enough."""


def own_words(text: str, ours: str = "") -> str:
    """An email without what it quotes. `ours` is what we wrote to them lately, and the only sure way to know.

    Without it, what stands below a header is taken for quoted, and an email with nothing else in it is read whole.
    With it, every line that is not ours is theirs, also below the quote; where nothing is theirs, nothing is left.
    """
    if not ours.strip():
        kept = _above_the_quote(text)
        return kept if kept.strip() else text
    lines = list(_with_mark(text.splitlines(), _Known(ours)))
    kept = "\n".join(line for line, is_ours in lines if not is_ours and not line.lstrip().startswith(">"))
    if kept.strip():
        return kept
    return "\n".join(line.lstrip("> ") for line, is_ours in lines if not is_ours).strip()


def _above_the_quote(text: str) -> str:
    begins = _QUOTE_BEGINS.search(text)
    top = text[: begins.start()] if begins else text
    below = text[begins.end() :] if begins else ""
    if begins and any(line.startswith(">") for line in below.splitlines()):
        top = f"{top}\n{below}"  # quoted line by line: answers may stand between the lines
    return "\n".join(line for line in top.splitlines() if not line.lstrip().startswith(">"))


class _Known:
    """What we wrote, as words in their order."""

    def __init__(self, ours: str) -> None:
        self._lines = {_words(line) for line in ours.splitlines()} - {""}
        self._whole = f" {_words(ours)} "

    def has_line(self, words: str) -> bool:
        """One of our lines, as it was."""
        return words in self._lines

    def has(self, words: str, least: int) -> bool:
        """At least so many words, one after the other as we wrote them."""
        return words.count(" ") + 1 >= least and f" {words} " in self._whole


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _with_mark(lines: Sequence[str], known: _Known) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is ours or a mail program's. Above the quote everything is theirs."""
    in_quote, before = False, ""
    for line in lines:
        words = _words(line)
        is_header = bool(_HEADER_LINE.match(line.lstrip("> ")))
        in_quote = in_quote or is_header or known.has(words, SURELY_OURS)
        is_ours = in_quote and (
            known.has_line(words) or known.has(words, PROBABLY_OURS) or _goes_on(known, before, words)
        )
        yield line, (is_header and in_quote) or is_ours
        before = words if is_ours else ""


def _goes_on(known: _Known, before: str, words: str) -> bool:
    """The rest of a line of ours that a mail program broke in two."""
    return bool(before and words) and known.has(f"{before} {words}", PROBABLY_OURS)
