"""Tables of rates: the team's own with every count, and those by group with small counts hidden."""

from collections.abc import Mapping, Sequence
from datetime import date

from outreach.reports.document import HIDDEN, Cell, Exported, Row, Table
from outreach.rules.rates import Estimate, Interval, Share, difference, relative_risk, total
from outreach.rules.spans import day_in_words
from outreach.rules.suppression import Group, Shown, count_shown, suppressed

NOTE = (
    "Counts from 1 to 7 are hidden, and with them whatever would give them away. "
    "Where few appointments make a rate, read its range rather than the rate itself."
)


def percent(rate: float | None) -> float | None:
    """A rate between 0 and 1 as a percentage with one decimal."""
    return None if rate is None else round(100 * rate, 1)


def of_team(key: str, title: str, first: str, counted: str, shares: Sequence[tuple[str, Share]]) -> Table:
    """The team's own rates with every count; what is exported of them hides small ones."""
    groups = [Group(name, share.of, (share.count,)) for name, share in shares]
    return Table(
        key,
        title,
        _columns(first, counted),
        [_row(name, share.count, share.of) for name, share in shares],
        Exported(_columns(first, counted), [_shown_row(row) for row in suppressed(groups)]),
    )


def by_group(
    key: str, title: str, first: str, counted: str, shares: Mapping[str, Share], *, order: Sequence[str] = ()
) -> Table:
    """Rates by group, with small counts hidden for everybody; in the given order, else the largest first."""
    place = {name: index for index, name in enumerate(order)}
    names = sorted(shares, key=lambda name: (place.get(name, len(place)), -shares[name].of, name))
    shown = suppressed([Group(name, shares[name].of, (shares[name].count,)) for name in names])
    rows = [_shown_row(row) for row in shown]
    return Table(key, title, _columns(first, counted), [*rows, *_sums(shares, shown)], note=NOTE)


def _columns(first: str, counted: str) -> tuple[str, ...]:
    return (first, counted, "Of", "Rate (%)", "From (%)", "To (%)")


def _row(name: str, count: int, of: int) -> Row:
    share = Share(count, of)
    low, high = _ends(share.interval)
    return (name, count, of, percent(share.rate), low, high)


def _ends(interval: Interval | None) -> tuple[Cell, Cell]:
    return (percent(interval.low), percent(interval.high)) if interval else (None, None)


def _shown_row(row: Shown) -> Row:
    (count,) = row.counts
    if row.of is not None and count is not None:
        return _row(row.name, count, row.of)
    return (row.name, HIDDEN, HIDDEN if row.of is None else row.of, HIDDEN, HIDDEN, HIDDEN)


def _sums(shares: Mapping[str, Share], shown: Sequence[Shown]) -> list[Row]:
    """What the hidden rows come to together, and everything: both follow from the team's own totals."""
    everything = total(shares.values())
    if count_shown(everything.count) is None or count_shown(everything.of - everything.count) is None:
        return []
    whole = _row("All together", everything.count, everything.of)
    hidden = [row.name for row in shown if row.counts[0] is None]
    if not hidden or len(hidden) == len(shown):
        return [whole]
    rest = total(shares[name] for name in hidden)
    return [_row(f"The {len(hidden)} hidden groups together", rest.count, rest.of), whole]


def before_and_after(
    key: str, title: str, counted: str, *, before: Share, after: Share, compare: date
) -> Table:
    """Both rates, the difference in percentage points and the relative risk, each with its interval."""
    day = day_in_words(compare)
    return two_compared(
        key,
        title,
        "When",
        counted,
        first=(f"Before {day}", before),
        second=(f"From {day}", after),
        ratio=("Relative risk (after / before)", relative_risk(after, before)),
    )


def two_compared(
    key: str,
    title: str,
    column: str,
    counted: str,
    *,
    first: tuple[str, Share],
    second: tuple[str, Share],
    ratio: tuple[str, Estimate | None],
) -> Table:
    """Two rates with the difference of the second from the first, and a ratio, each with its interval."""
    both = of_team(key, title, column, counted, [first, second])
    change, risk = difference(second[1], first[1]), ratio[1]
    more: list[Row] = []
    if change:
        more.append(_estimate("Difference (percentage points)", change, 100, 1))
    if risk:
        more.append(_estimate(ratio[0], risk, 1, 2))
    shown = list(both.for_others.rows)
    if shown and not any(
        HIDDEN in row for row in shown
    ):  # else an exact difference would give hidden counts away
        shown += more
    return Table(key, title, both.columns, [*both.rows, *more], Exported(both.columns, shown))


def _estimate(name: str, estimate: Estimate, times: int, digits: int) -> Row:
    values = (estimate.value, estimate.interval.low, estimate.interval.high)
    return (name, None, None, *(round(times * value, digits) for value in values))


def rate_in_words(share: Share) -> str:
    """A share of something as people say it: "34 (33%)"."""
    return f"{share.count:,} ({100 * share.count / share.of:.0f}%)" if share.of else "none"


def change_in_words(of_what: str, before: Share, after: Share, compare: date) -> list[str]:
    """What changed from one period to the next, and how sure that is; nothing where one of them is empty."""
    change = difference(after, before)
    if change is None:
        return []
    said = [
        f"Before {day_in_words(compare)} the share of {of_what} was {_rate(before)}, from then on {_rate(after)}."
    ]
    low, high = 100 * change.interval.low, 100 * change.interval.high
    if low <= 0 <= high:
        said.append(
            f"This may be chance: the true change lies between {_points(low)} lower and {_points(high)} higher."
        )
        return said
    ends = sorted((abs(low), abs(high)))
    word = "lower" if high < 0 else "higher"
    said.append(
        f"That is {_points(100 * change.value)} {word}, and chance alone rarely does this: "
        f"the true change lies between {_number(ends[0])} and {_points(ends[1])}."
    )
    risk = relative_risk(after, before)
    if risk:
        said.append(f"Relative to before, that is {_relative(risk)}.")
    return said


def _rate(share: Share) -> str:
    return f"{100 * share.count / share.of:.0f}% ({share.count:,} of {share.of:,})"


def _points(value: float) -> str:
    number = _number(value)
    return f"{number} percentage point{'' if number == '1' else 's'}"


def _number(value: float) -> str:
    """Whole, but small ones with one decimal; without a sign."""
    return f"{abs(value):.0f}" if abs(value) >= 0.95 else f"{abs(value):.1f}"


def _relative(risk: Estimate) -> str:
    ends = sorted(abs(1 - end) * 100 for end in (risk.interval.low, risk.interval.high))
    word = "a reduction" if risk.value < 1 else "a rise"
    return f"{word} of {100 * abs(1 - risk.value):.0f}% (between {ends[0]:.0f}% and {ends[1]:.0f}%)"
