"""Files of a waiting list: every usual way to export one opens, and everything else is refused with what to do."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from outreach.errors import WaitlistError
from outreach.rules.cells import Cell
from outreach.rules.waitlist import read_rows
from outreach.waitlist_file import LARGEST, read_waitlist
from tests.waitlists import as_csv, as_xlsx, make_waitlist, spoilt

TODAY = date(2026, 3, 2)
SECOND = datetime(2026, 1, 2)  # noqa: DTZ001 - a workbook has no time zone
AMINA = {"referral_id": "R-1", "given_name": "Amina", "referred_on": "2026-01-02"}
ZOE = {"referral_id": "R-2", "given_name": "Zoë", "referred_on": "2026-01-03"}


def cells(content: bytes, **options: Any) -> list[tuple[int, list[Cell]]]:
    """Line and cells of every row that can be read."""
    rows = list(read_waitlist(content, "list", **options).rows)
    assert not any(row.fault for row in rows), [str(row.fault) for row in rows]
    return [(row.line, list(row.cells.values())) for row in rows]


def refusal(content: bytes) -> str:
    """Why these bytes are no waiting list."""
    with pytest.raises(WaitlistError) as refused:
        list(read_waitlist(content, "list.xlsx").rows)
    assert str(refused.value).startswith("list.xlsx")
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_opens_in_every_usual_encoding_and_separator(encoding: str, delimiter: str) -> None:
    rows = [(2, list(AMINA.values())), (3, list(ZOE.values()))]
    assert cells(as_csv([AMINA, ZOE], encoding, delimiter)) == rows


def test_utf_16_of_the_other_byte_order_opens_by_its_mark() -> None:
    content = b"\xfe\xff" + as_csv([AMINA, ZOE], "utf-16-be")
    assert [values[1] for _, values in cells(content)] == ["Amina", "Zoë"]


def test_a_file_opens_from_its_path_and_its_rows_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(as_csv([AMINA, ZOE]))
    file = read_waitlist(path)
    assert file.headers == tuple(AMINA)
    assert list(file.rows) == list(file.rows)
    assert next(file.rows).cells == AMINA


def test_line_numbers_stay_true_after_line_breaks_within_quotation_marks_and_blank_lines() -> None:
    content = b'referral_id,note\r\nR-1,"two\r\nlines"\r\n\r\n,\r\nR-2,"a ""word"", more"\r\n'
    assert cells(content) == [(2, ["R-1", "two\r\nlines"]), (6, ["R-2", 'a "word", more'])]


def test_separators_within_quoted_headers_do_not_mislead() -> None:
    content = b'"referral_id";"name, given, family, other"\nR-1;Amina\n'
    assert cells(content) == [(2, ["R-1", "Amina"])]


@pytest.mark.parametrize("beginning", [b"sep=;\r\n", b"SEP=;\n", b"\xef\xbb\xbfsep=;\r\n"])
def test_the_line_that_names_the_separator_for_excel_is_honoured(beginning: bytes) -> None:
    content = beginning + b"referral_id;note,more\r\nR-1;x\r\n"
    assert cells(content) == [(3, ["R-1", "x"])]


def test_old_line_ends_and_a_missing_last_one_are_read() -> None:
    assert cells(b"referral_id,note\rR-1,x\rR-2,y") == [(2, ["R-1", "x"]), (3, ["R-2", "y"])]


@pytest.mark.parametrize("row", [b"R-1,Amina", b"R-1,Amina,2026-01-02,surplus"])
def test_a_row_with_lost_or_surplus_cells_is_a_fault_of_that_row(row: bytes) -> None:
    content = as_csv([ZOE]) + row + b"\r\n" + b"R-3,Ben,2026-01-04,,\r\n"
    rows = list(read_waitlist(content).rows)
    assert [bool(each.fault) for each in rows] == [False, True, False]
    assert rows[1].fault is not None
    assert (rows[1].line, rows[1].fault.row) == (3, 3)
    assert "separator" in rows[1].fault.fix
    assert "Amina" not in str(rows[1].fault)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\r\n \r\n", "is empty"),
        (b"\xef\xbb\xbf\r\n,,\r\n", "no header row"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls workbook or one with a password"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\r\n<!DOCTYPE html><table><tr>", "a web page"),
        (b"\xef\xbb\xbf<html>", "a web page"),
        (b'<?xml version="1.0"?><Workbook>', "a web page or XML"),
        (b"{\\rtf1 ", "a text document"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"PK\x03\x04 cut off", "damaged"),
        (b"referral_id,note\nR-1,\0\n", "NUL"),
        (b"\xff\xfe\x00\x00" + "referral_id".encode("utf-32-le"), "damaged"),
        (as_csv([AMINA, ZOE], "utf-16")[:-1], "damaged or cut off"),
        (as_csv([ZOE]) + "R-3,Zoé".encode("cp1252"), "mixes two ways"),
        (b"referral_id,note\nR-1,\x81\xfe\n", "mixes two ways"),
        (b'referral_id,note\nR-1,x\nR-2,"never closed\nR-3,y\n', "line 3: a quotation mark"),
        (b'referral_id,note\nR-1,"a" b\n', "line 2: a quotation mark"),
    ],
)
def test_what_is_no_waiting_list_is_refused_with_what_to_do(content: bytes, told: str) -> None:
    assert told in refusal(content)


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    assert "larger than 50 MB" in refusal(bytes(LARGEST + 1))
    with pytest.raises(WaitlistError, match=r"none\.csv cannot be opened: No such file"):
        read_waitlist(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("xl/workbook.bin", "binary workbook"),
        ("word/document.xml", "Word document"),
        ("a.csv", "packed folder"),
    ],
)
def test_packed_files_that_are_no_workbook_are_named(member: str, told: str) -> None:
    assert told in refusal(packed({member: b"x"}))


def test_an_open_document_file_is_named() -> None:
    assert "OpenDocument" in refusal(packed({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}))


def test_a_damaged_workbook_is_refused() -> None:
    assert "damaged" in refusal(packed({"xl/workbook.xml": b"<nothing"}))
    whole = as_xlsx([AMINA])
    assert "damaged" in refusal(whole[: len(whole) // 2])


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_workbook_damaged_amid_its_packed_words_is_refused(part: str) -> None:
    assert "damaged" in refusal(spoilt(as_xlsx([AMINA]), part))


def packed(members: dict[str, bytes]) -> bytes:
    """A ZIP file of these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return content.getvalue()


