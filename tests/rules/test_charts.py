"""Run charts by the rules: each rule on and just off its edge, and all of them against a second, plainer program."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.charts import (
    NEAR,
    REACH,
    Assurance,
    Base,
    Better,
    Chart,
    Number,
    Rule,
    Variation,
    judged,
    rules_in_words,
    xmr,
)
from tests.drawn import drawn

REFERENCE = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
"""The example by which NHSRplotthedots explains how its outlier screening differs from a spreadsheet."""

WAVES = [4, 6] * 6
"""Mean 5, mean moving range 2: limits -0.32 and 10.32."""


TINY = Fraction(1, 10**9)

AROUND_NOUGHT = Base(0, 0, Fraction(0), Fraction(1))
"""Mean 0, mean moving range 1."""


def _found(values: Sequence[Number], rule: Rule) -> list[int]:
    """Where the rule applies, judged around nought."""
    points = judged([Fraction(value) for value in values], AROUND_NOUGHT)
    return [index for index, point in enumerate(points) if rule in point.rules]


def _flagged(chart: Chart, rule: Rule) -> list[int]:
    return [index for index, point in enumerate(chart.points) if rule in point.rules]


def test_the_reference_example_has_the_reference_limits() -> None:
    (base,) = xmr(REFERENCE).bases

    assert (round(float(base.mean), 2), round(float(base.lower), 2), round(float(base.upper), 2)) == (
        1.94,
        -0.72,
        4.60,
    )


def test_without_screening_an_outlier_widens_the_limits() -> None:
    (base,) = xmr(REFERENCE, screened=False).bases

    assert (round(float(base.lower), 2), round(float(base.upper), 2)) == (-3.06, 6.95)
    assert _flagged(xmr(REFERENCE, screened=False), Rule.OUTSIDE) == [4]


def test_a_moving_range_at_the_screening_limit_is_left_out_and_one_just_under_it_is_kept() -> None:
    tens = [Fraction(index % 2) for index in range(10)]  # nine ranges of 1; the tenth comes
    edge = Fraction(3267 * 9, 10_000 - 3267)  # the range that equals 3.267 times the mean of all ten

    assert xmr([*tens, 1 + edge]).bases[0].moving_range == 1
    assert xmr([*tens, 1 + edge - TINY]).bases[0].moving_range == (9 + edge - TINY) / 10


def test_a_point_on_a_limit_is_within_and_a_point_beyond_it_is_not() -> None:
    (base,) = xmr(WAVES).bases

    assert not base.is_outside(base.upper)
    assert not base.is_outside(base.lower)
    assert base.is_outside(base.upper + Fraction(1, 10**9))
    assert base.is_outside(base.lower - Fraction(1, 10**9))


@pytest.mark.parametrize(("run", "is_shift"), [(6, False), (7, True)])
def test_six_points_on_one_side_are_no_shift_and_seven_are(run: int, is_shift: bool) -> None:
    assert _found([1, *([-1] * run), 1], Rule.SHIFT) == (list(range(1, 8)) if is_shift else [])


def test_a_point_on_the_mean_ends_a_run() -> None:
    assert _found([1, 1, 1, 0, 1, 1, 1, 1], Rule.SHIFT) == []
    assert _found([1, 1, 1, TINY, 1, 1, 1, 1], Rule.SHIFT) == list(range(8))


@pytest.mark.parametrize(("points", "is_trend"), [(6, False), (7, True)])
def test_six_rising_points_are_no_trend_and_seven_are(points: int, is_trend: bool) -> None:
    chart = xmr([5, 3, *range(4, 3 + points), 2, 9])

    rising = list(range(1, points + 1))
    assert _flagged(chart, Rule.TREND) == (rising if is_trend else [])


def test_two_equal_points_end_a_trend() -> None:
    assert _flagged(xmr([1, 2, 3, 4, 4, 5, 6, 7]), Rule.TREND) == []
    assert _flagged(xmr([7, 6, 5, 4, 3, 2, 1]), Rule.TREND) == list(range(7))


@pytest.mark.parametrize(
    ("three", "flagged"),
    [
        ((2.0, 2.0, 0.5), [0, 1]),
        ((2.0, 0.5, 2.0), [0, 2]),
        ((0.5, 2.0, 2.0), [1, 2]),
        ((2.0, 2.0, 2.0), [0, 1, 2]),
        ((2.0, 0.5, 0.5), []),
        ((2.0, -2.0, 0.5), []),  # near different limits
        ((2.0, 2.0, -0.5), []),  # the third is on the other side of the mean
        ((2.0, 2.0, 0.0), []),  # the third is on the mean
        ((NEAR, NEAR, 0.5), []),  # just not near
        ((NEAR + TINY, NEAR + TINY, 0.5), [0, 1]),
        ((REACH, 2.0, 0.5), [0, 1]),  # on the limit is near
        ((REACH + TINY, 2.0, 0.5), []),  # beyond it is outside, and no longer near
        ((-2.0, -2.0, -0.5), [0, 1]),
    ],
)
def test_two_of_three_near_one_limit_with_all_on_that_side_are_flagged(
    three: tuple[Number, ...], flagged: list[int]
) -> None:
    assert _found(three, Rule.TWO_OF_THREE) == flagged


def test_limits_and_runs_begin_anew_where_the_chart_is_rebased() -> None:
    before, after = [10, 12] * 6, [2, 4] * 6
    plain, rebased = xmr([*before, *after]), xmr([*before, *after], rebase_at=[12])

    assert _flagged(plain, Rule.SHIFT)
    assert not any(point.rules for point in rebased.points)
    assert [base.mean for base in rebased.bases] == [11, 3]
    assert xmr(before, rebase_at=[0, 12]).bases == xmr(before).bases


def test_the_newest_point_gives_the_verdict_on_change() -> None:
    lower = xmr([*([10, 11] * 4), *([1, 2] * 4)])

    assert lower.variation(Better.LOWER) is Variation.IMPROVEMENT
    assert lower.variation(Better.HIGHER) is Variation.CONCERN
    assert lower.variation(Better.NEITHER) is Variation.LOWER
    assert xmr(WAVES).variation(Better.LOWER) is Variation.COMMON_CAUSE


def test_a_trend_alone_is_judged_by_the_way_it_goes() -> None:
    newest = list(judged([Fraction(5 - index, 4) for index in range(7)], AROUND_NOUGHT))[4]

    assert newest.rules == {Rule.TREND}
    assert newest.side > 0
    assert newest.direction < 0


def test_the_target_is_passed_failed_or_met_by_chance() -> None:
    chart = xmr(WAVES)  # limits -0.32 and 10.32

    assert chart.assurance(11, Better.LOWER) is Assurance.PASSES
    assert chart.assurance(11, Better.HIGHER) is Assurance.FAILS
    assert chart.assurance(-1, Better.LOWER) is Assurance.FAILS
    assert chart.assurance(-1, Better.HIGHER) is Assurance.PASSES
    assert chart.assurance(chart.bases[0].upper, Better.LOWER) is Assurance.VARIES
    assert chart.assurance(None, Better.LOWER) is None
    assert chart.assurance(11, Better.NEITHER) is None


def test_the_rules_are_said_in_words() -> None:
    falling = list(judged([Fraction(-index, 2) for index in range(7)], AROUND_NOUGHT))

    assert rules_in_words(falling[6], "The DNA rate") == [
        "The DNA rate is below the lower limit.",
        "The DNA rate has fallen at 7 points in a row.",
    ]
    assert rules_in_words(falling[4], "The DNA rate")[1:] == [
        "The DNA rate is near the lower limit at two of three points in a row."
    ]


def test_a_chart_of_equal_values_finds_nothing_even_where_floats_would_round() -> None:
    chart = xmr([0.1] * 12)

    assert not any(point.rules for point in chart.points)
    assert chart.bases[0].lower == chart.bases[0].upper


def test_a_chart_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        xmr([])


# A second program, written from the rules point by point and with no line in common with the first.


def _second(values: Sequence[int], screened: bool) -> list[set[str]]:
    n = len(values)
    mean = Fraction(sum(values), n)
    gaps = [abs(values[i] - values[i - 1]) for i in range(1, n)]
    size = Fraction(sum(gaps), len(gaps)) if gaps else Fraction(0)
    if screened:
        kept = [gap for gap in gaps if Fraction(gap) * 1000 < 3267 * size]
        size = Fraction(sum(kept), len(kept)) if kept else Fraction(0)

    def outside(i: int) -> bool:
        return 100 * abs(values[i] - mean) > 266 * size

    def near(i: int) -> bool:
        return not outside(i) and 300 * abs(values[i] - mean) > 532 * size

    def windows(i: int, length: int) -> list[range]:
        return [range(s, s + length) for s in range(i - length + 1, i + 1) if s >= 0 and s + length <= n]

    found = []
    for i in range(n):
        names = set()
        if outside(i):
            names.add("outside")
        for w in windows(i, 7):
            if all(values[k] > mean for k in w) or all(values[k] < mean for k in w):
                names.add("shift")
            pairs = list(zip(w, list(w)[1:], strict=False))
            if all(values[b] > values[a] for a, b in pairs) or all(values[b] < values[a] for a, b in pairs):
                names.add("trend")
        for w in windows(i, 3):
            same = all(values[k] > mean for k in w) or all(values[k] < mean for k in w)
            if near(i) and same and sum(near(k) for k in w) >= 2:
                names.add("two_of_three")
        found.append(names)
    return found


@drawn(250)
@given(
    st.one_of(
        st.lists(st.integers(0, 6), min_size=1, max_size=30),
        st.lists(st.integers(-2, 2), min_size=8, max_size=30).map(
            lambda steps: [sum(steps[: index + 1]) for index in range(len(steps))]
        ),
        st.lists(st.sampled_from([0, 1, 1, 2, 8]), min_size=8, max_size=30),
    ),
    st.booleans(),
)
def test_a_second_program_written_from_the_rules_finds_the_same(values: list[int], screened: bool) -> None:
    chart = xmr(values, screened=screened)

    assert [{rule.value for rule in point.rules} for point in chart.points] == _second(values, screened)
