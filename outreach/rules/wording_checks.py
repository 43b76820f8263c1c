"""The checks of the linter, each on its own: what could harm, shame, mislead or cost."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal

from outreach.rules.reading_age import reading_age
from outreach.rules.segments import GSM_7, count
from outreach.rules.wording_phrases import (
    INTRODUCTION,
    LINK,
    OUR_WORDS,
    PHRASES,
    never_at_first_sight,
    never_in_a_text,
)
from outreach.rules.wording_versions import Finding, Wordings
from outreach.vocabulary import Purpose

READING_AGE = 11
"""Above this the linter warns: the average reading age in England is 9 to 11 (NHS digital service manual)."""

SEGMENTS, FIRST_SEGMENTS = 2, 3
"""Segments of a text that need no second thought; the first message explains more."""

ANSWERS_WITH_LINK = frozenset({"answers/keep-in-touch"})

UNNAMED = frozenset({"answers/wrong-number", "answers/unmatched"})
"""These may reach a stranger: no name, and no way into the service for them to use."""


def pounds_a_year(segments: int, texts_a_year: int, pence_per_segment: Decimal) -> Decimal:
    """The price of this many texts, in whole pounds."""
    return (segments * texts_a_year * pence_per_segment / 100).quantize(Decimal(1))


def _lines(words: Wordings) -> Iterator[Finding]:
    lines = words.longest["crisis_lines"]
    if words.use.needs_lines(words.draft.key) and not all(lines in text for text in words.all):
        message = "this kind of message always carries the crisis lines; add {{ crisis_lines }}, outside any {% if %}"
        yield words.finding("missing-crisis-lines", message, "crisis_lines")


def _phrases(words: Wordings) -> Iterator[Finding]:
    if not words.is_english:
        return
    for phrase in PHRASES:
        for found in phrase.pattern.finditer(words.prose):
            message = f"“{found[0].strip()}”: {phrase.instead}"
            yield words.finding(phrase.code, message, found.start(), phrase.severity)


def _lock_screen(words: Wordings) -> Iterator[Finding]:
    """The first thing a stranger reads: the start of a text, an email's subject and start; and who signs."""
    seen = list(words.seen_first)
    if words.is_text:
        seen.append(words.longest["text_name"])
    for shown in seen:
        for found in never_at_first_sight(words.draft.language).finditer(shown):
            message = f"“{found[0]}” shows on a locked phone; begin and sign with neutral words"
            yield words.finding("lock-screen", message, found[0])


def _private(words: Wordings) -> Iterator[Finding]:
    if words.is_text:
        for text in words.all:
            for found in never_in_a_text(words.draft.language).finditer(text):
                message = f"“{found[0]}” must not stand in a text, which others may read; say it in the email"
                yield words.finding("private-word", message, found[0])


def _one_request(words: Wordings) -> Iterator[Finding]:
    """Counted once people know us: the introduction of a first message names the ways to talk and stop as well.

    In an email the way to change how we keep in touch may stand below, beside the way to stop.
    """
    for text in words.introduced:
        words_asked = [word for word in OUR_WORDS if words.is_text or word != "CHANGE"]
        asked = [word for word in words_asked if re.search(rf"\b{word}\b", text)] + ["?"] * text.count("?")
        if len(asked) > 1:
            message = f"this asks for {len(asked)} things ({', '.join(asked)}); ask for one"
            yield words.finding("one-request", message, asked[1])
            return


def _links(words: Wordings) -> Iterator[Finding]:
    if not words.is_text:
        return
    for found in LINK.finditer(words.prose):
        message = f"“{found[0]}”: links in texts look like fraud; only {{{{ public_url }}}} may stand in some of them"
        yield words.finding("link", message, found.start())
    places = [
        found.start() for found in re.finditer(r"\b(?:public_url|own_page|survey_link)\b", words.draft.source)
    ]
    may = words.use.purpose is Purpose.SURVEY or words.draft.key in ANSWERS_WITH_LINK
    for place in places[1 if may else 0 :]:
        yield words.finding("link", "only surveys and answers to CHANGE hold a link, and only one", place)


