"""Texts are priced by segments, and the one character that makes them dear is named."""

import random

import pytest
import smsutil  # type: ignore[import-untyped]

from outreach.rules.segments import BASIC, EXTENSION, count

BASIC_TEXT = "".join(sorted(BASIC))
OTHERS = "ëçłœ’`–\u00a0ąęśćźżبжक😀👍🏽"


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "GSM-7", 0),
        ("a", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 2),
        ("ł" * 70, "UCS-2", 1),
        ("ł" * 71, "UCS-2", 2),
        ("ł" * 134, "UCS-2", 2),
        ("ł" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("ł" * 66 + "😀" + "ł" * 66, "UCS-2", 3),
        ("ł" * 65 + "😀" + "ł" * 67, "UCS-2", 2),
    ],
)
def test_a_pair_never_straddles_two_segments(text: str, encoding: str, segments: int) -> None:
    assert (count(text).encoding, count(text).segments) == (encoding, segments)


@pytest.mark.parametrize("character", ["ç", "`", "’", "\u00a0", "ë", "\t", "–"])
def test_one_such_character_takes_a_text_from_160_to_70_and_is_named(character: str) -> None:
    found = count("a" * 100 + character)
    assert (found.encoding, found.segments, found.offending) == ("UCS-2", 2, (character,))


def test_accents_of_the_gsm_alphabet_cost_nothing() -> None:
    assert count("èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà£¥¿¡").encoding == "GSM-7"


def test_the_alphabet_has_its_128_places() -> None:
    assert len(BASIC) == 127  # the escape itself is no character
    assert len(EXTENSION) == 10


def test_only_the_first_few_offending_characters_are_named() -> None:
    assert count("ąęśćźż").offending == ("ą", "ę", "ś", "ć", "ź")


def _random_texts(how_many: int) -> list[str]:
    chance = random.Random(42)
    alphabets = ["a", BASIC_TEXT, BASIC_TEXT + "€{}[]~|^\\" * 5, "a€", "ł😀", BASIC_TEXT + OTHERS, OTHERS]
    return [
        "".join(chance.choices(chance.choice(alphabets), k=chance.randint(1, chance.choice([80, 170, 480]))))
        for _ in range(how_many)
    ]


def test_an_independent_library_counts_1000_random_texts_alike() -> None:
    for text in _random_texts(1000):
        theirs = smsutil.split(text)
        found = count(text)
        assert found.segments == len(theirs.parts), text
        assert (found.encoding == "GSM-7") == (theirs.encoding == "gsm0338"), text


def test_cutting_by_hand_gives_the_same_number() -> None:
    for text in _random_texts(1000):
        assert count(text).segments == _cut(text), text


def _cut(text: str) -> int:
    """Lays a text into segments one character after the other, by the codec's own sizes."""
    gsm = all(character in BASIC | EXTENSION for character in text)
    size = {
        character: (len(character.encode("utf-16-be")) // 2 if not gsm else 1 + (character in EXTENSION))
        for character in set(text)
    }
    if sum(size[character] for character in text) <= (160 if gsm else 70):
        return 1
    free, segments = 0, 0
    for character in text:
        if size[character] > free:
            free, segments = (153 if gsm else 67), segments + 1
        free -= size[character]
    return segments
