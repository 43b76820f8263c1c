"""Counts by week over many possible futures: what to expect, and the range that holds 90 of 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist, fmean, pvariance

SURE = 0.90
"""The part of all weeks that the range is meant to hold."""

Z = NormalDist().inv_cdf(0.5 + SURE / 2)


@dataclass(frozen=True, slots=True)
class Range:
    """What to expect, and from low to high what 90 of 100 weeks stay within."""

    expected: float
    low: float
    high: float

    def holds(self, count: float) -> bool:
        """This count lies within."""
        return self.low <= count <= self.high


def monday_of(day: date) -> date:
    """The Monday of this day's week."""
    return day - timedelta(days=day.weekday())


def range_of(counts: Sequence[float], scale: float = 1.0) -> Range:
    """The range of one week from its counts in several futures, each lived by one of `scale` parts of everybody.

    Two things spread: the futures differ, and people do what they do independently. Living a part only and scaling
    it up exaggerates the second by the scale, which is taken off again; a count of independent people varies by its
    square root at most. A handful of futures also leaves the expectation itself unsure.
    """
    expected = fmean(counts) * scale
    seen = pvariance(counts) * scale**2
    of_counting = (scale - 1) * expected
    spread = max(seen - of_counting, expected / 4) + seen / len(counts)
    half = Z * spread**0.5 + 0.5
    return Range(expected, max(0.0, expected - half), expected + half)
