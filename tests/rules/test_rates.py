"""Rates are counted as defined, and agree with a published trial."""

from datetime import date

import pytest

from outreach.rules.rates import (
    Definition,
    Share,
    by_month,
    difference,
    pooled,
    pooled_risk,
    relative_risk,
    total,
)
from outreach.vocabulary import Attendance

MISSED, ON_TIME, LATE, TOO_LATE = (Attendance(code) for code in "3567")


def test_the_dna_rate_counts_three_and_seven_of_three_five_six_and_seven() -> None:
    counts = {code: 10**index for index, code in enumerate([MISSED, ON_TIME, LATE, TOO_LATE])}
    counts |= {Attendance.CANCELLED_BY_PERSON: 7, Attendance.CANCELLED_BY_SERVICE: 7, Attendance.NOT_YET: 7}

    assert Definition().missed_of(counts) == Share(1001, 1111)
    assert Definition().in_words() == "(3 + 7) / (3 + 7 + 5 + 6)"


def test_whether_too_late_to_be_seen_is_missed_attended_or_left_out_is_a_setting() -> None:
    counts = {MISSED: 1, ON_TIME: 5, LATE: 2, TOO_LATE: 4}

    as_attended = Definition(frozenset({MISSED}), frozenset({ON_TIME, LATE, TOO_LATE}))
    left_out = Definition(frozenset({MISSED}), frozenset({ON_TIME, LATE}))

    assert as_attended.missed_of(counts) == Share(1, 12)
    assert left_out.missed_of(counts) == Share(1, 8)


@pytest.mark.parametrize("codes", ["3", "2", "0"])
def test_a_cancellation_is_neither_missed_nor_attended(codes: str) -> None:
    with pytest.raises(ValueError, match=r"not both|only 3, 5, 6 and 7"):
        Definition(frozenset({MISSED}), frozenset({ON_TIME, Attendance(codes)}))


def test_reminders_lowered_missed_appointments_as_published() -> None:
    """Sims et al. 2012, Psychiatric Services 63(2): 161-168, doi 10.1176/appi.ps.201100211.

    Four community mental health clinics: 36 % of 648 appointments missed without a text, 26 % of 1,081 and 27 % of
    1,088 with one; published as relative reductions of 28 % and 25 %.
    """
    without = Share(round(0.36 * 648), 648)
    first, second = Share(round(0.26 * 1081), 1081), Share(round(0.27 * 1088), 1088)

    reductions = [relative_risk(group, without) for group in (first, second)]

    assert [round(100 * (1 - risk.value)) for risk in reductions if risk] == [28, 25]
    assert all(risk.interval.high < 1 for risk in reductions if risk), "more than chance"


def test_nothing_of_nothing_has_no_rate_and_no_interval() -> None:
    assert Share(0, 0).rate is None
    assert Share(0, 0).interval is None
    assert difference(Share(0, 0), Share(1, 2)) is None
    assert relative_risk(Share(0, 9), Share(1, 2)) is None


def test_more_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="0 <= count <= of"):
        Share(3, 2)


def test_months_stay_as_they_are_with_twenty_or_more_each_and_are_pooled_by_quarter_otherwise() -> None:
    first, last = date(2025, 11, 20), date(2026, 2, 3)
    full = {date(2025, 11, 1): Share(3, 20), date(2025, 12, 1): Share(5, 30)}
    full |= {date(2026, 1, 1): Share(4, 25), date(2026, 2, 1): Share(4, 21)}
    thin = {**full, date(2026, 2, 1): Share(4, 19)}

    assert [each.name for each in pooled(by_month(full, first, last))] == [
        "Nov 2025",
        "Dec 2025",
        "Jan 2026",
        "Feb 2026",
    ]
    assert [(each.name, each.share) for each in pooled(by_month(thin, first, last))] == [
        ("Oct to Dec 2025", Share(8, 50)),
        ("Jan to Mar 2026", Share(8, 44)),
    ]


def test_a_month_without_appointments_is_still_a_month() -> None:
    months = by_month({date(2026, 3, 1): Share(1, 2)}, date(2026, 1, 31), date(2026, 3, 1))

    assert [(each.name, each.share.of) for each in months] == [
        ("Jan 2026", 0),
        ("Feb 2026", 0),
        ("Mar 2026", 2),
    ]
    assert total(each.share for each in months) == Share(1, 2)


def test_a_single_stratum_is_a_plain_relative_risk_and_one_without_both_sides_counts_nothing() -> None:
    now, before = Share(12, 60), Share(30, 100)
    plain, found = relative_risk(now, before), pooled_risk([(now, before), (Share(5, 9), Share(0, 0))])
    assert plain is not None
    assert found is not None
    assert found.value == pytest.approx(plain.value)
    assert found.interval.low == pytest.approx(plain.interval.low)
    assert found.interval.high == pytest.approx(plain.interval.high)
    assert pooled_risk([(Share(0, 9), Share(3, 9))]) is None


def test_a_month_that_is_bad_for_everybody_does_not_look_like_a_difference() -> None:
    calm, bad = (Share(10, 100), Share(1, 10)), (Share(4, 10), Share(40, 100))
    both = pooled_risk([calm, bad])
    naive = relative_risk(calm[0] + bad[0], calm[1] + bad[1])
    assert both is not None
    assert naive is not None
    assert both.value == pytest.approx(1)
    assert naive.value < 0.5