def test_a_workbook_gives_its_cells_with_their_row_numbers() -> None:
    rows: list[dict[str, Any]] = [
        {
            "referral_id": 1.0,
            "nhs_number": 9990000018,
            "referred_on": SECOND,
            "safe": True,
            "x": "",
        },
        {"referral_id": "", "nhs_number": "", "referred_on": "", "safe": "", "x": ""},
        {"referral_id": "R-2", "nhs_number": "", "referred_on": 46025, "safe": False, "x": ""},
    ]
    assert cells(as_xlsx(rows)) == [
        (2, [1, 9990000018, SECOND, "yes", None]),
        (4, ["R-2", None, 46025, "no", None]),
    ]


def book_of(**sheets: list[list[Any]]) -> openpyxl.Workbook:
    """A workbook with these sheets, in order."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    """The workbook as a file."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_the_first_visible_sheet_with_identifiers_is_read() -> None:
    book = book_of(
        Hidden=[["referral_id"], ["old"]],
        Summary=[["Waiting", 12]],
        List=[["Referral ID"], ["R-1"]],
        Copy=[["x"]],
    )
    book["Hidden"].sheet_state = "hidden"
    assert cells(saved(book)) == [(2, ["R-1"])]


def test_a_mapped_header_tells_the_sheet_and_without_one_the_first_visible_sheet_is_read() -> None:
    content = saved(book_of(Summary=[["Waiting"], [12]], List=[["Pathway no"], ["R-1"]]))
    assert cells(content, columns={"pathway_no": "referral_id"}) == [(2, ["R-1"])]
    assert cells(content) == [(2, [12])]


def test_formulas_without_stored_results_are_refused_since_they_would_read_as_blank() -> None:
    assert "formulas without their results" in refusal(saved(book_of(List=[["referral_id"], ["=1+1"]])))


def test_formulas_with_stored_results_give_them() -> None:
    content = saved(book_of(List=[["referral_id", "a", "b"], ["R-1", "=1+1", '=IF(1,"","x")']]))
    computed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(computed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/"):
                data = (
                    data.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
                    .replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
                    .replace(b'<c r="C2">', b'<c r="C2" t="str">')
                )
            target.writestr(name, data)
    ((line, values),) = cells(computed.getvalue())
    assert (line, values[:2]) == (2, ["R-1", 2])
    assert not values[2]


def test_a_list_says_the_same_as_csv_and_as_a_workbook() -> None:
    rows = make_waitlist(60, 3, TODAY)
    read = []
    for content in (as_csv(rows), as_csv(rows, "utf-16", "\t"), as_xlsx(rows)):
        file = read_waitlist(content)
        read.append(read_rows(file.headers, file.rows, TODAY))
    assert len(read[0].rows) == 60
    assert read[0] == read[1] == read[2]


def test_a_file_cut_off_within_a_row_is_a_fault_of_that_row() -> None:
    rows = make_waitlist(3, 1, TODAY)
    content = as_csv(rows)
    file = read_waitlist(content[: content.rindex(b",")][:-40])
    result = read_rows(file.headers, file.rows, TODAY)
    assert [row.referral_id for row in result.rows] == ["R-000001", "R-000002"]
    assert [(fault.row, fault.column) for fault in result.faults] == [(4, "the whole row")]
