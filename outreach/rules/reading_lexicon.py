"""The reviewed word lists as a parsed lexicon: what its file may say, and every fault in it by line."""

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from outreach.errors import Fault, LibraryError
from outreach.rules.reading_fold import fold
from outreach.vocabulary import Channel, Purpose, Reading

SHORT_GAP, LONG_GAP = 2, 5
"""How many other words `..` and `...` let through."""

SLIPS_FROM = 5
"""A word of this many letters or more is also found with a slip of the finger in it (see `reading_match`)."""

SHORTEST_GLUED = 8
"""A pattern written without spaces is looked for from this many letters on."""

Kind = TypeVar("Kind", Reading, Channel, Purpose)

_LONGEST_PATTERN = 12

_MOST_GLUED = 200
_NEVER_UNFLAGGED = (Reading.POSSIBLE_CRISIS, Reading.NEEDS_READER)
_GROUP_KEYS = {
    "name", "reading", "language", "source", "patterns", "only", "along_with", "channel", "purpose",
    "when_expecting_survey",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a pattern: any of `words` ("suicid*" has any ending), or up to `gap` other words."""

    words: frozenset[str] = frozenset()
    gap: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sequence of words as a reviewer writes it; `glued` are its words written without spaces.

    `needed` are the words of each place that must be there: a reply without any of them cannot hold the pattern.
    """

    written: str
    elements: tuple[Element, ...]
    at_start: bool = False
    at_end: bool = False
    glued: frozenset[str] = frozenset()
    needed: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns of one kind. With `only`, the whole reply must be words of `only` and `along_with`."""

    name: str
    reading: Reading
    language: str
    source: str
    patterns: tuple[Pattern, ...] = ()
    only: frozenset[str] = frozenset()
    along_with: frozenset[str] = frozenset()
    channel: Channel | None = None
    purpose: Purpose | None = None
    when_expecting_survey: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The whole reviewed file, indexed for one pass over a reply."""

    version: str
    reviewed_on: date
    sign_off: str
    groups: tuple[Group, ...]
    unless: Mapping[Reading, tuple[Pattern, ...]]
    same: Mapping[str, str]
    known: frozenset[str]
    foreign: frozenset[str]
    entries: tuple[tuple[Group, Pattern], ...] = field(repr=False)
    first_words: Mapping[str, tuple[int, ...]] = field(repr=False)  # places in `entries`, by first word
    prefixes: frozenset[str] = field(repr=False)
    words: frozenset[str] = field(repr=False)
    slip_words: Mapping[int, tuple[str, ...]] = field(repr=False)
    glued: Mapping[str, Group] = field(repr=False)


def parse_lexicon(text: str, file: str = "lexicon.toml") -> Lexicon:
    """The lexicon in a TOML text; raises `LibraryError` naming every fault by line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LibraryError([Fault(file, 1, f"this is not TOML: {error}")]) from error
    reader = _Reader(file, text.splitlines(), data.get("lists", {}))
    lexicon = reader.lexicon(data)
    if reader.faults:
        raise LibraryError(reader.faults)
    return lexicon


class _Reader:
    """Reads one file and collects its faults, so that a reviewer sees all of them at once."""

    def __init__(self, file: str, lines: list[str], lists: Mapping[str, list[str]]) -> None:
        self.file, self.lines, self.lists = file, lines, lists
        self.faults: list[Fault] = []

    def lexicon(self, data: Mapping[str, Any]) -> Lexicon:
        groups = tuple(self._group(entry) for entry in data.get("groups", []))
        unless = dict(map(self._unless, data.get("unless", {}).items()))
        same = {self._word(short): self._word(long) for short, long in data.get("same", {}).items()}
        known, foreign = (
            _running(data.get(section, {}).get("words", [])) for section in ("known", "foreign")
        )
        entries = tuple((group, pattern) for group in groups for pattern in group.patterns)
        words = _words_of(groups)
        slips = {word for word in words if len(word) >= SLIPS_FROM and word.isascii() and word.isalpha()}
        slips |= {self._word(word) for word in data.get("short_words_with_slips", [])}
        english = _words_of(group for group in groups if group.language == "en")
        return Lexicon(
            version=str(self._required(data, "version")),
            reviewed_on=self._required(data, "reviewed_on") or date.min,
            sign_off=str(data.get("sign_off", "")),
            groups=groups,
            unless=unless,
            same=same,
            known=known | english | same.keys(),
            foreign=foreign,
            entries=entries,
            first_words=_by_first_word(entries),
            prefixes=frozenset(word for word in words if word.endswith("*")),
            words=frozenset(word for word in words if not word.endswith("*")),
            slip_words=_by_length(slips),
            glued={glue: group for group, pattern in entries for glue in pattern.glued},
        )

    def _required(self, data: Mapping[str, Any], key: str, line: int = 1) -> Any:
        if key not in data:
            self.faults.append(Fault(self.file, line, f"add {key} = …"))
        return data.get(key)

    def _group(self, entry: Mapping[str, Any]) -> Group:
        name = str(entry.get("name", ""))
        line = self._line_of(f'"{name}"')
        for key in ("name", "reading", "language", "source"):
            if not entry.get(key):
                self.faults.append(Fault(self.file, line, f"group {name!r} needs {key}"))
        for key in sorted(entry.keys() - _GROUP_KEYS):
            self.faults.append(Fault(self.file, line, f"group {name!r} has an unknown key {key!r}"))
        if not entry.get("patterns") and not entry.get("only"):
            self.faults.append(Fault(self.file, line, f"group {name!r} needs patterns or only"))
        reading = self._one_of(Reading, entry.get("reading", ""), line) or Reading.NEEDS_READER
        gluing = reading in (Reading.POSSIBLE_CRISIS, Reading.OPT_OUT)
        return Group(
            name=name,
            reading=reading,
            language=str(entry.get("language", "")),
            source=str(entry.get("source", "")),
            patterns=tuple(self._pattern(written, gluing) for written in entry.get("patterns", [])),
            only=self._words(entry.get("only", [])),
            along_with=self._words(entry.get("along_with", [])),
            channel=self._one_of(Channel, entry.get("channel"), line),
            purpose=self._one_of(Purpose, entry.get("purpose"), line),
            when_expecting_survey=bool(entry.get("when_expecting_survey", False)),
        )

    def _unless(self, entry: tuple[str, list[str]]) -> tuple[Reading, tuple[Pattern, ...]]:
        name, patterns = entry
        line = self._line_of("[unless]")
        reading = self._one_of(Reading, name, line) or Reading.NEEDS_READER
        if reading in _NEVER_UNFLAGGED:
            self.faults.append(
                Fault(self.file, line, f"nothing may take back {name}: remove it from [unless]")
            )
        return reading, tuple(self._pattern(written, gluing=False) for written in patterns)

    def _one_of(self, kind: type[Kind], value: str | None, line: int) -> Kind | None:
        if value is None:
            return None
        if value not in {member.value for member in kind}:
            self.faults.append(Fault(self.file, line, f"{value!r} is none of {', '.join(kind)}"))
            return None
        return kind(value)

    def _pattern(self, written: str, gluing: bool) -> Pattern:
        pieces = written.split()
        at_start, at_end = pieces[:1] == ["^"], pieces[-1:] == ["$"]
        inner = pieces[at_start : len(pieces) - at_end]
        elements = tuple(self._element(piece, written) for piece in inner)
        firm = [not element.gap and not element.optional for element in elements]
        if not firm or not firm[0] or elements[-1].gap or len(elements) > _LONGEST_PATTERN:
            self._fault(
                written,
                f"a pattern has 1 to {_LONGEST_PATTERN} places, begins with a word, ends without a gap",
            )
        glued = _glued(elements) if gluing and all(firm) and not at_start and not at_end else frozenset()
        needed = tuple(element.words for element, must in zip(elements, firm, strict=True) if must)
        return Pattern(written, elements, at_start, at_end, glued, needed)

    def _element(self, piece: str, written: str) -> Element:
        if piece in ("..", "..."):
            return Element(gap=SHORT_GAP if piece == ".." else LONG_GAP)
        optional = piece.startswith("[") and piece.endswith("]")
        return Element(self._words(piece.strip("[]").split("|"), written), optional=optional)

    def _words(self, entries: Iterable[str], written: str = "") -> frozenset[str]:
        found: set[str] = set()
        for entry in entries:
            if not entry.startswith("<"):
                found.add(self._word(entry, written))
            elif entry.strip("<>") in self.lists:
                found |= self._words(self.lists[entry.strip("<>")], written)
            else:
                self._fault(written or entry, f"there is no list {entry.strip('<>')!r}")
        return frozenset(found)

    def _word(self, entry: str, written: str = "") -> str:
        folded = fold(entry.removesuffix("*")).words
        if len(folded) != 1:
            self._fault(written or entry, f"{entry!r} is not one word")
            return entry
        return folded[0] + ("*" if entry.endswith("*") else "")

    def _fault(self, written: str, what: str) -> None:
        self.faults.append(Fault(self.file, self._line_of(written), f"{written!r}: {what}"))

    def _line_of(self, snippet: str) -> int:
        """The first line that holds the snippet: the TOML reader of the standard library keeps no places."""
        return next((number for number, line in enumerate(self.lines, 1) if snippet in line), 1)


def _running(lines: Iterable[str]) -> frozenset[str]:
    """The words of lines in which they stand one after another."""
    return frozenset(word for line in lines for word in fold(line).words)


def _words_of(groups: Iterable[Group]) -> frozenset[str]:
    return frozenset(
        word
        for group in groups
        for words in (group.only, group.along_with, *(e.words for p in group.patterns for e in p.elements))
        for word in words
    )


def _glued(elements: tuple[Element, ...]) -> frozenset[str]:
    """The words of a pattern without spaces ("killmyself"), unless there would be very many or they are short."""
    choices = [sorted(word.removesuffix("*") for word in element.words) for element in elements]
    if len(choices) < 2:
        return frozenset()
    combinations = itertools.islice(itertools.product(*choices), _MOST_GLUED)
    return frozenset(glue for glue in map("".join, combinations) if len(glue) >= SHORTEST_GLUED)


def _by_first_word(entries: tuple[tuple[Group, Pattern], ...]) -> dict[str, tuple[int, ...]]:
    index: dict[str, list[int]] = {}
    for place, (_, pattern) in enumerate(entries):
        for word in pattern.elements[0].words if pattern.elements else ():
            index.setdefault(word, []).append(place)
    return {word: tuple(found) for word, found in index.items()}


def _by_length(words: Iterable[str]) -> dict[int, tuple[str, ...]]:
    index: dict[int, list[str]] = {}
    for word in sorted(words):
        index.setdefault(len(word), []).append(word)
    return {length: tuple(found) for length, found in index.items()}
