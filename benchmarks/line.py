"""One line of the results: a ratio, what it should be, and whether it is."""

import json
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """A ratio measured in one run; `goal` is the least it should be, or the most where `at_most`."""

    name: str
    what: str
    ratio: float
    goal: float
    at_most: bool = False
    detail: str = ""

    @property
    def met(self) -> bool:
        """The goal is reached."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    @property
    def wanted(self) -> str:
        """The goal in words."""
        return f"{'at most' if self.at_most else 'at least'} {self.goal:g}"

    def __str__(self) -> str:
        mark = "met" if self.met else "MISSED"
        return f"{self.name}: {self.ratio:.3g} ({self.wanted}: {mark}) {self.what}; {self.detail}"


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure: in full for the record, or a tenth of it once, to see that it works."""

    is_full: bool = True

    @property
    def rounds(self) -> int:
        """How often each is measured; medians are taken."""
        return 3 if self.is_full else 1

    def of(self, full: int) -> int:
        """So many, or a tenth of it."""
        return full if self.is_full else max(1, full // 10)


def kept() -> dict[str, dict[str, object]]:
    """The last results of every line, by name."""
    if not RESULTS.exists():
        return {}
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    return {row["name"]: row for row in rows}


def keep(lines: list[Line]) -> None:
    """Put these in the place of what was measured under their names before."""
    rows = kept()
    for line in lines:
        rows[line.name] = {
            "name": line.name,
            "ratio": round(line.ratio, 4),
            "goal": line.goal,
            "met": line.met,
            "at_most": line.at_most,
            "what": line.what,
            "detail": line.detail,
        }
    RESULTS.write_text("".join(f"{json.dumps(row)}\n" for row in rows.values()), encoding="utf-8")
