"""Reads the text of a schedule file; every fault is named by its line."""

import re
import tomllib
from datetime import time
from enum import StrEnum
from pathlib import PurePath
from typing import Any, TypeVar

from outreach.errors import Fault, LibraryError
from outreach.rules.cadence import Schedule, Step
from outreach.vocabulary import Again, AnchorKind, Purpose, Stage

STEP_KEYS = {
    "key",
    "anchor",
    "offset",
    "every",
    "until",
    "at",
    "template",
    "purpose",
    "if_late",
    "again",
    "first_contact",
    "invites_call",
}
STAGES = tuple(stage for stage in Stage if stage is not Stage.CLOSED)
PURPOSES = tuple(
    purpose for purpose in Purpose if not purpose.is_at_any_hour and not purpose.is_written_by_staff
)
NEEDED = ("key", "anchor", "at", "template", "purpose")
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
TEMPLATE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+")
SPAN = re.compile(r"(-?\d{1,4}) (day|week)s?")
LATE = re.compile(r"skip after (\d{1,3}) days?")
SYNTAX_LINE = re.compile(r"line (\d+)")
Word = TypeVar("Word", bound=StrEnum)


def parse_schedule(text: str, file: str) -> Schedule:
    """The schedule in this text, its key the file's name; LibraryError with every fault otherwise."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        place = SYNTAX_LINE.search(str(fault))
        line = (
            int(place[1]) if place else max(len(text.splitlines()), 1)
        )  # no place means the end of the text
        raise LibraryError([Fault(file, line, f"not TOML: {fault}")]) from None
    reader = _Reader(text, file)
    schedule = reader.schedule(tables)
    if reader.faults or schedule is None:
        raise LibraryError(sorted(reader.faults, key=lambda fault: (fault.line, fault.what)))
    return schedule


class _Reader:
    """Collects faults while it reads, so that one run names them all."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self._lines = text.splitlines()
        self._step_starts = [
            number for number, line in enumerate(self._lines, 1) if line.strip().startswith("[[steps]]")
        ]

    def schedule(self, tables: dict[str, Any]) -> Schedule | None:
        for name in tables.keys() - {"title", "stage", "steps"}:
            self._fault(
                None, name, f'"{name}" is not a key of a schedule; keys are title, stage and [[steps]]'
            )
        title = tables.get("title")
        if not isinstance(title, str) or not title.strip():
            self._fault(None, "title", 'title is missing; write title = "Before your assessment"')
        stage = self._word(None, "stage", tables.get("stage"), STAGES)
        steps = tables.get("steps")
        if not isinstance(steps, list) or not steps:
            self._fault(None, "steps", "there are no steps; begin each with [[steps]]")
            return None
        parsed = [self._step(index, table) for index, table in enumerate(steps)]
        self._no_key_twice(parsed)
        self._one_first_contact(parsed)
        if self.faults or stage is None:
            return None
        return Schedule(PurePath(self.file).stem, str(title), stage, tuple(step for step in parsed if step))

    def _step(self, index: int, table: Any) -> Step | None:
        if not isinstance(table, dict):
            self._fault(index, "", "a step must be a table")
            return None
        for name in table.keys() - STEP_KEYS:
            self._fault(
                index, name, f'"{name}" is not a key of a step; keys are {", ".join(sorted(STEP_KEYS))}'
            )
        for name in (name for name in NEEDED if name not in table):
            self._fault(index, name, f"{name} is missing")
        if "offset" not in table and "every" not in table:
            self._fault(
                index, "", 'offset is missing; write offset = "0 days", or every = "6 weeks" to repeat'
            )
        before = len(self.faults)
        step = Step(
            key=self._name(index, table.get("key")),
            anchor=self._word(index, "anchor", table.get("anchor"), tuple(AnchorKind)) or AnchorKind.REFERRED,
            offset_days=self._days(index, "offset", table.get("offset", "0 days")),
            every_days=self._days(index, "every", table["every"]) if "every" in table else None,
            until=self._word(index, "until", table["until"], tuple(AnchorKind)) if "until" in table else None,
            at=self._time(index, table.get("at")),
            templates=self._templates(index, table.get("template")),
            purpose=self._word(index, "purpose", table.get("purpose"), PURPOSES) or Purpose.CHECK_IN,
            late_days=self._late(index, table.get("if_late", "skip after 3 days")),
            again=self._word(index, "again", table.get("again", Again.ON_A_NEW_DATE.value), tuple(Again))
            or Again.NEVER,
            first_contact=self._flag(index, "first_contact", table.get("first_contact", False)),
            invites_call=self._flag(index, "invites_call", table.get("invites_call", False)),
        )
        self._fits_together(index, step)
        return step if len(self.faults) == before else None

    def _fits_together(self, index: int, step: Step) -> None:
        if step.every_days is not None and step.every_days < 1:
            self._fault(index, "every", "every must be at least 1 day")
        if step.until is not None and step.every_days is None:
            self._fault(index, "until", "until belongs to a repeated step; add every, or take until out")
        if step.every_days is None and len(step.templates) > 1:
            self._fault(index, "template", "only a repeated step rotates over several templates; name one")
        if step.every_days is not None and step.offset_days < 0:
            self._fault(
                index, "offset", "a repeated step cannot begin before its anchor; take every or the minus out"
            )
        if step.every_days is not None and step.first_contact:
            self._fault(index, "first_contact", "a first contact comes once; take every or first_contact out")

    def _name(self, index: int, value: Any) -> str:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        if value is not None:
            self._fault(index, "key", "key must be small letters, digits and hyphens")
        return ""

    def _word(self, index: int | None, name: str, value: Any, words: tuple[Word, ...]) -> Word | None:
        word = next((word for word in words if word.value == value), None)
        if word is None and (value is not None or index is None):
            self._fault(index, name, f"{name} must be one of: {', '.join(word.value for word in words)}")
        return word

    def _days(self, index: int, name: str, value: Any) -> int:
        span = SPAN.fullmatch(value) if isinstance(value, str) else None
        if span is None:
            self._fault(index, name, f'{name} must be days or weeks, such as "-14 days" or "6 weeks"')
            return 1
        return int(span[1]) * (7 if span[2] == "week" else 1)

    def _time(self, index: int, value: Any) -> time:
        try:
            if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value):
                return time.fromisoformat(value)
        except ValueError:
            pass  # said below, as for any other wrong time
        if value is not None:
            self._fault(index, "at", 'at must be a time such as "10:30"')
        return time(12, 0)

    def _templates(self, index: int, value: Any) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if (
            isinstance(names, list)
            and names
            and all(isinstance(name, str) and TEMPLATE_NAME.fullmatch(name) for name in names)
        ):
            return tuple(names)
        if value is not None:
            self._fault(
                index, "template", 'template must be a name such as "before-assessment/reminder-7", or a list'
            )
        return ("",)

    def _late(self, index: int, value: Any) -> int | None:
        if value == "send anyway":
            return None
        late = LATE.fullmatch(value) if isinstance(value, str) else None
        if late is None:
            self._fault(index, "if_late", 'if_late must be "skip after 3 days" or "send anyway"')
            return 0
        return int(late[1])

    def _flag(self, index: int, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self._fault(index, name, f"{name} must be true or false")
        return value is True

    def _no_key_twice(self, steps: list[Step | None]) -> None:
        seen: set[str] = set()
        for index, step in enumerate(steps):
            if step is None or not step.key:
                continue
            if step.key in seen:
                self._fault(index, "key", f'the key "{step.key}" is used twice; each step needs its own')
            seen.add(step.key)

    def _one_first_contact(self, steps: list[Step | None]) -> None:
        marked = [index for index, step in enumerate(steps) if step is not None and step.first_contact]
        for index in marked[1:]:
            self._fault(index, "first_contact", "only one step of a schedule can be the first contact")

    def _fault(self, index: int | None, name: str, what: str) -> None:
        self.faults.append(Fault(self.file, self._line(index, name), what))

    def _line(self, index: int | None, name: str) -> int:
        """Where a key of this step (None: of the file's head) stands; else where its table begins."""
        starts = [*self._step_starts, len(self._lines) + 1]
        first = 1 if index is None else starts[min(index, len(starts) - 1)]
        last = starts[0] if index is None else starts[min(index + 1, len(starts) - 1)]
        for number in range(first, min(last, len(self._lines) + 1)):
            if re.match(rf"\s*{re.escape(name)}\s*=", self._lines[number - 1]):
                return number
        return min(first, max(len(self._lines), 1))
