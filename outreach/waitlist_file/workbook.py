"""Reads the sheet of an Excel workbook that holds the waiting list, row by row."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from outreach.errors import WaitlistError
from outreach.rules.cells import Cell, as_text
from outreach.rules.waitlist_columns import fold
from outreach.workbook_faults import UNREADABLE, unpacked_size

ZIP = b"PK\x03\x04"
LARGEST_UNPACKED = 1024 * 1024 * 1024
SAVE_AGAIN = "open it in Excel and save it as an Excel workbook (.xlsx)"
UNCOMPUTED = re.compile(
    rb'<c (?![^>]*t="str")[^>]*>\s*(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
"""A formula whose result was never stored: it would read as a blank, and a blank appointment is called off."""

BLOCK = 1 << 20
LONGEST_FORMULA_CELL = 1 << 15


def is_workbook(content: bytes) -> bool:
    """A packed file, as .xlsx is; whether it is one, reading it tells."""
    return content.startswith(ZIP)


def workbook_rows(content: bytes, name: str, columns: Mapping[str, str]) -> Iterator[tuple[int, list[Cell]]]:
    """Row numbers and cells of the first visible sheet that has identifiers, else of the first visible sheet.

    Formulas give their stored results. Raises WaitlistError for what is no workbook, damaged or uncomputed.
    """
    import openpyxl  # noqa: PLC0415 - takes long, and most lists are CSV

    _check(content, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = _sheet(
                book, {"referralid"} | {fold(mine) for mine, our in columns.items() if our == "referral_id"}
            )
            yield from enumerate(_cells(sheet), 1)
        finally:
            book.close()
    except UNREADABLE:
        raise WaitlistError(f"{name} is a damaged workbook, or holds no sheet; {SAVE_AGAIN}") from None


def _check(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            if "xl/workbook.xml" not in names:
                raise WaitlistError(f"{name} is {_kind(names)}; {SAVE_AGAIN}")
            if unpacked_size(packed) > LARGEST_UNPACKED:
                raise WaitlistError(f"{name} unpacks to over a gigabyte; export the list into a new workbook")
            for sheet in names:
                if sheet.startswith("xl/worksheets/") and _is_uncomputed(packed, sheet):
                    raise WaitlistError(
                        f"{name} holds formulas without their results; {SAVE_AGAIN}, or export values only"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        raise WaitlistError(f"{name} is damaged, cut off or has a password; {SAVE_AGAIN}") from None


def _kind(names: list[str]) -> str:
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb)"
    if "word/document.xml" in names:
        return "a Word document"
    if "mimetype" in names and "content.xml" in names:
        return "an OpenDocument file (.ods)"
    return "a packed folder and no workbook"


def _is_uncomputed(packed: zipfile.ZipFile, sheet: str) -> bool:
    kept = b""
    with packed.open(sheet) as file:
        while block := file.read(BLOCK):
            if b"<f" in kept + block and UNCOMPUTED.search(kept + block):
                return True
            kept = block[-LONGEST_FORMULA_CELL:]
    return False


def _sheet(book: Any, identifiers: set[str]) -> Any:
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in visible:
        first = next((cells for cells in _cells(sheet) if any(cells)), [])
        if any(fold(as_text(cell)) in identifiers for cell in first):
            return sheet
    return visible[0] if visible else book.worksheets[0]


def _cells(sheet: Any) -> Iterator[list[Cell]]:
    sheet.reset_dimensions()  # some exporters write wrong ones
    for cells in sheet.iter_rows(values_only=True):
        yield [_plain(cell) for cell in cells]


def _plain(cell: Any) -> Cell:
    """Truth values as the words they show; a length of time is no cell of ours and stays text."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell) if isinstance(cell, timedelta) else cell