def _signature(words: Wordings) -> Iterator[Finding]:
    signed_by = words.longest["text_name"]
    if words.is_text and not all(signed_by in text for text in words.all):
        yield words.finding("unsigned", "a text says who writes; add {{ text_name }}, outside any {% if %}")


def _phone(words: Wordings) -> Iterator[Finding]:
    if words.draft.key not in UNNAMED and not all(words.longest["phone"] in text for text in words.all):
        yield words.finding(
            "no-phone", "not everybody can answer in writing; add {{ phone }}, outside any {% if %}"
        )


def _introduction(words: Wordings) -> Iterator[Finding]:
    """An appointment message may be the very first that somebody gets."""
    may_be_first = words.use.first_contact or words.use.purpose is Purpose.APPOINTMENT
    if not may_be_first or not words.is_english:
        return
    for point, pattern in INTRODUCTION.items():
        if not all(pattern.search(text) for text in words.first or words.introduced):
            where = "" if words.use.first_contact else " inside {% if first_message %} … {% endif %}"
            yield words.finding(
                "introduction", f"a first message says {point}; add it{where}", "first_message"
            )


def _date(words: Wordings) -> Iterator[Finding]:
    if words.use.purpose is Purpose.APPOINTMENT and "appointment_day" not in words.variables:
        yield words.finding(
            "no-date", "a message about an appointment names its day; add {{ appointment_day }}"
        )


def _dear_characters(words: Wordings) -> Iterator[Finding]:
    """Where the crisis lines alone cannot be written in the plain alphabet, neither can the language."""
    if not words.is_text or not GSM_7.issuperset(words.longest["crisis_lines"]):
        return
    for character in dict.fromkeys(words.prose):
        if character not in GSM_7:
            message = (
                f"“{character}” ({unicodedata.name(character, 'no name')}) turns this text from 160 to 70 characters "
                "a segment; write it another way"
            )
            yield words.finding("dear-character", message, words.prose.index(character), "warning")
            if not words.is_english:
                return


def _segments(words: Wordings) -> Iterator[Finding]:
    if not words.is_text:
        return
    worst = max(count(text).segments for text in words.all)
    if worst > (FIRST_SEGMENTS if words.first or words.use.first_contact else SEGMENTS):
        year = words.use.texts_a_year
        pounds = pounds_a_year(worst, year, words.pence)
        message = (
            f"with the longest real values this is {worst} segments: £{pounds:,} a year for {year:,} texts"
        )
        yield words.finding("segments", message, 0, "warning")


def _age(words: Wordings) -> Iterator[Finding]:
    """Of the words themselves: names and numbers to ring are none of the writer's doing."""
    if not words.is_english:
        return
    age = max(reading_age(_without_names(words, text)) for text in words.all)
    if age > READING_AGE:
        message = (
            f"this needs a reading age of about {age:.0f}; use shorter words and sentences (aim for 9 to 11)"
        )
        yield words.finding("reading-age", message, 0, "warning")


def _without_names(words: Wordings, text: str) -> str:
    for name in ("crisis_lines", "service_name", "text_name", "name", "appointment_place", "own_page"):
        text = text.replace(words.longest[name], "")
    return text


def _markup(words: Wordings) -> Iterator[Finding]:
    found = re.search(r"\*\*|__|\]\(|`|<\w+>", words.prose)
    if found:
        message = f"“{found[0]}” would be seen as it stands; emails know headings (#), lists (-) and paragraphs only"
        yield words.finding("markup", message, found.start(), "warning")


CHECKS: tuple[Callable[[Wordings], Iterator[Finding]], ...] = (
    _lines,
    _phrases,
    _lock_screen,
    _private,
    _one_request,
    _links,
    _signature,
    _phone,
    _introduction,
    _date,
    _dear_characters,
    _segments,
    _age,
    _markup,
)
"""Each gives findings of its own, whatever the others found."""
