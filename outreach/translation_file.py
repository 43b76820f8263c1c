"""The spreadsheet that a translator works in: one row a message, written and read back without losing a character."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outreach.errors import Fault, TranslationError
from outreach.workbook_faults import UNREADABLE, unpacked_size

COLUMNS = (
    "key", "channel", "when and to whom", "english", "english version", "translation", "version", "characters",
    "segments",
)  # fmt: skip
WIDTHS = (34, 9, 40, 60, 9, 60, 9, 11, 10)
NEEDED = ("key", "channel", "english version", "translation", "version")
LARGEST = 20 * 1024 * 1024
LARGEST_UNPACKED = 10 * LARGEST
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROL = re.compile(r"_x(00[01][0-9A-F])_")
"""How a workbook writes what XML cannot hold; Excel writes its carriage returns so."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One message for a translator. `version` is the translation's, 0 for none; `segments` is blank for emails."""

    key: str
    channel: str
    context: str
    english: str
    english_version: int
    translation: str
    version: int
    segments: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back in one row of the sheet, as written; `row` is its number there."""

    row: int
    key: str
    channel: str
    english_version: str
    translation: str
    version: str


def write_sheet(language: str, rows: Iterable[Exported]) -> bytes:
    """The workbook; its sheet is named after the language, so that it is not read into another."""
    import openpyxl  # noqa: PLC0415 - takes long, and few commands work on sheets
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = language
    sheet.freeze_panes = "C2"
    bold, at_top = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for column, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True), 1):
        sheet.cell(1, column, name).font = bold
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(rows, 2):
        for column, text in enumerate(_line(row), 1):
            cell = sheet.cell(number, column, _UNSEEN.sub(_escaped, text))
            cell.data_type = "s"  # words that begin with "=" are no formula
            cell.alignment = at_top
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _escaped(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _line(row: Exported) -> tuple[str, ...]:
    """In the order of `COLUMNS`."""
    words = (row.key, row.channel, row.context, row.english, str(row.english_version), row.translation)
    return (*words, str(row.version), str(len(row.translation)), row.segments)


def read_sheet(content: bytes, language: str, name: str) -> list[Returned]:
    """The rows of a workbook; TranslationError names what is wrong with the file itself."""
    import openpyxl  # noqa: PLC0415

    if len(content) > LARGEST:
        raise _refused(name, f"the file is larger than {LARGEST // 1024 // 1024} MB; export a new one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = unpacked_size(packed)
        if unpacked > LARGEST_UNPACKED:
            raise _refused(
                name, f"it unpacks to over {LARGEST_UNPACKED // 1024 // 1024} MB; export a new one"
            )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        names = book.sheetnames
        lines = list(book[language].iter_rows(values_only=True)) if language in names else []
        book.close()
    except UNREADABLE:
        raise _refused(name, "this is no Excel workbook; save it as an Excel workbook (.xlsx)") from None
    if language not in names:
        raise _refused(
            name, f"there is no sheet named {language!r} but {', '.join(names)}: is it another language's?"
        )
    return _returned(lines, name)


def _returned(lines: Sequence[tuple[object, ...]], name: str) -> list[Returned]:
    head = [_text(value).strip().casefold() for value in (lines[0] if lines else ())]
    missing = [column for column in NEEDED if column not in head]
    if missing:
        raise _refused(
            name, f"the first row lacks {', '.join(missing)}; keep the row of headings as exported"
        )
    places = [head.index(column) for column in NEEDED]
    return [
        Returned(number, *_fields(line, places))
        for number, line in enumerate(lines[1:], 2)
        if any(_text(value).strip() for value in line)
    ]


def _fields(line: tuple[object, ...], places: list[int]) -> tuple[str, str, str, str, str]:
    """In the order of `NEEDED`; short rows end in blanks."""
    key, channel, english_version, translation, version = (
        _text(line[place]) if place < len(line) else "" for place in places
    )
    return key.strip(), channel.strip(), english_version.strip(), translation, version.strip()


def _text(value: object) -> str:
    """A cell as text: a number typed over a version comes back as 3.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _CONTROL.sub(lambda found: chr(int(found[1], 16)), str(value))


def _refused(name: str, what: str) -> TranslationError:
    return TranslationError([Fault(name, 1, what)])
