"""Opens a waiting-list file, CSV or XLSX, and yields its rows; what is no such file is refused with what to do."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from outreach.errors import WaitlistError
from outreach.rules.cells import Cell, as_text
from outreach.rules.waitlist_columns import NOTHING
from outreach.rules.waitlist_row import RawRow, RowFault
from outreach.waitlist_file.text import encoding_of
from outreach.waitlist_file.workbook import is_workbook, workbook_rows

LARGEST = 50 * 1024 * 1024
DELIMITERS = ",;\t"
LONGEST_CELL = 131_072
SAVE_AS_CSV = "save it as an Excel workbook (.xlsx) or as CSV UTF-8"
NOT_OURS = {
    b"\xd0\xcf\x11\xe0": "an old .xls workbook or one with a password; take the password off and save it as .xlsx",
    b"%PDF": f"a PDF; export the list itself, and {SAVE_AS_CSV}",
    b"{\\rtf": f"a text document; {SAVE_AS_CSV}",
    b"\x1f\x8b": "compressed; unpack it first",
    b"<": f"a web page or XML, whatever its name says; open it in the spreadsheet and {SAVE_AS_CSV}",
    b"\xef\xbb\xbf<": f"a web page or XML, whatever its name says; open it in the spreadsheet and {SAVE_AS_CSV}",
}

Numbered = tuple[int, list[Cell]]
"""A line number, counted from 1 as editors and spreadsheets show it, and the cells there."""


@dataclass(frozen=True, slots=True)
class WaitlistFile:
    """The headers of a file as it writes them, and its rows, read one by one and afresh each time."""

    headers: tuple[str, ...]
    open_rows: Callable[[], Iterator[RawRow]]

    @property
    def rows(self) -> Iterator[RawRow]:
        """Every row that is not blank. Raises WaitlistError where the file breaks."""
        return self.open_rows()


def read_waitlist(source: Path | bytes, name: str = "", columns: Mapping[str, str] = NOTHING) -> WaitlistFile:
    """The file at this path, or these bytes, called `name` in errors; WaitlistError when it is no waiting list.

    `columns` is `[import.columns]`: it tells which sheet of a workbook has the identifiers.
    """
    name = name or (source.name if isinstance(source, Path) else "the file")
    content = _content(source, name)
    if is_workbook(content):
        return _file(lambda: workbook_rows(content, name, columns), name, pads=True)
    for beginning, what in NOT_OURS.items():
        if content.lstrip(b" \r\n\t").startswith(beginning):
            raise WaitlistError(f"{name} is {what}")
    encoding = encoding_of(content, name)
    return _file(lambda: _csv_rows(content, encoding, name), name, pads=False)


def _content(source: Path | bytes, name: str) -> bytes:
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > LARGEST:
            raise WaitlistError(
                f"{name} is larger than {LARGEST // 1024 // 1024} MB; export fewer columns or two files"
            )
        content = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise WaitlistError(f"{name} cannot be opened: {error.strerror}; check the path") from None
    if not content.strip():
        raise WaitlistError(f"{name} is empty; export the list again")
    return content


def _file(open_lines: Callable[[], Iterator[Numbered]], name: str, *, pads: bool) -> WaitlistFile:
    first = next(_filled(open_lines()), None)
    if first is None:
        raise WaitlistError(f"{name} has no header row; the first row must hold the names of the columns")
    at, cells = first
    headers = [as_text(cell) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()

    def open_rows() -> Iterator[RawRow]:
        for line, values in _filled(open_lines()):
            if line > at:
                yield _row(tuple(headers), line, values, pads=pads)

    return WaitlistFile(tuple(headers), open_rows)


def _filled(lines: Iterator[Numbered]) -> Iterator[Numbered]:
    return (line for line in lines if not all(_is_blank(cell) for cell in line[1]))


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _row(headers: tuple[str, ...], line: int, cells: list[Cell], *, pads: bool) -> RawRow:
    """A workbook leaves out blank cells at the end of a row; in a CSV file a short row has lost or shifted some."""
    surplus = not all(_is_blank(cell) for cell in cells[len(headers) :])
    if len(cells) == len(headers) or (not surplus and (pads or len(cells) > len(headers))):
        padding = [None] * (len(headers) - len(cells))
        return RawRow(line, dict(zip(headers, [*cells, *padding], strict=False)))
    what = f"the row has {len(cells)} cells and the header row {len(headers)}"
    fix = "look for a missing or extra separator or quotation mark in it"
    return RawRow(line, dict(zip(headers, cells, strict=False)), RowFault(line, "the whole row", what, fix))


def _csv_rows(content: bytes, encoding: str, name: str) -> Iterator[Numbered]:
    """Each record with the line it begins on; a cell in quotation marks may hold line breaks."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    delimiter, skip = _dialect(text)
    text.seek(0)
    for _ in range(skip):
        text.readline()
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    begins = skip + 1
    try:
        for cells in reader:
            yield begins, list(cells)
            begins = skip + reader.line_num + 1
    except csv.Error:
        raise WaitlistError(
            f"{name}, line {begins}: a quotation mark is not closed, or closed too early;"
            " correct that row or export the list again"
        ) from None


def _dialect(text: io.TextIOWrapper) -> tuple[str, int]:
    """The separator, and how many lines come before the header row; Excel may write `sep=;` first."""
    line = text.readline(LONGEST_CELL)
    if line.lower().startswith("sep=") and len(line.rstrip("\r\n")) == len("sep=;"):
        return line[4], 1
    while line and not line.strip():
        line = text.readline(LONGEST_CELL)
    unquoted = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count), 0
