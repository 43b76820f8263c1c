"""Estimates the age at which a text in English can be read, by a published formula."""

import re

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_SENTENCE = re.compile(r"[.!?:]+(?=\s|$)|\n{2,}|\n(?=- )")

FIRST_GRADE_AGE = 5
"""A child of grade 1 is six: the age is the grade plus five."""


def reading_age(text: str) -> float:
    """In years; 0.0 for a text without words.

    The Automated Readability Index, 4.71 × letters per word + 0.5 × words per sentence - 21.43 (Smith and
    Senter, 1967, AMRL-TR-66-220). It counts letters, not syllables, so that it needs no dictionary. For
    short texts it is rough.
    """
    sentences = [words for part in _SENTENCE.split(text) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0
    letters = sum(len(word) for word in words)
    grade = 4.71 * letters / len(words) + 0.5 * len(words) / len(sentences) - 21.43
    return max(grade, 0.0) + FIRST_GRADE_AGE
