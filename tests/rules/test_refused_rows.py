"""Refused rows come back as they were, with what is wrong, and no cell of them is a formula."""

import csv
import io
from datetime import date

import pytest

from outreach.rules.refused_rows import refused_table, safe
from outreach.rules.waitlist_codes import unknown_codes
from outreach.rules.waitlist_columns import map_headers
from outreach.rules.waitlist_row import RawRow, RowFault

HEADERS = ("referral_id", "given_name", "referred_on", "ethnicity")


@pytest.mark.parametrize(
    "formula",
    ["=1+1", '=HYPERLINK("x")', "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "|x", "-"],
)
def test_a_cell_that_could_be_a_formula_is_made_text(formula: str) -> None:
    assert safe(formula) == f"'{formula}"


@pytest.mark.parametrize("plain", ["+44 7700 900123", "-12.5", "Amina", "O'Brien", "", "2026-03-02", "R-1"])
def test_other_cells_stay_as_they_are(plain: str) -> None:
    assert safe(plain) == plain


def test_only_rows_with_a_fault_come_back_with_all_their_faults() -> None:
    rows = [
        RawRow(2, dict(zip(HEADERS, ("R-1", "Amina", "soon", "A"), strict=True))),
        RawRow(3, {"referral_id": "R-2"}),
    ]
    faults = [
        RowFault(2, "referred_on", "is no date", "write one"),
        RowFault(2, "mobile", "is short", "check it"),
    ]
    table = refused_table(HEADERS, rows, faults)
    assert table.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(table.removeprefix("\ufeff")))) == [
        [*HEADERS, "What is wrong"],
        ["R-1", "Amina", "soon", "A", "referred_on: is no date; write one / mobile: is short; check it"],
    ]
    assert refused_table(HEADERS, rows, []) == ""


def test_codes_we_do_not_know_are_listed_once_and_anything_else_than_codes_is_not() -> None:
    known = map_headers(HEADERS)
    rows = [
        RawRow(number, {"ethnicity": code})
        for number, code in enumerate(["A", "White", "", "White", "#REF!", "Asian"])
    ]
    assert unknown_codes(known, rows, date(2026, 3, 2)) == {"ethnicity": ["White", "Asian"]}
    many = [RawRow(number, {"ethnicity": f"somebody {number}"}) for number in range(31)]
    assert unknown_codes(known, many, date(2026, 3, 2)) == {}
