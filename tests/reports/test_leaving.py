"""Leaving while waiting: closed before treatment took place, deaths apart."""

from datetime import date

from outreach.reports.leaving import leaving_section, waits_in
from outreach.rules.rates import Definition, Share
from outreach.rules.spans import Span
from outreach.services import Services
from outreach.vocabulary import AppointmentKind
from tests.figures import visit, waiting

YEAR = Span(date(2025, 1, 1), date(2025, 12, 31))


def test_who_is_closed_before_treatment_has_left_and_who_was_treated_or_died_has_not(
    services: Services,
) -> None:
    with services.begin() as session:
        waiting(session)  # still waits
        waiting(session, closed_on=date(2025, 5, 1))
        waiting(session, closed_on=date(2025, 5, 1), deceased_on=date(2025, 4, 30))
        waiting(session, closed_on=date(2024, 12, 31))  # before the period
        waiting(session, date(2026, 1, 1))  # after it
        treated = waiting(session, closed_on=date(2025, 9, 1))
        visit(session, treated, date(2025, 8, 1), "5", AppointmentKind.TREATMENT)
        missed = waiting(session, closed_on=date(2025, 9, 1))
        visit(session, missed, date(2025, 8, 1), "3", AppointmentKind.TREATMENT)
        assessed = waiting(session, closed_on=date(2025, 9, 1))
        visit(session, assessed, date(2025, 8, 1), "5", AppointmentKind.ASSESSMENT)
    with services.read() as session:
        waits = waits_in(session, YEAR, Definition())

    assert waits.share(YEAR) == Share(3, 6)
    assert waits.share(Span(date(2025, 5, 1), date(2025, 5, 1))) == Share(1, 6)
    assert waits.share(Span(date(2025, 5, 2), date(2025, 5, 2))) == Share(0, 4)


def test_a_closing_before_the_referral_is_a_slip_and_nobody_left(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        waiting(session, date(2025, 3, 1), closed_on=date(2025, 2, 1))
    with sqlite_services.read() as session:
        waits = waits_in(session, YEAR, Definition())

    assert waits.share(YEAR) == Share(0, 1)


def test_before_and_after_are_compared(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for number in range(30):
            waiting(session, closed_on=date(2025, 3 if number < 20 else 9, 1))
    span = Span(YEAR.first, YEAR.last, date(2025, 7, 1))
    with sqlite_services.read() as session:
        section = leaving_section(waits_in(session, span, Definition()), span, [])

    assert section.summary[:2] == [
        "Of 30 referrals that waited in this period, 30 (100%) were closed before treatment began.",
        "Before 1 July 2025 the share of referrals closed while waiting was 67% (20 of 30), "
        "from then on 100% (10 of 10).",
    ]
