"""Draws run charts and their icons as SVG: sharp in print, with a title and a description, without any script."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

WIDTH, HEIGHT = 760, 372
LEFT, RIGHT, TOP, BOTTOM = 50, 742, 38, 268
MOST_LABELS = 13

INK, SOFT, GRID = "#212b32", "#4c6272", "#d8dde0"
FONT = 'font-family="Arial, Helvetica, sans-serif"'


@dataclass(frozen=True, slots=True)
class Style:
    """How one sort of point looks: its shape tells as much as its colour."""

    shape: str
    colour: str
    name: str


PLAIN = Style("circle", "#4c6272", "within what chance does")
GOOD = Style("square", "#005eb8", "change for the better")
BAD = Style("triangle", "#aa4a00", "change for the worse")
OTHER = Style("diamond", "#6b2fa0", "change")


@dataclass(frozen=True, slots=True)
class Dot:
    """One point: its label (shown in two lines, cut at the last blank), its value and its style."""

    label: str
    value: float
    style: Style


@dataclass(frozen=True, slots=True)
class Level:
    """Mean and limits from the dot `first` up to, and without, `end`."""

    first: int
    end: int
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that a run chart shows; values are nought or more. `marks` are dot numbers with a short label."""

    key: str
    title: str
    description: str
    unit: str
    dots: Sequence[Dot]
    levels: Sequence[Level]
    target: float | None = None
    marks: Sequence[tuple[float, str]] = ()


def drawn(picture: Picture) -> str:
    """The picture as one SVG element."""
    top = _ceiling(picture)
    scale = _Scale(len(picture.dots), top)
    body = [
        *_grid(scale, picture.unit),
        *_labels(scale, picture.dots),
        *_marks(scale, picture.marks),
        *_levels(scale, picture.levels),
        *_target(scale, picture.target),
        *_line(scale, picture.dots),
        *(_dot(scale.x(index), scale.y(dot.value), dot.style) for index, dot in enumerate(picture.dots)),
        *_legend(picture),
    ]
    key = escape(picture.key, quote=True)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'aria-labelledby="{key}-title {key}-description">'
        f'<title id="{key}-title">{escape(picture.title)}</title>'
        f'<desc id="{key}-description">{escape(picture.description)}</desc>{"".join(body)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From dot numbers and values to places on the paper."""

    dots: int
    top: float

    def x(self, index: float) -> float:
        """The place of a dot, half a step from either edge."""
        return round(LEFT + (index + 0.5) * (RIGHT - LEFT) / max(self.dots, 1), 1)

    def y(self, value: float) -> float:
        """The place of a value."""
        return round(BOTTOM - value / self.top * (BOTTOM - TOP), 1)


def _ceiling(picture: Picture) -> float:
    """A round number above everything that is drawn; no share is more than all."""
    highest = max(
        [dot.value for dot in picture.dots]
        + [level.upper for level in picture.levels]
        + [picture.target or 0, 1]
    )
    step = _step(highest)
    ceiling = step * ceil(highest * 1.02 / step)
    return min(ceiling, 100.0) if picture.unit == "%" else ceiling


def _step(highest: float) -> float:
    """A round distance of grid lines that gives four to eight of them."""
    unit = 1.0
    while highest / unit > 8:
        unit *= 10
    return next(unit * part for part in (0.1, 0.2, 0.25, 0.5, 1) if highest / (unit * part) <= 8)


def _grid(scale: _Scale, unit: str) -> Iterable[str]:
    step = _step(scale.top)
    for number in range(round(scale.top / step) + 1):
        y = scale.y(number * step)
        yield f'<path d="M{LEFT} {y}H{RIGHT}" stroke="{INK if not number else GRID}" fill="none"/>'
        yield _words(LEFT - 6, y + 4, f"{number * step:g}{unit}", anchor="end")


def _labels(scale: _Scale, dots: Sequence[Dot]) -> Iterable[str]:
    every = ceil(len(dots) / MOST_LABELS)
    for index, dot in enumerate(dots):
        if index % every == 0:
            above, _, below = dot.label.rpartition(" ")
            yield _words(scale.x(index), BOTTOM + 17, above, size=11)
            yield _words(scale.x(index), BOTTOM + 30, below, size=11)


def _marks(scale: _Scale, marks: Sequence[tuple[float, str]]) -> Iterable[str]:
    for index, label in marks:
        x = scale.x(index)
        yield f'<path d="M{x} {TOP - 8}V{BOTTOM}" stroke="{INK}" stroke-dasharray="2 3" fill="none"/>'
        yield _words(x, TOP - 14, label, weight="bold")


def _levels(scale: _Scale, levels: Sequence[Level]) -> Iterable[str]:
    for level in levels:
        left, right = scale.x(level.first - 0.5), scale.x(level.end - 0.5)
        yield f'<path d="M{left} {scale.y(level.mean)}H{right}" stroke="{INK}" stroke-width="1.5" fill="none"/>'
        for limit in (level.lower, level.upper):
            if 0 <= limit <= scale.top:
                yield (
                    f'<path d="M{left} {scale.y(limit)}H{right}" stroke="{SOFT}" stroke-width="1.5" '
                    'stroke-dasharray="7 4" fill="none"/>'
                )


def _target(scale: _Scale, target: float | None) -> Iterable[str]:
    if target is not None:
        y = scale.y(target)
        yield f'<path d="M{LEFT} {y}H{RIGHT}" stroke="#aa0a3c" stroke-width="2" stroke-dasharray="1 4" fill="none"/>'


def _line(scale: _Scale, dots: Sequence[Dot]) -> Iterable[str]:
    places = " ".join(f"{scale.x(index)},{scale.y(dot.value)}" for index, dot in enumerate(dots))
    yield f'<polyline points="{places}" stroke="{SOFT}" stroke-width="1.5" fill="none"/>'


def _dot(x: float, y: float, style: Style) -> str:
    fill = f'fill="{style.colour}"'
    if style.shape == "square":
        return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" {fill}/>'
    if style.shape == "triangle":
        return f'<path d="M{x} {y - 6:.1f}l6 10.5h-12z" {fill}/>'
    if style.shape == "diamond":
        return f'<path d="M{x} {y - 6:.1f}l6 6-6 6-6-6z" {fill}/>'
    return f'<circle cx="{x}" cy="{y}" r="4" {fill}/>'


def _legend(picture: Picture) -> Iterable[str]:
    """Only what the picture shows, in two rows."""
    samples: list[tuple[str, str]] = [
        ("average", f'stroke="{INK}" stroke-width="1.5"'),
        ("limits of chance", f'stroke="{SOFT}" stroke-width="1.5" stroke-dasharray="7 4"'),
    ]
    if picture.target is not None:
        samples.append(("target", 'stroke="#aa0a3c" stroke-width="2" stroke-dasharray="1 4"'))
    for index, (name, stroke) in enumerate(samples):
        x = LEFT + index * 160
        yield f'<path d="M{x} {BOTTOM + 58}h28" {stroke} fill="none"/>'
        yield _words(x + 36, BOTTOM + 62, name, anchor="start")
    for index, style in enumerate(dict.fromkeys(dot.style for dot in picture.dots)):
        x = LEFT + index * 200
        yield _dot(x + 14, BOTTOM + 82, style)
        yield _words(x + 36, BOTTOM + 86, style.name, anchor="start")


def _words(
    x: float, y: float, words: str, *, anchor: str = "middle", size: int = 12, weight: str = ""
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" {FONT} fill="{INK}"{bold}>'
        f"{escape(words)}</text>"
    )
