"""What we calculate agrees with independent libraries, which take a second to load."""

from collections import Counter
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.lots import Lot, people_needed
from outreach.rules.rates import Interval, Share, difference, pooled_risk, relative_risk, wilson
from tests.drawn import drawn
from tests.rules.test_lots import LOT, PEOPLE

pytestmark = pytest.mark.thorough

shares = st.integers(1, 2000).flatmap(lambda of: st.builds(Share, st.integers(0, of), st.just(of)))


def _agrees(interval: Interval, other: Any) -> bool:
    return bool(
        interval.low == pytest.approx(other[0], abs=5e-7)
        and interval.high == pytest.approx(other[1], abs=5e-7)
    )


@drawn(120)
@given(shares, shares)
def test_intervals_agree_with_an_independent_library(now: Share, before: Share) -> None:
    theirs = import_module("statsmodels.stats.proportion")
    assert _agrees(wilson(now.count, now.of), theirs.proportion_confint(now.count, now.of, method="wilson"))
    four = (now.count, now.of, before.count, before.of)
    change = difference(now, before)
    assert change is not None
    assert change.value == pytest.approx(now.count / now.of - before.count / before.of)
    assert _agrees(
        change.interval, theirs.confint_proportions_2indep(*four, method="newcomb", compare="diff")
    )
    risk = relative_risk(now, before)
    if risk is None:
        assert not now.count or not before.count
        return
    low, high = theirs.confint_proportions_2indep(*four, method="log", compare="ratio")
    assert risk.interval.low == pytest.approx(low, rel=1e-6)
    assert risk.interval.high == pytest.approx(high, rel=1e-6)


def test_strata_are_put_together_as_an_independent_library_does() -> None:
    strata = [(Share(12, 60), Share(30, 100)), (Share(9, 80), Share(10, 40)), (Share(2, 90), Share(1, 10))]
    tables = [
        [[now.count, now.of - now.count], [before.count, before.of - before.count]] for now, before in strata
    ]
    theirs = import_module("statsmodels.stats.contingency_tables")
    found = pooled_risk(strata)
    assert found is not None
    assert found.value == pytest.approx(theirs.StratifiedTable(tables).riskratio_pooled, abs=1e-9)
    assert found.interval.low < found.value < found.interval.high


def test_four_cohorts_of_five_thousand_people_are_balanced_within_chance() -> None:
    counts = Counter(LOT.arm_of(person) for person in PEOPLE)
    assert set(counts) == {0, 1, 2, 3}
    chisquare = import_module("scipy.stats").chisquare
    assert chisquare(list(counts.values())).pvalue > 0.001
    over_seeds = [chisquare(_sizes(seed)).pvalue for seed in range(40)]
    assert 0.3 < sum(over_seeds) / len(over_seeds) < 0.7, "neither lopsided nor more even than chance"


def _sizes(seed: int) -> list[int]:
    lot = Lot(seed, 4)
    counts = Counter(lot.arm_of(person) for person in PEOPLE[:1000])
    return [counts[arm] for arm in range(4)]


@pytest.mark.parametrize(("before", "hoped"), [(0.36, 0.26), (0.2, 0.1), (0.5, 0.45), (0.1, 0.2)])
def test_the_number_of_people_agrees_with_an_independent_library(before: float, hoped: float) -> None:
    high, low = max(before, hoped), min(before, hoped)
    library = import_module("statsmodels.stats.proportion")
    theirs = library.samplesize_proportions_2indep_onetail(high - low, low, 0.8, ratio=1, alpha=0.05)
    assert people_needed(before, hoped) == pytest.approx(theirs, rel=0.03, abs=1.5)
