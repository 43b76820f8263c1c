"""Tables leave the team as CSV in which no words can run as a formula and no small count stands."""

import csv
import io

import pytest

from outreach.reports.document import Exported, Table, as_csv


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "words", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", '=HYPERLINK("http://x","y")']
)
def test_words_that_a_spreadsheet_would_run_are_kept_from_it(words: str) -> None:
    table = Table("key", "Title", (words, "Count"), [(words, 9)])

    header, row = _read(as_csv(table))

    assert header[0] == row[0] == f"'{words}"


def test_numbers_stay_numbers_and_commas_and_quotes_stay_words() -> None:
    table = Table("key", "Title", ("What", "How many"), [('A, "quoted" name', -3.5), ("nothing", None)])

    assert _read(as_csv(table)) == [["What", "How many"], ['A, "quoted" name', "-3.5"], ["nothing", ""]]


def test_what_is_only_for_the_team_does_not_leave_it() -> None:
    table = Table("key", "Title", ("A", "B"), [("x", 3)], Exported(("A",), [("x",)]))

    assert _read(as_csv(table)) == [["A"], ["x"]]
