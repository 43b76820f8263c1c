"""XmR run charts by the rules of NHS England's Making Data Count: which change is more than chance, and in words.

Limits lie at the mean ± 2.66 mean moving ranges. The four rules are those that the R package NHSRplotthedots applies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

REACH = Fraction(266, 100)
"""Limits are this many mean moving ranges from the mean."""

NEAR = REACH * 2 / 3
"""Beyond this many, a point is near a limit."""

TOO_WIDE = Fraction(3267, 1000)
"""A moving range of at least this many mean moving ranges is screened out, if that is asked for."""

RUN = 7
"""So many points on one side of the mean make a shift; so many points in one direction make a trend."""

Number = float | Fraction


class Better(StrEnum):
    """Which way is good."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Rule(StrEnum):
    """The four ways in which a point shows more than chance."""

    OUTSIDE = "outside"
    SHIFT = "shift"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"


class Variation(StrEnum):
    """What the newest point says about change."""

    COMMON_CAUSE = "common_cause"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    HIGHER = "higher"
    LOWER = "lower"


class Assurance(StrEnum):
    """Whether the target will be met, if nothing changes."""

    PASSES = "passes"
    FAILS = "fails"
    VARIES = "varies"


@dataclass(frozen=True, slots=True)
class Base:
    """Mean and limits of the points from `first` up to, and without, `end`; exact fractions."""

    first: int
    end: int
    mean: Fraction
    moving_range: Fraction

    @property
    def lower(self) -> Fraction:
        """The lower process limit."""
        return self.mean - REACH * self.moving_range

    @property
    def upper(self) -> Fraction:
        """The upper process limit."""
        return self.mean + REACH * self.moving_range

    def side(self, value: Fraction) -> int:
        """1 above the mean, -1 below it, 0 on it."""
        return (value > self.mean) - (value < self.mean)

    def is_outside(self, value: Fraction) -> bool:
        """Beyond a limit; on it is not beyond."""
        return not self.lower <= value <= self.upper

    def is_near(self, value: Fraction) -> bool:
        """In the outer third between mean and limit."""
        return not self.is_outside(value) and abs(value - self.mean) > NEAR * self.moving_range


@dataclass(frozen=True, slots=True)
class Point:
    """One value with the rules that it breaks; `side` as in `Base.side`, `slope` 1 rising, -1 falling in a trend."""

    value: Fraction
    base: Base
    side: int
    rules: frozenset[Rule]
    slope: int

    @property
    def direction(self) -> int:
        """Which way a special cause points: a trend alone the way it goes, all others to their side of the mean."""
        return self.slope if self.rules == {Rule.TREND} else self.side


@dataclass(frozen=True, slots=True)
class Chart:
    """An XmR chart: its points in order, and a base for each stretch between rebasings."""

    points: tuple[Point, ...]
    bases: tuple[Base, ...]

    def variation(self, better: Better) -> Variation:
        """The verdict on the newest point; there is at least one."""
        newest = self.points[-1]
        if not newest.rules:
            return Variation.COMMON_CAUSE
        if better is Better.NEITHER:
            return Variation.HIGHER if newest.direction > 0 else Variation.LOWER
        good = 1 if better is Better.HIGHER else -1
        return Variation.IMPROVEMENT if newest.direction == good else Variation.CONCERN

    def assurance(self, target: Number | None, better: Better) -> Assurance | None:
        """Whether the newest limits keep to one side of the target; None without a target or a good direction."""
        if target is None or better is Better.NEITHER:
            return None
        newest, wanted = self.bases[-1], Fraction(target)
        if newest.lower <= wanted <= newest.upper:
            return Assurance.VARIES
        is_above = wanted > newest.upper
        return Assurance.PASSES if is_above == (better is Better.LOWER) else Assurance.FAILS


def xmr(values: Sequence[Number], *, rebase_at: Sequence[int] = (), screened: bool = True) -> Chart:
    """The chart of these values, at least one, in order of time; it begins anew at each index of `rebase_at`.

    `screened` leaves out moving ranges of 3.267 mean moving ranges or more, and takes the mean of the rest: one
    outlier then does not widen the limits. Values are taken exactly, so that a point on the mean is on it.
    """
    exact = [Fraction(value) for value in values]
    if not exact:
        raise ValueError("a chart needs at least one value")
    starts = sorted({0, *(index for index in rebase_at if 0 < index < len(exact))})
    bases = [
        _base(exact, first, end, screened)
        for first, end in zip(starts, [*starts[1:], len(exact)], strict=True)
    ]
    points = [point for base in bases for point in judged(exact[base.first : base.end], base)]
    return Chart(tuple(points), tuple(bases))


