"""Attendance: counted by code, compared over time, and by group with small counts hidden."""

import tomllib
from collections.abc import Sequence
from datetime import date

import pytest

from outreach.config import Measures
from outreach.errors import ConfigError
from outreach.library import shipped
from outreach.reports.attendance import attendance_section
from outreach.reports.document import HIDDEN, Figure, Section, Table
from outreach.reports.run_chart import Mark
from outreach.reports.visits import visits_in
from outreach.rules.spans import Span
from outreach.services import Services
from outreach.vocabulary import AppointmentKind, Attendance
from tests.figures import visit, visits, waiting
from tests.house import settings

YEAR = Span(date(2025, 1, 1), date(2025, 12, 31))
HALVES = Span(YEAR.first, YEAR.last, date(2025, 7, 1))


def _section(
    services: Services, span: Span = YEAR, measures: Measures | None = None, marks: Sequence[Mark] = ()
) -> Section:
    with services.read() as session:
        found = visits_in(session, span)
    return attendance_section(found, AppointmentKind.ASSESSMENT, span, measures or Measures(), marks)


def _table(section: Section, key: str) -> Table:
    return next(table for table in section.tables() if table.key == f"attendance-assessment-{key}")


def _chart(section: Section) -> Figure:
    return next(part for part in section.parts if isinstance(part, Figure))


def test_missed_appointments_are_counted_by_their_codes(services: Services) -> None:
    with services.begin() as session:
        visits(session, date(2025, 3, 5), "3335555667" + "2244" + "0")
        visit(session, waiting(session), date(2025, 3, 6), None)
        visit(session, waiting(session), date(2025, 3, 7), "3", AppointmentKind.TREATMENT)
        visits(session, date(2026, 1, 1), "3333")

    section = _section(services)

    assert section.summary[0] == "Of 10 assessments, 4 (40%) were missed."
    cancelled = {row[0]: row[1:3] for row in _table(section, "cancelled").rows}
    assert cancelled == {"Cancelled by the person": (2, 14), "Cancelled by the service": (2, 14)}


