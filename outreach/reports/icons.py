"""The icons beside a run chart, drawn by us: what the newest point says, and whether the target will be met."""

from html import escape

from outreach.reports.svg import BAD, GOOD, OTHER, PLAIN, Style
from outreach.rules.charts import (
    ASSURANCE_WORDS,
    VARIATION_WORDS,
    Assurance,
    Better,
    Chart,
    Variation,
)

STYLES = {
    Variation.COMMON_CAUSE: PLAIN,
    Variation.IMPROVEMENT: GOOD,
    Variation.CONCERN: BAD,
    Variation.HIGHER: OTHER,
    Variation.LOWER: OTHER,
}

WAVES = "M9 27q5-12 10 0t10 0 10 0"
UP, DOWN = "M13 35L33 15M33 15h-12M33 15v12", "M13 13L33 33M33 33h-12M33 33v-12"
TICK, CROSS = "M29 12l4 5 7-10", "M31 8l8 8M39 8l-8 8"


def variation_icon(chart: Chart, better: Better) -> str:
    """Waves for chance; else an arrow up or down, in the style of its verdict."""
    verdict = chart.variation(better)
    arrow = UP if chart.points[-1].direction > 0 else DOWN
    line = WAVES if verdict is Variation.COMMON_CAUSE else arrow
    return _icon(VARIATION_WORDS[verdict], STYLES[verdict], [line])


def assurance_icon(verdict: Assurance, better: Better) -> str:
    """A band of chance beside the dotted line of the target: on its good side, its bad side, or across it."""
    style = {Assurance.PASSES: GOOD, Assurance.FAILS: BAD, Assurance.VARIES: PLAIN}[verdict]
    is_below = (better is Better.LOWER) == (verdict is Assurance.PASSES)
    band = {True: 28, False: 12}[is_below] if verdict is not Assurance.VARIES else 20
    sign = {Assurance.PASSES: TICK, Assurance.FAILS: CROSS, Assurance.VARIES: ""}[verdict]
    return _icon(
        ASSURANCE_WORDS[verdict],
        style,
        [f"M10 {band}h28M10 {band + 8}h28", sign],
        extra=f'<path d="M8 24h32" stroke="{style.colour}" stroke-width="2" stroke-dasharray="1 4"/>',
    )


def _icon(title: str, style: Style, lines: list[str], extra: str = "") -> str:
    path = "".join(lines)
    return (
        '<svg class="icon" viewBox="0 0 48 48" width="48" height="48" role="img" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
        f'<circle cx="24" cy="24" r="22" fill="#ffffff" stroke="{style.colour}" stroke-width="3"/>{extra}'
        f'<path d="{path}" fill="none" stroke="{style.colour}" stroke-width="3"/></svg>'
    )