def _base(values: Sequence[Fraction], first: int, end: int, screened: bool) -> Base:
    part = values[first:end]
    ranges = [abs(after - before) for before, after in pairwise(part)]
    average = _mean(ranges)
    if screened:
        average = _mean([each for each in ranges if each < TOO_WIDE * average])
    return Base(first, end, _mean(part), average)


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction()) / len(values) if values else Fraction()


def judged(values: Sequence[Fraction], base: Base) -> Iterator[Point]:
    """Values in order of time, judged by the rules against this mean and these limits."""
    sides = [base.side(value) for value in values]
    slopes = _trends(values)
    shifted = _runs(sides)
    paired = _two_of_three(values, sides, base)
    for index, value in enumerate(values):
        found = {
            Rule.OUTSIDE: base.is_outside(value),
            Rule.SHIFT: index in shifted,
            Rule.TREND: bool(slopes[index]),
            Rule.TWO_OF_THREE: index in paired,
        }
        rules = frozenset(rule for rule, applies in found.items() if applies)
        yield Point(value, base, sides[index], rules, slopes[index])


def _runs(sides: Sequence[int]) -> set[int]:
    """The points of every run of `RUN` or more on one side; a point on the mean ends a run."""
    found: set[int] = set()
    for end in range(RUN, len(sides) + 1):
        window = sides[end - RUN : end]
        if abs(sum(window)) == RUN:
            found.update(range(end - RUN, end))
    return found


def _trends(values: Sequence[Fraction]) -> list[int]:
    """For each point 1 or -1 where it is part of `RUN` points that only rise or only fall, else 0; the later wins."""
    steps = [(after > before) - (after < before) for before, after in pairwise(values)]
    slopes = [0] * len(values)
    for end in range(RUN, len(values) + 1):
        total = sum(steps[end - RUN : end - 1])
        if abs(total) == RUN - 1:
            slopes[end - RUN : end] = [total // (RUN - 1)] * RUN
    return slopes


def _two_of_three(values: Sequence[Fraction], sides: Sequence[int], base: Base) -> set[int]:
    """The points near a limit where at least two of three in a row are, all three on the same side of the mean."""
    near = [base.is_near(value) for value in values]
    found: set[int] = set()
    for first in range(len(values) - 2):
        three = range(first, first + 3)
        if abs(sum(sides[first : first + 3])) == 3 and sum(near[first : first + 3]) >= 2:
            found.update(index for index in three if near[index])
    return found


def rules_in_words(point: Point, measure: str) -> list[str]:
    """Each rule that a point breaks, as a sentence such as "The DNA rate is above the upper limit."."""
    where, limit = ("above", "upper") if point.side > 0 else ("below", "lower")
    went = "risen" if point.slope > 0 else "fallen"
    said = {
        Rule.OUTSIDE: f"{measure} is {where} the {limit} limit.",
        Rule.SHIFT: f"{measure} is {where} the average {RUN} times or more in a row.",
        Rule.TREND: f"{measure} has {went} at {RUN} points in a row.",
        Rule.TWO_OF_THREE: f"{measure} is near the {limit} limit at two of three points in a row.",
    }
    return [said[rule] for rule in Rule if rule in point.rules]


VARIATION_WORDS = {
    Variation.COMMON_CAUSE: "It goes up and down as chance does: no change that the chart can see.",
    Variation.IMPROVEMENT: "This is more than chance, and for the better.",
    Variation.CONCERN: "This is more than chance, and for the worse.",
    Variation.HIGHER: "This is more than chance: it is higher than before.",
    Variation.LOWER: "This is more than chance: it is lower than before.",
}

ASSURANCE_WORDS = {
    Assurance.PASSES: "If nothing changes, the target will be met every time.",
    Assurance.FAILS: "If nothing changes, the target will never be met.",
    Assurance.VARIES: "If nothing changes, the target will be met sometimes, by chance.",
}
