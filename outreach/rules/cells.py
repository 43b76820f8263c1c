"""Cells of a waiting list as plain text, with what spreadsheets did to numbers undone where that is certain."""

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

Cell = str | int | float | date | datetime | time | None
"""What one cell of a file can hold; a CSV file holds text only."""

IN_EXPONENTS = re.compile(r"[-+]?[0-9][0-9.]*[eE]\+?[0-9]+")
SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
FORMAT_AS_TEXT = "format the column as text in the spreadsheet and export it again"


def as_text(cell: Cell) -> str:
    """The cell without surrounding or doubled blanks and without invisible characters; 1.0 is "1", None is ""."""
    if isinstance(cell, str):
        if cell.isascii() and cell.isprintable() and "  " not in cell:
            return cell.strip(" ")
        visible = "".join(" " if char.isspace() else char for char in cell if char.isspace() or _shows(char))
        return " ".join(unicodedata.normalize("NFC", visible).split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _shows(char: str) -> bool:
    """Joiners shape letters in Persian, Urdu and Indic names; other control and format characters only hide."""
    return unicodedata.category(char) not in ("Cc", "Cf") or char in "\u200c\u200d"


def plain_digits(text: str) -> str:
    """The same text with the digits of every script, full-width ones too, as 0 to 9, and with plain punctuation."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(char)) if char.isdigit() else char
        for char in unicodedata.normalize("NFKC", text)
    )


def whole_number(text: str) -> str | None:
    """`7.700900123E+09` and `7700900123.0` as digits; None when the spreadsheet has cut digits off."""
    if not IN_EXPONENTS.fullmatch(text):
        return re.sub(r"\.0+$", "", text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if len(number.as_tuple().digits) != number.adjusted() + 1:
        return None
    return str(int(number))


def is_spreadsheet_error(text: str) -> bool:
    """The cell shows what went wrong in the spreadsheet (`#REF!`, `#####`), not a value."""
    return text.startswith("#") and (text in SPREADSHEET_ERRORS or set(text) == {"#"})
