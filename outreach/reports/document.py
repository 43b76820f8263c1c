"""What a report is made of: sections of sentences, charts and tables, and how a table leaves the house as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Cell = str | int | float | None

HIDDEN = "hidden"
"""Stands for a count from 1 to 7, and for what would give it away."""

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so may be run as a formula by a spreadsheet."""

Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """A table as it may leave the team."""

    columns: tuple[str, ...]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows.

    `exported` is what may leave the team as CSV or JSON, with small counts hidden; None where the table itself may.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    exported: Exported | None = None
    note: str = ""

    @property
    def for_others(self) -> Exported:
        """The columns and rows that may leave the team."""
        return self.exported or Exported(self.columns, self.rows)


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart as SVG with its verdict in sentences, further notes, its icons, and the table of its points."""

    title: str
    svg: str
    says: tuple[str, ...]
    notes: tuple[str, ...]
    icons: tuple[str, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `items` are shown as a list beneath it."""

    words: str
    items: tuple[str, ...] = ()


Part = Text | Figure | Table


@dataclass(slots=True)
class Section:
    """One chapter. `summary` sentences go to the front page too."""

    key: str
    title: str
    summary: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def tables(self) -> Iterable[Table]:
        """Every table, also those of charts."""
        for part in self.parts:
            if isinstance(part, Figure):
                yield part.table
            elif isinstance(part, Table):
                yield part


def as_csv(table: Table) -> str:
    """The table as it may leave the team; no cell of words can be run as a formula by a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([_safe(column) for column in table.for_others.columns])
    writer.writerows([_safe(cell) for cell in row] for row in table.for_others.rows)
    return file.getvalue()


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(RISKY):
        return f"'{cell}"
    return cell
