"""Reads a posted form field by field; what is wrong is told beside its field, and nothing typed is lost."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from outreach.errors import DateError
from outreach.rules.dates import read_date

Word = TypeVar("Word", bound=StrEnum)

MOST_LETTERS = 2000


class Form:
    """What was typed, and what is wrong with it by field name. Blank for a page that is shown first."""

    def __init__(self, given: Mapping[str, str] | MultiDict[str, str] | None = None) -> None:
        self._given: MultiDict[str, str] = MultiDict(given or {})
        self.faults: dict[str, str] = {}

    def value(self, name: str) -> str:
        """What was typed into this field, as it was."""
        return self._given.get(name, "")

    def values(self, name: str) -> list[str]:
        """What was ticked under this name."""
        return self._given.getlist(name)

    @property
    def is_good(self) -> bool:
        """Nothing is wrong so far."""
        return not self.faults

    def refuse(self, name: str, what: str) -> None:
        """Say what is wrong with a field, and how to put it right; a blank name means the whole form."""
        self.faults.setdefault(name, what[:1].upper() + what[1:])

    def text(self, name: str, ask: str = "", most: int = MOST_LETTERS) -> str:
        """A text without spaces around it. `ask` is the fault when it is missing; without it, it may be."""
        typed = self.value(name).replace("\r\n", "\n").strip()
        if not typed and ask:
            self.refuse(name, ask)
        if len(typed) > most:
            self.refuse(name, f"Shorten this to {most} characters; it has {len(typed)}")
        return typed

    def one_of(self, name: str, words: type[Word], ask: str) -> Word | None:
        """One of these words; None, and the fault `ask`, for anything else."""
        try:
            return words(self.value(name))
        except ValueError:
            self.refuse(name, ask)
            return None

    def choice(self, name: str, known: Iterable[str], ask: str) -> str:
        """One of these values; blank, and the fault `ask`, for anything else."""
        typed = self.value(name)
        if typed in set(known):
            return typed
        self.refuse(name, ask)
        return ""

    def day(self, name: str, ask: str = "") -> date | None:
        """A date, however it is typed; None where it is missing or cannot be read, with the fault."""
        typed = self.value(name).strip()
        if not typed:
            if ask:
                self.refuse(name, ask)
            return None
        try:
            return read_date(typed)
        except DateError as fault:
            self.refuse(name, str(fault))
            return None

    def yes(self, name: str) -> bool:
        """A box that was ticked."""
        return bool(self.value(name))
