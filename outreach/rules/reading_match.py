"""Finds the lexicon's patterns in a folded reply: one pass, no backtracking, so no text can make it slow."""

from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from outreach.rules.reading_fold import Folded, spellings
from outreach.rules.reading_lexicon import SHORTEST_GLUED, SLIPS_FROM, Element, Group, Lexicon, Pattern

_TWO_SLIPS_FROM = 8
_SHORTEST_PREFIX = 2
_LONGEST_ONLY = 12
_LONGEST_SLIP = 24

Meanings = tuple[frozenset[str], ...]
"""For each word of the reply, the lexicon's words that it may stand for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern of a group, found from word `start` up to, not including, word `end`."""

    group: Group
    start: int
    end: int
    whole: bool = False  # the group's `only`: the reply says nothing else

    def words(self, folded: Folded) -> str:
        """The words found, folded."""
        return " ".join(folded.words[self.start : self.end])

    def crosses(self, folded: Folded) -> bool:
        """Punctuation stands between the words found."""
        return any(place in folded.breaks for place in range(self.start + 1, self.end))


def meanings(lexicon: Lexicon, folded: Folded) -> Meanings:
    """What each word may stand for: itself, its other spellings, its long form, a prefix, a word with a slip."""
    found = {word: _meanings_of(lexicon, word) for word in set(folded.words)}
    return tuple(found[word] for word in folded.words)


def _meanings_of(lexicon: Lexicon, word: str) -> frozenset[str]:
    found = set(spellings(word))
    found |= {lexicon.same[spelling] for spelling in tuple(found) if spelling in lexicon.same}
    if not found & lexicon.known and not found & lexicon.words:
        found |= {meant for spelling in tuple(found) for meant in _slips(lexicon, spelling)}
    if "*" in word:
        found |= {meant for meant in lexicon.words if _is_masked(word, meant)}
    found |= {prefix for spelling in tuple(found) for prefix in _prefixes(lexicon, spelling)}
    return frozenset(found)


def _slips(lexicon: Lexicon, word: str) -> list[str]:
    """Lexicon words one letter added, lost, wrong or swapped away; two for long words. A known word is no slip."""
    if len(word) > _LONGEST_SLIP or len(word) < 3:
        return []
    return [
        meant
        for length in range(len(word) - 2, len(word) + 3)
        for meant, _, _ in extract(
            word,
            lexicon.slip_words.get(length, ()),
            scorer=OSA.distance,
            score_cutoff=_slips_allowed(length),
            limit=None,
        )
    ]


def is_familiar(lexicon: Lexicon, word: str) -> bool:
    """A word that we know, or, from five letters on, one slip of the finger away from it."""
    if spellings(word) & lexicon.known:
        return True
    return len(word) >= SLIPS_FROM and any(
        abs(len(meant) - len(word)) <= 1 and _is_slip(word, meant)
        for meant in lexicon.known
        if len(meant) >= SLIPS_FROM
    )


def _is_slip(word: str, meant: str) -> bool:
    allowed = _slips_allowed(len(meant))
    return OSA.distance(word, meant, score_cutoff=allowed) <= allowed


def _slips_allowed(length: int) -> int:
    return 2 if length >= _TWO_SLIPS_FROM else 1


def _is_masked(word: str, meant: str) -> bool:
    """ "k*ll" is "kill": each star hides one letter."""
    return len(word) == len(meant) and all(a in ("*", b) for a, b in zip(word, meant, strict=True))


def _prefixes(lexicon: Lexicon, word: str) -> list[str]:
    lengths = range(_SHORTEST_PREFIX, min(len(word), _LONGEST_SLIP) + 1)
    return [f"{word[:length]}*" for length in lengths if f"{word[:length]}*" in lexicon.prefixes]


def find(lexicon: Lexicon, folded: Folded, meant: Meanings) -> list[Hit]:
    """Every pattern found, at every place."""
    hits = [
        Hit(group, 0, len(meant), whole=True)
        for group in lexicon.groups
        if group.only and _is_only(group, meant)
    ]
    present = frozenset[str]().union(*meant)
    for start, choices in enumerate(meant):
        for place in {place for word in choices for place in lexicon.first_words.get(word, ())}:
            group, pattern = lexicon.entries[place]
            end = end_of(pattern, meant, start) if can_hold(present, pattern) else None
            if end is not None:
                hits.append(Hit(group, start, end))
    return hits + _find_glued(lexicon, folded)


def can_hold(present: frozenset[str], pattern: Pattern) -> bool:
    """A reply of these words may hold the pattern. Most patterns fail here, before their order is looked at."""
    return not any(map(present.isdisjoint, pattern.needed))


def _is_only(group: Group, meant: Meanings) -> bool:
    if not 0 < len(meant) <= _LONGEST_ONLY or not any(choices & group.only for choices in meant):
        return False
    allowed = group.only | group.along_with
    return all(choices & allowed for choices in meant)


def end_of(pattern: Pattern, meant: Meanings, start: int) -> int | None:
    """Where the shortest match that begins at `start` ends; the places reachable so far are kept as a small set."""
    if pattern.at_start and start != 0:
        return None
    reached = {start}
    for element in pattern.elements:
        reached = _step(element, meant, reached)
        if not reached:
            return None
    if pattern.at_end:
        return len(meant) if len(meant) in reached else None
    return min(reached)


def _step(element: Element, meant: Meanings, reached: set[int]) -> set[int]:
    if element.gap:
        return {
            place + more for place in reached for more in range(element.gap + 1) if place + more <= len(meant)
        }
    forward = {place + 1 for place in reached if place < len(meant) and meant[place] & element.words}
    return forward | reached if element.optional else forward


def _find_glued(lexicon: Lexicon, folded: Folded) -> list[Hit]:
    """Patterns written without spaces, inside words that nobody knows."""
    hits = []
    for place, word in enumerate(folded.words):
        if len(word) < SHORTEST_GLUED or word in lexicon.known:
            continue
        for spelling in spellings(word):
            hits += [
                Hit(group, place, place + 1) for glue, group in lexicon.glued.items() if glue in spelling
            ]
    return hits


def find_unless(patterns: tuple[Pattern, ...], folded: Folded, meant: Meanings) -> list[range]:
    """Where a harmless use stands ("don't stop these"); it never reaches across punctuation."""
    spans = []
    present = frozenset[str]().union(*meant)
    patterns = tuple(pattern for pattern in patterns if can_hold(present, pattern))
    for start in range(len(meant)):
        for pattern in patterns:
            end = end_of(pattern, meant, start)
            if end is not None and not any(place in folded.breaks for place in range(start + 1, end)):
                spans.append(range(start, end))
    return spans
