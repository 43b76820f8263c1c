"""A run chart with its verdicts, its sentences and its table, from rates in order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from outreach.reports.document import Figure, Table
from outreach.reports.icons import STYLES, assurance_icon, variation_icon
from outreach.reports.svg import PLAIN, Dot, Level, Picture, Style, drawn
from outreach.rules.charts import (
    ASSURANCE_WORDS,
    VARIATION_WORDS,
    Better,
    Chart,
    Point,
    Variation,
    rules_in_words,
    xmr,
)
from outreach.rules.spans import day_in_words

FEW_POINTS = 12
"""Making Data Count asks for at least this many points before limits are trusted."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day and may explain a change."""

    on: date
    what: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One point to be: when its time begins, what it is called, its value."""

    starts: date
    name: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a chart is to be judged: the measure's name ("The DNA rate"), which way is good, the target."""

    measure: str
    unit: str
    better: Better
    target: float | None = None
    rebase_on: Sequence[date] = ()
    screened: bool = True


def run_chart(
    moments: Sequence[Moment],
    wanted: Wanted,
    table: Table,
    *,
    marks: Sequence[Mark] = (),
    notes: Sequence[str] = (),
) -> Figure | None:
    """The chart with everything it says, and further notes; None without any point."""
    if not moments:
        return None
    chart = xmr(
        [moment.value for moment in moments],
        rebase_at=[_index(moments, day) for day in wanted.rebase_on],
        screened=wanted.screened,
    )
    shown = [mark for mark in marks if moments[0].starts <= mark.on]
    verdict = chart.variation(wanted.better)
    assurance = chart.assurance(wanted.target, wanted.better)
    newest = f"{moments[-1].name}: {wanted.measure[0].lower()}{wanted.measure[1:]}"
    says = [*rules_in_words(chart.points[-1], newest), VARIATION_WORDS[verdict]]
    said = [*notes, *_cautions(moments, wanted)]
    said += [f"{number}: {mark.what}, {day_in_words(mark.on)}." for number, mark in enumerate(shown, start=1)]
    icons = [variation_icon(chart, wanted.better)]
    if assurance:
        says.append(ASSURANCE_WORDS[assurance])
        icons.append(assurance_icon(assurance, wanted.better))
    picture = _picture(moments, chart, wanted, table, shown)
    return Figure(wanted.measure, drawn(picture), tuple(says), tuple(said), tuple(icons), table)


def _index(moments: Sequence[Moment], day: date) -> int:
    """The first point whose time begins on this day or later; its length where there is none."""
    return next((index for index, moment in enumerate(moments) if moment.starts >= day), len(moments))


def _cautions(moments: Sequence[Moment], wanted: Wanted) -> list[str]:
    said = []
    if len(moments) < FEW_POINTS:
        said.append(
            f"With {len(moments)} points the limits are a first guess; trust them from {FEW_POINTS} on."
        )
    begun = [day for day in wanted.rebase_on if 0 < _index(moments, day) < len(moments)]
    return said + [
        f"The average starts anew on {day_in_words(day)}, as this service has set." for day in begun
    ]


def _picture(
    moments: Sequence[Moment], chart: Chart, wanted: Wanted, table: Table, marks: Sequence[Mark]
) -> Picture:
    base = chart.bases[-1]
    description = (
        f"A run chart of {len(moments)} points. The newest is {float(moments[-1].value):.1f}{wanted.unit}, "
        f"the average {float(base.mean):.1f}{wanted.unit}, and chance keeps it between "
        f"{max(0.0, float(base.lower)):.1f} and {float(base.upper):.1f}{wanted.unit}. "
        f"{VARIATION_WORDS[chart.variation(wanted.better)]}"
    )
    return Picture(
        key=table.key,
        title=wanted.measure,
        description=description,
        unit=wanted.unit,
        dots=[
            Dot(moment.name, float(moment.value), _style(point, wanted.better))
            for moment, point in zip(moments, chart.points, strict=True)
        ],
        levels=[
            Level(each.first, each.end, float(each.mean), float(each.lower), float(each.upper))
            for each in chart.bases
        ],
        target=wanted.target,
        marks=_marks(moments, marks),
    )


def _marks(moments: Sequence[Moment], marks: Sequence[Mark]) -> list[tuple[float, str]]:
    """Where each mark stands, with the numbers of all that stand there."""
    numbers: dict[float, list[str]] = {}
    for number, mark in enumerate(marks, start=1):
        numbers.setdefault(_place(moments, mark.on), []).append(str(number))
    return [(place, ", ".join(there)) for place, there in numbers.items()]


def _place(moments: Sequence[Moment], day: date) -> float:
    """Half a step after the last point whose time began before this day."""
    return sum(moment.starts < day for moment in moments) - 0.5


def _style(point: Point, better: Better) -> Style:
    if not point.rules:
        return PLAIN
    if better is Better.NEITHER:
        return STYLES[Variation.HIGHER]
    good = 1 if better is Better.HIGHER else -1
    return STYLES[Variation.IMPROVEMENT if point.direction == good else Variation.CONCERN]
