"""Writes docs/speed.md and its chart from the last results, so that no figure in it was typed by hand."""

import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.line import kept

DOCS = Path(__file__).parent.parent / "docs"
A_PAGE = "page "
"""What the names of single pages begin with; they have a table of their own."""

WIDTH, ROW, LEFT = 720, 26, 330

HEAD = """# How fast it is

Written by `make bench`; nothing here was typed by hand. Every figure is a ratio of two things measured in one run
on one machine, in turns, as the median of three: absolute figures drift, ratios keep. The other side is the plain
thing (the provider's bare client, pure SQL, a minimal hook) or what one would use instead (Celery with Redis,
django-post-office), each set up as its own documentation advises. `python -m benchmarks NAME`
measures one suite again; `--list` names them.

![Each result against its goal](speed.svg)

| what | ratio | goal | met | measured |
| --- | --- | --- | --- | --- |
"""


def write_page() -> None:
    """The page and the chart."""
    rows = [row for row in kept().values() if not str(row["name"]).startswith(A_PAGE)]
    table = "".join(_row(row) for row in rows) + _pages()
    machine = (
        f"\nMeasured on {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.\n"
    )
    (DOCS / "speed.md").write_text(HEAD + table + machine + _more(), encoding="utf-8")
    (DOCS / "speed.svg").write_text(_chart(rows), encoding="utf-8")


def _pages() -> str:
    """The server time of each page of the staff site."""
    rows = [row for row in kept().values() if str(row["name"]).startswith(A_PAGE)]
    lines = "".join(f"| `{row['what']}` | {row['detail']} |\n" for row in rows)
    return f"\n## Page by page\n\n| page | server time |\n| --- | --- |\n{lines}" if rows else ""


def _more() -> str:
    """What a person wrote below the figures: how they are reached."""
    notes = Path(__file__).parent / "notes.md"
    return f"\n{notes.read_text(encoding='utf-8')}" if notes.exists() else ""


def _goal(row: dict[str, Any]) -> str:
    if not row["goal"]:
        return "none"
    return f"{'≤' if row['at_most'] else '≥'} {row['goal']:g}"


def _row(row: dict[str, Any]) -> str:
    met = "yes" if row["met"] else "**no**"
    return f"| {row['what']} | {row['ratio']:.3g} | {_goal(row)} | {met} | {row['detail']} |\n"


def _share(row: dict[str, Any]) -> float:
    """How far the goal is reached: 1 is exactly."""
    ratio, goal = float(row["ratio"]), float(row["goal"])
    if row["at_most"]:
        return goal / ratio if ratio else 3.0
    return ratio / goal if goal else ratio


def _chart(rows: list[dict[str, Any]]) -> str:
    """A bar a line, as far as its goal is reached; the line at 1 is the goal."""
    height = ROW * (len(rows) + 1)
    scale = (WIDTH - LEFT - 60) / 3
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="Arial, sans-serif" font-size="12"><title>Each result against its goal</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for number, row in enumerate(rows):
        top, share = ROW * number + 5, _share(row)
        length, colour = max(2.0, min(share, 3.0) * scale), "#007f3b" if row["met"] else "#b25c00"
        parts += [
            f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{row["name"]}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{length:.0f}" height="16" fill="{colour}"/>',
            f'<text x="{LEFT + length + 6:.0f}" y="{top + 13}">{row["ratio"]:.3g} ({_goal(row)})</text>',
        ]
    at = LEFT + scale
    parts += [
        f'<line x1="{at:.0f}" x2="{at:.0f}" y1="0" y2="{height - ROW + 4}" stroke="#212b32" stroke-dasharray="4 3"/>',
        f'<text x="{at:.0f}" y="{height - 6}" text-anchor="middle">the goal</text></svg>\n',
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    write_page()
