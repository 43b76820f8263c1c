"""Folds what people type into plain words, so that a disguise, a slip or a strange character hides nothing."""

import re
import unicodedata
from dataclasses import dataclass

_LOOKALIKES = str.maketrans(
    # Cyrillic and Greek letters that look Latin are only turned when Latin letters stand beside them (see `_latin`).
    "асеоріхуѕјкмтнвαοερικτυχ",
    "aceopixysjkmthbaoepiktux",
)
_SAME_LETTER = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ک": "ك", "ی": "ي", "ى": "ي", "ے": "ي", "ہ": "ه", "ھ": "ه"}
)
_DIGIT_LETTERS = str.maketrans("013457@$!", "oieastasi")
_MAY_BE_LETTERS = frozenset("013457@$!")
_ONE_AS_L = str.maketrans("013457@$!", "oleastasl")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u00b4`\u2032\uff07]")
_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_SKIN_TONES = frozenset(range(0x1F3FB, 0x1F400))
_BREAKS = frozenset(".,;:!?\n…()")
_INNER = frozenset("*@$")  # inside a word these stand for a letter
_BANG_INSIDE = re.compile(r"\w!\w")
_WORDS_FOR = {"&": " and ", "%": " percent "}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as words; `breaks` has the index of each word after punctuation, `damaged` means lost letters."""

    words: tuple[str, ...]
    breaks: frozenset[int]
    damaged: bool = False


def views(text: str) -> tuple[Folded, ...]:
    """Every way worth reading a text: as it stands, with "k!ll" as one word, and with "s t o p" joined."""
    folded = [fold(text)]
    if _BANG_INSIDE.search(text):
        folded.append(fold(text, inner=_INNER | {"!"}))
    folded += [joined(view) for view in folded]
    return tuple(dict.fromkeys(folded))


def fold(text: str, inner: frozenset[str] = _INNER) -> Folded:
    """The words of a text, lower case and without accents, apostrophes and invisible characters, in linear time."""
    words: list[str] = []
    breaks: set[int] = set()
    current: list[str] = []
    for char in [*_plain(text), " "]:
        if _is_wordlike(char) or (char in inner and current):
            current.append(char)
            continue
        words.extend(_finished(current))
        current.clear()
        if unicodedata.category(char) in ("So", "Cn"):  # emoji, and those newer than this Python: each a word
            words.append(char)
        elif char in _BREAKS and words:
            breaks.add(len(words))
    return Folded(tuple(words), frozenset(breaks - {len(words)}), any(_is_damage(char) for char in text))


def _plain(text: str) -> str:
    """Canonical letters: compatibility forms, case and accents undone, unseen characters gone."""
    return text.translate(_PLAIN_ASCII).lower() if text.isascii() else _plain_letters(text)


def _plain_letters(text: str) -> str:
    whole = "".join(_WORDS_FOR.get(char, char) for char in _APOSTROPHES.sub("", text))
    letters = unicodedata.normalize("NFKD", whole).casefold().translate(_SAME_LETTER)
    return "".join(char for char in unicodedata.normalize("NFKD", letters) if not _is_unseen(char))


def _is_unseen(char: str) -> bool:
    """Accents, zero-width and direction characters, NUL and other controls (but not line ends), skin tones."""
    kind = unicodedata.category(char)
    if kind == "Cc":
        return char not in "\n\r\t"
    if kind in ("Mn", "Me"):
        return not _carries_sound(char)
    return kind in ("Cf", "Cs", "Co") or char in "\ufffd\u0640" or ord(char) in _SKIN_TONES


def _carries_sound(char: str) -> bool:
    """In Indic and South-East Asian scripts the marks are vowels, not accents."""
    return "\u0900" <= char <= "\u0fff"


_PLAIN_ASCII = str.maketrans({chr(code): _plain_letters(chr(code)) for code in range(128)})
"""What becomes of each character of most texts, which hold no other."""


def _is_damage(char: str) -> bool:
    """A character that was lost on the way: what stood here cannot be known."""
    return char == "\ufffd" or "\ud800" <= char <= "\udfff"


def _is_wordlike(char: str) -> bool:
    return char.isalnum() or _carries_sound(char)


def _finished(letters: list[str]) -> list[str]:
    word = "".join(letters).rstrip("!")
    return [_latin(word)] if word else []


def _latin(word: str) -> str:
    """A word that mixes Latin letters with lookalikes is a Latin word in disguise."""
    if word.isascii() or not any("a" <= char <= "z" for char in word):
        return word
    return word.translate(_LOOKALIKES)


def spellings(word: str) -> frozenset[str]:
    """The word itself and what it may stand for: letters for digits, long runs of a letter cut to two and to one."""
    found = {word}
    if not _MAY_BE_LETTERS.isdisjoint(word) and any(char.isalpha() for char in word):
        found |= {word.translate(_DIGIT_LETTERS), word.translate(_ONE_AS_L)}
    for spelling in tuple(found):
        if _RUN.search(spelling):
            found |= {_RUN.sub(r"\1\1", spelling), _RUN.sub(r"\1", spelling)}
    return frozenset(found)


def joined(folded: Folded) -> Folded:
    """The same text with three or more letters standing alone ("s t o p") read as one word."""
    words: list[str] = []
    places: dict[int, int] = {}
    start = 0
    while start < len(folded.words):
        end = start
        while end < len(folded.words) and _stands_alone(folded.words[end]):
            end += 1
        if end - start < 3:
            end = start + 1
        places[start] = len(words)
        words.append("".join(folded.words[start:end]))
        start = end
    breaks = frozenset(places[place] for place in folded.breaks if place in places)
    return Folded(tuple(words), breaks, folded.damaged)


def _stands_alone(word: str) -> bool:
    return len(word) == 1 and word.isalnum()


def is_foreign_script(word: str) -> bool:
    """The word has letters and none of them is Latin."""
    if word.isascii():
        return False
    letters = [char for char in word if char.isalpha()]
    return bool(letters) and not any("LATIN" in unicodedata.name(char, "") for char in letters)
