"""The refused rows of a waiting list as a CSV file to correct: as they came, with what is wrong, safe to open."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from outreach.rules.cells import Cell, as_text
from outreach.rules.waitlist_row import RawRow, RowFault

FORMULA = re.compile(r"[=+\-@\t\r|]")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9 ().]+")
BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets read the file as UTF-8 only with this in front."""

WRONG = "What is wrong"


def refused_table(headers: Sequence[str], raw_rows: Iterable[RawRow], faults: Iterable[RowFault]) -> str:
    """The rows with a fault, in the file's order, under its own headers; blank when there are none."""
    wrong: dict[int, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.row, []).append(f"{fault.column}: {fault.what}; {fault.fix}")
    rows = [
        [*_cells(headers, raw.cells), " / ".join(wrong[raw.line])] for raw in raw_rows if raw.line in wrong
    ]
    if not rows:
        return ""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerows([safe(cell) for cell in row] for row in ([*headers, WRONG], *rows))
    return BYTE_ORDER_MARK + table.getvalue()


def _cells(headers: Sequence[str], cells: Mapping[str, Cell]) -> list[str]:
    return [as_text(cells.get(header)) for header in headers]


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; plain numbers and phone numbers stay as they are."""
    if FORMULA.match(text) and not PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
