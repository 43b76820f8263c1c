"""A share month by month: the run chart with its table, pooled by quarter where months are too small."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from outreach.reports.document import Figure
from outreach.reports.run_chart import Mark, Moment, Wanted, run_chart
from outreach.reports.shares import of_team
from outreach.rules.rates import FEW, Share, Stretch, by_month, pooled
from outreach.rules.spans import Span, is_whole_month


def share_over_time(
    key: str,
    shares: Mapping[date, Share],
    span: Span,
    wanted: Wanted,
    *,
    counted: str,
    marks: Sequence[Mark] = (),
    pool: bool = True,
) -> Figure | None:
    """The chart of shares by month (first days); None where there is nothing of anything.

    Months are not pooled where the same people count in each.
    """
    months, left_out = _plotted(by_month(shares, span.first, span.last), span)
    stretches = [stretch for stretch in (pooled(months) if pool else months) if stretch.share.of]
    table = of_team(
        key,
        f"{wanted.measure}: the figures",
        "When",
        counted,
        [(each.name, each.share) for each in stretches],
    )
    moments = [
        Moment(each.starts, each.name, Fraction(100 * each.share.count, each.share.of)) for each in stretches
    ]
    notes = [
        f"{month.name} lies only partly in the period and rests on {month.share.of}: it is left out here."
        for month in left_out
    ]
    return run_chart(moments, wanted, table, marks=marks, notes=notes)


def _plotted(months: Sequence[Stretch], span: Span) -> tuple[list[Stretch], list[Stretch]]:
    """The months from the first to the last in which anything was, and those at either end that are cut too short."""
    kept = list(months)
    left_out: list[Stretch] = []
    for end in (0, -1):
        while kept and not kept[end].share.of:
            kept.pop(end)
        if len(kept) > 1 and kept[end].share.of < FEW and not is_whole_month(span, kept[end].starts):
            left_out.append(kept.pop(end))
    return kept, left_out
