"""What changed between two versions of a text, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """The pieces in order: those of kind "same" and "gone" joined are the old text, "same" and "new" the new one."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[Piece] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[start:end])))
        else:
            pieces += _changed("".join(before[start:end]), "".join(after[new_start:new_end]))
    return pieces


def _changed(gone: str, new: str) -> Iterator[Piece]:
    if gone:
        yield Piece("gone", gone)
    if new:
        yield Piece("new", new)