def test_whether_code_seven_is_missed_is_a_setting(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        visits(session, date(2025, 3, 5), "3777555566")

    attended = Measures(missed_codes=(Attendance("3"),), attended_codes=tuple(map(Attendance, "567")))
    left_out = Measures(missed_codes=(Attendance("3"),))

    assert _section(sqlite_services).summary[0] == "Of 10 assessments, 4 (40%) were missed."
    assert (
        _section(sqlite_services, measures=attended).summary[0] == "Of 10 assessments, 1 (10%) were missed."
    )
    assert _section(sqlite_services, measures=left_out).summary[0] == "Of 7 assessments, 1 (14%) were missed."


@pytest.mark.parametrize("codes", [["3", "2"], ["3", "5"], []])
def test_a_setting_that_counts_cancellations_or_one_code_twice_is_refused(codes: list[str]) -> None:
    with pytest.raises(ConfigError, match="measures"):
        settings(measures={"missed_codes": codes})


def test_before_and_after_are_compared_with_their_intervals(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        visits(session, date(2025, 6, 30), "3" * 40 + "5" * 60)
        visits(session, date(2025, 7, 1), "3" * 20 + "5" * 80)

    section = _section(sqlite_services, HALVES)

    assert section.summary[1:4] == [
        "Before 1 July 2025 the share of missed assessments was 40% (40 of 100), from then on 20% (20 of 100).",
        "That is 20 percentage points lower, and chance alone rarely does this: "
        "the true change lies between 7 and 32 percentage points.",
        "Relative to before, that is a reduction of 50% (between 21% and 68%).",
    ]
    rows = _table(section, "before-after").rows
    assert rows[0] == ("Before 1 July 2025", 40, 100, 40.0, 30.9, 49.8)
    assert rows[2] == ("Difference (percentage points)", None, None, -20.0, -31.9, -7.3)


def test_a_change_that_may_be_chance_is_called_that(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        visits(session, date(2025, 6, 30), "3" * 10 + "5" * 20)
        visits(session, date(2025, 7, 1), "3" * 9 + "5" * 21)

    assert _section(sqlite_services, HALVES).summary[2].startswith("This may be chance")


def test_the_team_sees_every_month_and_others_see_no_small_count(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for month in range(1, 13):
            visits(session, date(2025, month, 10), "3" * (2 if month == 4 else 10) + "5" * 20)

    table = _table(_section(sqlite_services), "months")

    assert table.rows[3][:3] == ("Apr 2025", 2, 22)
    others = {row[0]: row[1:3] for row in table.for_others.rows}
    assert others["Apr 2025"] == (HIDDEN, 22)
    assert sum(count == HIDDEN for count, _ in others.values()) > 1, "one alone follows from the year's total"


def test_months_are_pooled_by_quarter_when_one_has_fewer_than_twenty(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for month in range(1, 13):
            visits(session, date(2025, month, 10), "3" * 5 + "5" * (14 if month == 8 else 15))

    names = [row[0] for row in _table(_section(sqlite_services), "months").rows]

    assert names == ["Jan to Mar 2025", "Apr to Jun 2025", "Jul to Sep 2025", "Oct to Dec 2025"]


def test_a_month_cut_short_by_the_period_does_not_pool_all_others(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for month in range(1, 5):
            visits(session, date(2025, month, 10), "3" * 5 + "5" * (1 if month == 4 else 15))

    section = _section(sqlite_services, Span(date(2025, 1, 1), date(2025, 4, 15)))

    assert [row[0] for row in _table(section, "months").rows] == ["Jan 2025", "Feb 2025", "Mar 2025"]
    assert (
        _chart(section).notes[0]
        == "Apr 2025 lies only partly in the period and rests on 6: it is left out here."
    )


def test_rates_by_ethnicity_keep_not_stated_not_known_and_no_code_apart(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for ethnicity in ("A", "Z", "99", None):
            visits(session, date(2025, 3, 5), "3" * 10 + "5" * 20, ethnicity=ethnicity)

    rows = _table(_section(sqlite_services), "ethnicity").rows

    assert [row[0] for row in rows] == [
        "White: British",
        "Not stated",
        "Not known",
        "No code on the list",
        "All together",
    ]
    assert rows[-1][1:3] == (40, 120)


def test_a_small_group_is_hidden_with_another_and_both_are_shown_together(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        visits(session, date(2025, 3, 5), "3" * 60 + "5" * 200, ethnicity="A")
        visits(session, date(2025, 3, 5), "3" * 20 + "5" * 30, ethnicity="H")
        visits(session, date(2025, 3, 5), "3" * 3 + "5" * 30, ethnicity="M")

    table = _table(_section(sqlite_services), "ethnicity")

    assert [(row[0], row[1], row[2]) for row in table.rows] == [
        ("White: British", 60, 260),
        ("Asian: Indian", HIDDEN, 50),
        ("Black: Caribbean", HIDDEN, 33),
        ("The 2 hidden groups together", 23, 83),
        ("All together", 83, 343),
    ]
    assert table.for_others.rows == table.rows


def test_a_chart_marks_what_happened_and_says_its_verdict(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for month in range(1, 13):
            visits(
                session, date(2025, month, 10), "3" * ((10 if month < 6 else 5) + month % 2 * 2) + "5" * 15
            )
    marks = [Mark(date(2025, 6, 1), "messages began"), Mark(date(2025, 6, 1), "new words in use: x")]

    chart = _chart(_section(sqlite_services, measures=Measures(assessment_target=10), marks=marks))

    assert (
        chart.says[0]
        == "Dec 2025: the share of missed assessments is below the average 7 times or more in a row."
    )
    assert "for the better" in chart.says[1]
    assert chart.notes == ("1: messages began, 1 June 2025.", "2: new words in use: x, 1 June 2025.")
    assert ">1, 2</text>" in chart.svg
    assert len(chart.icons) == 2


def test_without_any_code_nothing_is_claimed(sqlite_services: Services) -> None:
    section = _section(sqlite_services)

    assert section.summary == ["No assessments in this period have a code that says whether people came."]
    assert section.parts == []


def test_the_example_settings_are_read_with_their_blank_days_and_targets() -> None:
    example = tomllib.loads((shipped() / "config.example.toml").read_text(encoding="utf-8"))

    measures = settings(**example).measures

    assert (measures.go_live_on, measures.assessment_target, measures.rebase_on) == (None, None, ())
    with pytest.raises(ConfigError, match=r"\[measures"):
        settings(measures={"assessment_target": 120})
