"""Rates from counts: how many appointments were missed, how sure that is, and what changed between two periods."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

from outreach.vocabulary import Attendance

Z = NormalDist().inv_cdf(0.975)
"""Every interval here is a 95 % interval."""

FEW = 20
"""A rate from fewer than this many jumps about by chance: months are then pooled into quarters."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The range, from low to high, in which the true value lies 95 times in 100."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value computed from samples, with its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; 0 <= count <= of."""

    count: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.of:
            raise ValueError("a share needs 0 <= count <= of")

    def __add__(self, other: "Share") -> "Share":
        return Share(self.count + other.count, self.of + other.of)

    @property
    def rate(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """The Wilson score interval (Wilson 1927, doi 10.2307/2276774); None of nothing."""
        return wilson(self.count, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Definition:
    """Which NHS attendance codes count as missed and which as attended. The rate is missed / (missed + attended).

    As shipped: missed 3 and 7, attended 5 and 6. Whether 7 (came too late to be seen) is missed is for a service to
    decide; a code in neither set is left out.
    """

    missed: frozenset[Attendance] = frozenset({Attendance.DID_NOT_ATTEND, Attendance.TOO_LATE_TO_BE_SEEN})
    attended: frozenset[Attendance] = frozenset({Attendance.SEEN_ON_TIME, Attendance.SEEN_LATE})

    def __post_init__(self) -> None:
        if not self.missed or not self.attended:
            raise ValueError("name at least one code as missed and one as attended")
        if self.missed & self.attended:
            raise ValueError("a code is either missed or attended, not both")
        if not all(code.is_settled for code in self.missed | self.attended):
            raise ValueError("only 3, 5, 6 and 7 can be missed or attended; cancellations are shown apart")

    def missed_of(self, counts: Mapping[Attendance, int]) -> Share:
        """The share of appointments that were missed, from how often each code was recorded."""
        missed = sum(counts.get(code, 0) for code in self.missed)
        return Share(missed, missed + sum(counts.get(code, 0) for code in self.attended))

    def in_words(self) -> str:
        """As a report prints it: "(3 + 7) / (3 + 7 + 5 + 6)"."""
        top = " + ".join(sorted(self.missed))
        bottom = " + ".join([*sorted(self.missed), *sorted(self.attended)])
        return f"({top}) / ({bottom})"


def wilson(count: int, of: int) -> Interval:
    """The Wilson score interval of a share; `of` is at least 1."""
    p, spread = count / of, Z * Z / of
    middle = (p + spread / 2) / (1 + spread)
    reach = Z / (1 + spread) * math.sqrt(p * (1 - p) / of + spread / (4 * of))
    low = 0.0 if count == 0 else max(0.0, middle - reach)
    return Interval(low, 1.0 if count == of else min(1.0, middle + reach))


def difference(now: Share, before: Share) -> Estimate | None:
    """`now` minus `before`, with Newcombe's interval from two Wilson intervals; None where either is of nothing.

    Newcombe 1998, method 10: doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    if now.rate is None or before.rate is None:
        return None
    new, old = wilson(now.count, now.of), wilson(before.count, before.of)
    value = now.rate - before.rate
    return Estimate(
        value,
        Interval(
            value - math.hypot(now.rate - new.low, old.high - before.rate),
            value + math.hypot(new.high - now.rate, before.rate - old.low),
        ),
    )


def relative_risk(now: Share, before: Share) -> Estimate | None:
    """`now` divided by `before`, with the interval of its logarithm (Katz 1978, doi 10.2307/2530610).

    None where either count is nothing: the logarithm does not exist, and no interval would be honest.
    """
    if not now.count or not before.count:
        return None
    value = (now.count / now.of) / (before.count / before.of)
    error = math.sqrt(1 / now.count - 1 / now.of + 1 / before.count - 1 / before.of)
    return Estimate(value, Interval(value * math.exp(-Z * error), value * math.exp(Z * error)))


def pooled_risk(strata: Iterable[tuple[Share, Share]]) -> Estimate | None:
    """`now` divided by `before` within each stratum of (now, before), put together after Mantel and Haenszel.

    So a change over time that everybody shares is not taken for a difference. The interval: Greenland, Robins 1985,
    doi 10.2307/2530643. None where no stratum has both sides, or nobody was counted on one of them.
    """
    above = below = variance = 0.0
    for now, before in strata:
        everybody = now.of + before.of
        if not now.of or not before.of:
            continue
        above += now.count * before.of / everybody
        below += before.count * now.of / everybody
        both = now.of * before.of * (now.count + before.count) - now.count * before.count * everybody
        variance += both / everybody**2
    if not above or not below:
        return None
    value, error = above / below, math.sqrt(variance / (above * below))
    return Estimate(value, Interval(value * math.exp(-Z * error), value * math.exp(Z * error)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The share in one calendar month or quarter, which begins on `starts`."""

    starts: date
    months: int
    share: Share

    @property
    def name(self) -> str:
        """As people say it: "Mar 2026", or "Jan to Mar 2026"."""
        last = date(self.starts.year, self.starts.month + self.months - 1, 1)
        first = f"{self.starts:%b} to " if self.months > 1 else ""
        return f"{first}{last:%b %Y}"


def by_month(shares: Mapping[date, Share], first: date, last: date) -> list[Stretch]:
    """One stretch for each calendar month from `first` to `last`, also where nothing happened.

    `shares` are by the first day of their month.
    """
    return [Stretch(month, 1, shares.get(month, Share(0, 0))) for month in months_between(first, last)]


def months_between(first: date, last: date) -> list[date]:
    """The first day of each calendar month that has a day between the two."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def pooled(months: Sequence[Stretch]) -> list[Stretch]:
    """The months as they are, or by calendar quarter as soon as one month rests on fewer than `FEW`."""
    if all(month.share.of >= FEW for month in months):
        return list(months)
    quarters: dict[date, Share] = {}
    for month in months:
        quarter = date(month.starts.year, (month.starts.month - 1) // 3 * 3 + 1, 1)
        quarters[quarter] = quarters.get(quarter, Share(0, 0)) + month.share
    return [Stretch(starts, 3, share) for starts, share in quarters.items()]


def total(shares: Iterable[Share]) -> Share:
    """All of them together."""
    return sum(shares, Share(0, 0))
