"""Figures of the reply reader on the test set: what it finds, what it misses and what it flags without need."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from outreach.errors import Fault, LibraryError
from outreach.rules.reading import read_reply
from outreach.rules.reading_lexicon import Lexicon
from outreach.vocabulary import Channel, Reading

PARTS = ("building", "held_out")

_CRISIS = Reading.POSSIBLE_CRISIS
EXPECTED = {
    "explicit": _CRISIS,
    "passive": _CRISIS,
    "means": _CRISIS,
    "under_way": _CRISIS,
    "farewell": _CRISIS,
    "slang": _CRISIS,
    "emoji": _CRISIS,
    "third_party": _CRISIS,
    "abuse": _CRISIS,
    "help": _CRISIS,
    "second_look": _CRISIS,
    "crisis_languages": _CRISIS,
    "opt_out": Reading.OPT_OUT,
    "opt_out_languages": Reading.OPT_OUT,
    "opt_in": Reading.OPT_IN,
    "wants_talk": Reading.WANTS_TALK,
    "wants_talk_languages": Reading.WANTS_TALK,
    "wants_change": Reading.WANTS_CHANGE,
    "wants_other_contact": Reading.WANTS_OTHER_CONTACT,
    "wrong_number": Reading.WRONG_NUMBER,
    "thanks": Reading.THANKS,
    "survey": Reading.SURVEY,
    "automatic": Reading.AUTOMATIC,
    "unknown_language": Reading.NEEDS_READER,
}
"""The reading that every line of a group should get."""

UNWANTED: dict[str, tuple[Reading, ...]] = {
    "harmless": (Reading.POSSIBLE_CRISIS, Reading.NEEDS_READER, Reading.OPT_OUT, Reading.WRONG_NUMBER),
    "not_opt_out": (Reading.OPT_OUT,),
}
"""The readings that a line of a group should not get."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the test set."""

    group: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of a group's lines got the reading; for groups in `UNWANTED` fewer is better."""

    group: str
    part: str
    reading: Reading
    wanted: bool
    total: int
    flagged: tuple[str, ...]
    not_flagged: tuple[str, ...]

    @property
    def share(self) -> float:
        """Recall where the reading is wanted, the false-flag rate where it is not."""
        return len(self.flagged) / self.total


def load_items(folder: Path) -> list[Item]:
    """Every line of the `<group>.csv` files in a folder; raises `LibraryError` on an unknown group or part."""
    items, faults = [], []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in EXPECTED and path.stem not in UNWANTED:
            faults.append(
                Fault(str(path), 1, "no reading is expected of this group: add it to replies_check")
            )
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                if row.get("part") not in PARTS or not row.get("text"):
                    faults.append(
                        Fault(str(path), number, f"give a text and a part, one of {', '.join(PARTS)}")
                    )
                else:
                    items.append(Item(path.stem, row["part"], row["text"]))
    if not items and not faults:
        faults.append(
            Fault(str(folder), 1, "no test replies here: name the folder that holds the <group>.csv files")
        )
    if faults:
        raise LibraryError(faults)
    return items


def figures(lexicon: Lexicon, items: Iterable[Item]) -> list[Figure]:
    """One figure for each group, part and reading, in the order of `EXPECTED` and `UNWANTED`."""
    read = [(item, _readings(lexicon, item)) for item in items]
    wanted = [(group, reading, True) for group, reading in EXPECTED.items()]
    unwanted = [(group, reading, False) for group, readings in UNWANTED.items() for reading in readings]
    return [
        figure
        for group, reading, want in wanted + unwanted
        for part in PARTS
        if (figure := _figure(read, group, part, reading, want)).total
    ]


def _readings(lexicon: Lexicon, item: Item) -> frozenset[Reading]:
    expecting = EXPECTED.get(item.group) is Reading.SURVEY
    return read_reply(item.text, lexicon=lexicon, channel=Channel.SMS, expecting_survey=expecting).readings


def _figure(
    read: list[tuple[Item, frozenset[Reading]]], group: str, part: str, reading: Reading, want: bool
) -> Figure:
    mine = [(item, readings) for item, readings in read if item.group == group and item.part == part]
    return Figure(
        group=group,
        part=part,
        reading=reading,
        wanted=want,
        total=len(mine),
        flagged=tuple(item.text for item, readings in mine if reading in readings),
        not_flagged=tuple(item.text for item, readings in mine if reading not in readings),
    )


def table(found: Iterable[Figure]) -> str:
    """The figures as a Markdown table: "38 of 38 (100 %)" for each part."""
    rows: dict[tuple[str, Reading, bool], dict[str, Figure]] = {}
    for figure in found:
        rows.setdefault((figure.group, figure.reading, figure.wanted), {})[figure.part] = figure
    lines = ["| group | reading | should be | building | held out |", "| --- | --- | --- | --- | --- |"]
    for (group, reading, wanted), parts in rows.items():
        cells = [_cell(parts[part]) if part in parts else "" for part in PARTS]
        lines.append(f"| {group} | {reading} | {'found' if wanted else 'absent'} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def _cell(figure: Figure) -> str:
    return f"{len(figure.flagged)} of {figure.total} ({figure.share:.0%})"
