"""Letters: when paper still arrives in time, and what an email says on paper."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.vocabulary import Instead

NO_ADDRESS = "no postal address is known"
TOO_LATE_BY_POST = "a letter would come too late"

LEFT_OUT = "no-page-on-paper"
"""Stands for the link to somebody's own page: the sentence around it is left out of a letter."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?؟۔])[ \t]+")
_ONLY_ON_SCREEN = re.compile(rf"\b(?:STOP|CHANGE)\b|{LEFT_OUT}")
_REPLY = re.compile(
    r"(?:,? ?\b(?:just )?reply(?: (?:TALK|LATER|JOIN|NO)\b)?,?)(?: or ring (?:us on )?[\d ]*\d)?", re.ASCII
)
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Post:
    """How a step that no message can carry reaches somebody, and why it is not the way they would have."""

    instead: Instead
    because: str = ""


def by_post(instead: Instead, *, has_address: bool, worthless_on: date | None, comes_on: date) -> Post:
    """A letter where one can be sent and comes in time; otherwise a person takes it over.

    `worthless_on` is the day on which the words are worth nothing any more, such as that of the appointment;
    `comes_on` is the day on which a letter written now would arrive.
    """
    if instead is Instead.CALL:
        return Post(Instead.CALL)
    if not has_address:
        return Post(Instead.CALL, NO_ADDRESS)
    if worthless_on is not None and comes_on >= worthless_on:
        return Post(Instead.CALL, TOO_LATE_BY_POST)
    return Post(Instead.LETTER)


def arrives_on(today: date, days: int) -> date:
    """When a letter written on this day arrives, counted in calendar days from printing to the door."""
    return today + timedelta(days=days)


def on_paper(text: str, phone: str, instead: str = "") -> str:
    """An email's text as a letter says it: one rings or writes instead of replying, and nothing is to be clicked.

    Sentences with STOP, CHANGE or a link to the person's own page make no sense on paper: `instead` stands in the
    place of the first, the others are left out. The words that people answer with are the same in every language;
    the rest of the wording is English and is left alone in other languages.
    """
    lines = []
    for line in text.split("\n"):
        said, used = _line_on_paper(line, phone, instead)
        instead = "" if used else instead
        lines.append(said)
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _line_on_paper(line: str, phone: str, instead: str) -> tuple[str, bool]:
    """The line, and whether a sentence of it gave way."""
    kept, gave_way = [], False
    for sentence in _SENTENCE_ENDS.split(line):
        if not _ONLY_ON_SCREEN.search(sentence):
            kept.append(_sentence_on_paper(sentence, phone))
        elif not gave_way:
            gave_way = True
            kept += [instead] if instead else []
    return " ".join(kept), gave_way


def _sentence_on_paper(sentence: str, phone: str) -> str:
    said = sentence.replace("emails", "letters").replace("email", "letter")
    said = re.sub(r"\bin a reply or on the phone\b", f"on {phone}", said)
    said = re.sub(r"\bin a reply\b", f"on {phone}", said)
    return _REPLY.sub(lambda found: _rings(found, phone), said)


def _rings(found: re.Match[str], phone: str) -> str:
    lead = " " if found[0].startswith((" ", ", ")) else ""
    comma = "," if found[0].startswith(",") else ""
    return f"{comma}{lead}ring {phone}"
