"""The review: one document to print, tables that give no small count away, and nothing about anybody."""

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader
from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
from sqlalchemy import select

from outreach.errors import RefusedError
from outreach.models import Appointment
from outreach.reports.document import HIDDEN, as_csv
from outreach.reports.paper import page_of, print_page, write_files
from outreach.reports.review import Review, as_record, review
from outreach.reports.visits import by_ethnicity, by_language, by_wait, visits_in
from outreach.rules.spans import Span
from outreach.rules.suppression import SMALL
from outreach.sealing import new_keyring
from outreach.services import Services
from outreach.vocabulary import AppointmentKind, Attendance
from tests import bulk, cast

SPAN = Span(bulk.FIRST, bulk.LAST, bulk.GO_LIVE)


@pytest.fixture
def filled(services: Services) -> Services:
    """A service with 600 referrals, on both databases."""
    bulk.fill(services, referrals=600, messages=3000)
    return services


@pytest.fixture
def small(sqlite_services: Services) -> Services:
    """A small service, in which many groups are small."""
    bulk.fill(sqlite_services, referrals=420, messages=800, seed=3)
    return sqlite_services


def test_the_review_has_every_chapter_on_both_databases(filled: Services) -> None:
    found = review(filled, SPAN)

    assert [section.key for section in found.sections] == [
        "attendance-assessment",
        "attendance-treatment",
        "leaving",
        "reach",
        "feedback",
        "peer-support",
        "messages",
        "quality",
    ]
    assert all(section.summary for section in found.sections)
    months = next(table for table in found.tables if table.key == "messages-months")
    assert [row[:2] for row in months.rows][:3] == [
        ("Apr 2024", "Texts"),
        ("Apr 2024", "Emails"),
        ("May 2024", "Texts"),
    ]
    assert sum(sum(row[2:7]) for row in months.rows) == 3000  # type: ignore[arg-type, misc]


def test_the_figures_are_those_of_a_plain_count_on_both_databases(filled: Services) -> None:
    with filled.read() as session:
        rows = list(
            session.scalars(select(Appointment).where(Appointment.kind == AppointmentKind.ASSESSMENT))
        )
    codes = Counter(
        (row.on_date >= bulk.GO_LIVE, row.attendance) for row in rows if row.on_date >= bulk.FIRST
    )
    missed, seen = Attendance.DID_NOT_ATTEND, Attendance.SEEN_ON_TIME

    table = next(
        table for table in review(filled, SPAN).tables if table.key == "attendance-assessment-before-after"
    )

    assert [row[1:3] for row in table.rows[:2]] == [
        (codes[part, missed], codes[part, missed] + codes[part, seen]) for part in (False, True)
    ]


@pytest.mark.parametrize("referrals", [300, 900, 1500])
def test_every_hidden_count_could_be_any_from_one_to_seven_given_all_exports(
    sqlite_services: Services, referrals: int
) -> None:
    """The attack: every equation that the CSV files and the JSON hold, for each kind and period together."""
    small = sqlite_services
    bulk.fill(small, referrals=referrals, messages=0)
    exports = _exports(review(small, SPAN))
    hidden = 0
    for kind in AppointmentKind:
        for name, part in SPAN.parts:
            with small.read() as session:
                truth = [visit for visit in visits_in(session, part) if visit.kind is kind]
            for grouping, by in (("ethnicity", by_ethnicity), ("language", by_language), ("wait", by_wait)):
                table = exports[f"attendance-{kind.value}-{grouping}-{name}"]
                totals = _totals(exports, kind.value, name)
                groups: dict[str, list[int]] = defaultdict(lambda: [0, 0])
                for visit in truth:
                    if visit.attendance and visit.attendance.is_settled:
                        groups[by(visit)][not visit.attendance.is_missed] += 1
                hidden += _attack(table, groups, totals)
    assert hidden > 10


def _exports(found: Review) -> dict[str, list[list[str]]]:
    """Each table as somebody gets it who has both the CSV files and the JSON, which say the same."""
    record = json.loads(json.dumps(as_record(found)))
    tables = {}
    for table in found.tables:
        rows = list(csv.reader(io.StringIO(as_csv(table))))[1:]
        same = [
            ["" if cell is None else str(cell) for cell in row] for row in record["tables"][table.key]["rows"]
        ]
        assert [[cell.lstrip("'") for cell in row] for row in rows] == same
        tables[table.key] = rows
    return tables


def _totals(exports: dict[str, list[list[str]]], kind: str, period: str) -> tuple[int, int] | None:
    """(missed, of) of everybody, wherever an export tells it."""
    for key, rows in exports.items():
        for row in rows:
            is_total = (
                row[0] == "All together" and key.startswith(f"attendance-{kind}-") and key.endswith(period)
            )
            is_period = key == f"attendance-{kind}-before-after" and row[0].startswith(
                "Before" if period == "before" else "From"
            )
            if (is_total or is_period) and HIDDEN not in row:
                return int(row[1]), int(row[2])
    return None


