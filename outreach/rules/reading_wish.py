"""Reads from a reply that asks to talk when somebody would like to be rung, and by whom: a hint for staff."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from outreach.rules.reading import bounded
from outreach.rules.reading_fold import fold

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_DAYS = {name[:3]: name for name in DAYS} | {"tues": "tuesday", "weds": "wednesday", "thurs": "thursday"}
PARTS = {
    "morning": (None, time(12)),
    "lunchtime": (time(12), time(14)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), None),
}
"""Parts of the day, each with the wall times after and before which it lies."""

LANGUAGES = {
    "arabic": "ar", "bengali": "bn", "british sign language": "bsl", "bsl": "bsl", "cantonese": "zh", "farsi": "fa",
    "french": "fr", "german": "de", "greek": "el", "gujarati": "gu", "hindi": "hi", "italian": "it", "kurdish": "ku",
    "mandarin": "zh", "pashto": "ps", "persian": "fa", "polish": "pl", "portuguese": "pt", "punjabi": "pa",
    "romanian": "ro", "russian": "ru", "somali": "so", "spanish": "es", "sylheti": "syl", "tamil": "ta",
    "tigrinya": "ti", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi", "welsh": "cy",
    "yoruba": "yo",
}  # fmt: skip
"""Languages as people name them in English, with the tag that peer workers have on record."""

_REFUSALS = frozenset({"not", "no", "never", "cant", "cannot", "except", "dont", "avoid", "wont", "isnt"})
_NEAR = 3
"""A refusal stands at most this many words before what it refuses."""

_COLON = re.compile(r"\b(\d{1,2})[:.]([0-5]\d)")
_CLOCK = re.compile(r"^(\d{1,2})([0-5]\d)?(am|pm)?$")
_BEFORE_A_CLOCK = {
    "after": "after",
    "from": "after",
    "between": "after",
    "before": "before",
    "until": "before",
    "by": "before",
    "at": "at",
}
EARLIEST_HOUR = 8
"""A bare "after 3" means the afternoon: nobody asks to be rung at three in the night."""


@dataclass(frozen=True, slots=True)
class Wished:
    """When and by whom somebody wants to be rung; `words` says it in our own words, blank where nothing was said.

    `days` and the wall times `after` and `before` are local; an empty or missing one means "any".
    """

    words: str = ""
    days: frozenset[date] = frozenset()
    after: time | None = None
    before: time | None = None
    language: str | None = None
    background: str | None = None


def wished_safely(text: str, today: date, backgrounds: Iterable[str] = ()) -> Wished:
    """As `wished`, but never raises: a hint is not worth a lost call."""
    try:
        return wished(text, today, backgrounds)
    except Exception:  # noqa: BLE001 the words themselves are on the task, and a person reads them
        return Wished()


def wished(text: str, today: date, backgrounds: Iterable[str] = ()) -> Wished:
    """What this reply wishes for. `backgrounds` are those that peer workers share; only these can be wished for."""
    folded = fold(_COLON.sub(r"\1\2", bounded(text)))
    words = list(folded.words)
    said: list[str] = []
    days: set[date] = set()
    after: time | None = None
    before: time | None = None
    clause = 0
    for index, word in enumerate(words):
        clause = index if index in folded.breaks else clause
        refused = bool(_REFUSALS & set(words[max(clause, index - _NEAR) : index]))
        name, day = _day(word, today)
        part = PARTS.get(word.removesuffix("s")) if word != "lunchtimes" else PARTS["lunchtime"]
        clock = _clock(words, index)
        if name:
            said.append(f"not {name}" if refused else name)
            days |= set() if refused or day is None else {day}
        elif part:
            said.append(f"not {word}" if refused else word)
            after, before = (after, before) if refused else part
        elif clock:
            said.append(f"not {clock.words}" if refused else clock.words)
            if not refused:
                after, before = clock.after or after, clock.before or before
    return Wished(
        words=", ".join(dict.fromkeys(said)),
        days=frozenset(days),
        after=after,
        before=before,
        language=_language(words),
        background=_background(words, backgrounds),
    )


def _day(word: str, today: date) -> tuple[str, date | None]:
    """The day that a word names, as we write it, and its next date from today on."""
    if word in ("today", "tomorrow", "tonight"):
        return word, today + timedelta(days=word == "tomorrow")
    name = SHORT_DAYS.get(word) or (word.removesuffix("s") if word.removesuffix("s") in DAYS else "")
    if not name or word in ("sun", "sat"):  # the sun, and "sat" the verb, are no days
        return "", None
    ahead = (DAYS.index(name) - today.weekday()) % 7
    return name.capitalize(), today + timedelta(days=ahead)


@dataclass(frozen=True, slots=True)
class _Clock:
    words: str
    after: time | None
    before: time | None


def _clock(words: list[str], index: int) -> _Clock | None:
    """ "after 3", "before 12", "at 2pm", "10am": a bare number needs a word before it that makes it a time."""
    found = _CLOCK.match(words[index])
    lead = _BEFORE_A_CLOCK.get(words[index - 1]) if index else None
    if words[max(0, index - 1) : index] == ["and"] and "between" in words[max(0, index - 4) : index]:
        lead = "before"
    if not found:
        return None
    half = found.group(3) or (words[index + 1] if words[index + 1 : index + 2] in (["am"], ["pm"]) else None)
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    if (lead is None and half is None) or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif hour < EARLIEST_HOUR:
        hour += 12
    wall = time(hour, minute)
    if lead == "before":
        return _Clock(f"before {wall:%H:%M}", None, wall)
    if lead == "after":
        return _Clock(f"after {wall:%H:%M}", wall, None)
    return _Clock(f"at {wall:%H:%M}", wall, None)


def _language(words: list[str]) -> str | None:
    """A language that is named as one to talk in: "in Polish", "someone who speaks Urdu"."""
    line = f" {' '.join(words)} "
    for name, tag in LANGUAGES.items():
        if any(f" {lead} {name} " in line for lead in ("in", "speak", "speaks", "speaking", "speaker of")):
            return tag
        if f" {name} speaker " in line or f" {name} speaking " in line:
            return tag
    return None


_ASKING = frozenset({"someone", "somebody", "person", "worker", "with", "to", "by", "prefer", "want", "like"})


def _background(words: list[str], backgrounds: Iterable[str]) -> str | None:
    """A background that somebody on the team shares, where it follows words that ask for one."""
    for background in backgrounds:
        name = list(fold(background).words)
        for index in range(len(words) - len(name) + 1):
            asked = _ASKING & set(words[max(0, index - 4) : index])
            if name and words[index : index + len(name)] == name and asked:
                return background
    return None
