"""The words of people's own pages, in each language that `words/` holds; a draft says on the page that it is one."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from outreach.rules.calendar import Calendar
from outreach.rules.capacity import Talk
from outreach.rules.rendering import text_direction

FOLDER = Path(__file__).parent / "words"
ENGLISH = "en"

LEFT_TO_RIGHT, THUS_FAR = "\u2066", "\u2069"
"""Around what is written from left to right wherever it stands."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """One language. `checked_by` is blank while no native speaker has read it."""

    language: str
    name: str
    checked_by: str
    words: dict[str, str]
    day_form: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]

    @property
    def direction(self) -> str:
        """Which way it is written: ltr or rtl."""
        return text_direction(self.language)

    def say(self, key: str, **values: str) -> str:
        """The words under this key, with their {names} filled in."""
        text = self.words[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", self._kept_together(value))
        return text

    def _kept_together(self, value: str) -> str:
        """Amid words written from right to left, the groups of a phone number would change places."""
        is_number = self.direction == "rtl" and value.replace(" ", "").lstrip("+").isdigit()
        return f"{LEFT_TO_RIGHT}{value}{THUS_FAR}" if is_number else value

    def day(self, day: date) -> str:
        """As people say a date in this language."""
        values = {
            "weekday": self.weekdays[day.weekday()],
            "day": str(day.day),
            "month": self.months[day.month - 1],
        }
        text = self.day_form
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    def talk(self, talk: Talk, calendar: Calendar) -> str:
        """When a call can be."""
        return self.span(talk.starts, talk.ends, calendar)

    def span(self, starts: datetime, ends: datetime, calendar: Calendar) -> str:
        """A day with a time from and a time to."""
        first, last = calendar.local(starts), calendar.local(ends)
        times = {"from": f"{first:%H:%M}", "to": f"{last:%H:%M}"}
        return self.say("call_time", day=self.day(first.date()), **times)


@lru_cache(maxsize=1)
def all_words() -> dict[str, OwnWords]:
    """Every language by its tag, English first, then by tag."""
    found = {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}
    return {ENGLISH: found.pop(ENGLISH), **found}


def _read(path: Path) -> OwnWords:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    dates = tables["dates"]
    return OwnWords(
        path.stem,
        tables["name"],
        tables["checked_by"],
        tables["words"],
        dates["day"],
        tuple(dates["weekdays"]),
        tuple(dates["months"]),
    )


def words_for(language: str) -> OwnWords:
    """The language itself, else its base language, else English."""
    known = all_words()
    return known.get(language) or known.get(language.partition("-")[0]) or known[ENGLISH]