def _attack(rows: list[list[str]], truth: dict[str, list[int]], totals: tuple[int, int] | None) -> int:
    """Work out the least and greatest value of each hidden small count; returns how many there were."""
    shown = {row[0]: row for row in rows if row[0] in truth}
    if not shown:
        return 0
    names = list(truth)
    equations: list[tuple[dict[int, int], int]] = []  # variables: missed and attended of each group, in turn
    for index, name in enumerate(names):
        row = shown[name]
        if row[2] != HIDDEN:
            equations.append(({2 * index: 1, 2 * index + 1: 1}, int(row[2])))
        if row[1] != HIDDEN:
            equations.append(({2 * index: 1}, int(row[1])))
    if totals:
        equations.append(({2 * index: 1 for index in range(len(names))}, totals[0]))
        equations.append((dict.fromkeys(range(2 * len(names)), 1), totals[1]))
    is_all_hidden = all(row[1] == HIDDEN for row in shown.values())
    small = 0
    for index, name in enumerate(names):
        for side in (0, 1):
            count = truth[name][side]
            if count in SMALL and shown[name][1] != HIDDEN:
                raise AssertionError(f"{name} shows a count of {count}")
            if count in SMALL:
                small += 1
                low, high = _range(equations, 2 * len(names), 2 * index + side)
                if is_all_hidden:
                    assert low < high, f"{name}: {count} is certain"
                else:
                    assert low <= 1, f"{name}: {count} is at least {low}"
                    assert high >= 7, f"{name}: {count} is at most {high}"
    return small


def _range(equations: Sequence[tuple[dict[int, int], int]], variables: int, wanted: int) -> tuple[int, int]:
    matrix = np.zeros((len(equations), variables))
    for row, (terms, _) in enumerate(equations):
        for column, times in terms.items():
            matrix[row, column] = times
    values = [value for _, value in equations]
    aim = np.zeros(variables)
    aim[wanted] = 1
    ends = []
    for sign in (1, -1):
        solved = milp(
            sign * aim,
            constraints=LinearConstraint(matrix, values, values),
            integrality=np.ones(variables),
            bounds=Bounds(0, 10_000),
        )
        assert solved.success
        ends.append(round(solved.x[wanted]))
    return ends[0], ends[1]


def test_no_export_holds_a_count_from_one_to_seven(small: Services) -> None:
    for table in review(small, SPAN).tables:
        columns = table.for_others.columns
        counts = [
            index
            for index, column in enumerate(columns)
            if index and not re.search(r"%|Pounds|Peer hours|From|To", column)
        ]
        for row in table.for_others.rows:
            if row[0] in ("Difference (percentage points)", "Relative risk (after / before)"):
                continue
            assert not [row[index] for index in counts if row[index] in SMALL], (table.key, row)


def test_the_review_opens_nothing_that_is_sealed(sqlite_services: Services) -> None:
    house = sqlite_services
    cast.amina(house)
    stranger = replace(house, keys=new_keyring)

    page = page_of(review(stranger, SPAN))

    assert as_record(review(stranger, SPAN)) == as_record(review(house, SPAN))
    assert not re.search("Amina|Example|07700|example.org|R-1", page)


def test_the_page_needs_nothing_else_and_runs_nothing(small: Services) -> None:
    page = page_of(review(small, SPAN))

    assert not re.search(r"<script|<link|<img|@import|url\(|\bon\w+=|src=", page)
    assert 'lang="en-GB"' in page
    for chapter in ("In short", "How things are counted", "What these figures cannot say"):
        assert f">{chapter}</h2>" in page
    assert "(3 + 7) / (3 + 7 + 5 + 6)" in page


def test_every_file_is_written_and_the_pdf_shows_the_charts(small: Services, tmp_path: Path) -> None:
    found = review(small, SPAN)

    written = write_files(found, tmp_path / "out")

    assert {path.name for path in written} == {
        "review.html",
        "review.pdf",
        *(f"{table.key}.csv" for table in found.tables),
    }
    pages = PdfReader(tmp_path / "out" / "review.pdf").pages
    text = " ".join(page.extract_text() for page in pages)
    assert "Does it help, and whom?" in text
    assert "limits of chance" in text
    assert (tmp_path / "out" / "reach.csv").read_bytes().startswith("\N{BYTE ORDER MARK}".encode())


def test_without_a_browser_there_is_no_pdf_and_nothing_is_left_behind(tmp_path: Path) -> None:
    page, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text("<p>Hello", encoding="utf-8")

    assert not print_page(page, pdf, browser="/bin/false")
    assert not print_page(page, pdf, browser=str(tmp_path / "none"))
    assert not pdf.exists()


@pytest.mark.parametrize(
    "days",
    [
        (date(2025, 2, 1), date(2025, 1, 1), None),
        (date(2025, 1, 1), date(2025, 2, 1), date(2025, 1, 1)),
        (date(2025, 1, 1), date(2025, 2, 1), date(2025, 2, 2)),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(days: tuple[date, date, date | None]) -> None:
    with pytest.raises(RefusedError, match="period"):
        Span(*days)
