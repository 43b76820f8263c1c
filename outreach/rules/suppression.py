"""Hides small counts in tables by group so that nobody can work them out from the totals or from the other rows.

A reader may know the exact totals and this program, and still no hidden small count is certain to them. To a reader
who even knows which rows are small, each of them may be any count from 1 to 7.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMALL = range(1, 8)
"""These counts could point to somebody. Nought points to nobody."""

ROOM = len(SMALL) - 1
"""How far a hidden small count must be able to move, up or down, at the cost of other hidden ones."""

LARGE = SMALL.stop
"""The smallest count that is neither nought nor small."""

ROOMY = LARGE + ROOM
"""A count of this or more can give that much away and stays large."""


@dataclass(frozen=True, slots=True)
class Group:
    """One row: so many people or appointments, and of them so many for each measure of the table."""

    name: str
    of: int
    counts: tuple[int, ...] = ()

    def parts(self, measure: int) -> tuple[int, int]:
        """Those counted under a measure, and the others."""
        return self.counts[measure], self.of - self.counts[measure]


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it may be seen: None is hidden."""

    name: str
    of: int | None
    counts: tuple[int | None, ...] = ()


def suppressed(groups: Sequence[Group]) -> list[Shown]:
    """The rows with everything hidden that would give away a count from 1 to 7, in the same order.

    A row of so few is hidden whole. A measure of a row is hidden where either part of it is small. In both cases a
    further row is hidden with them, large enough that the total no longer tells. Where none is, all rows are; where
    that would hide even their sizes, there is no row at all. Rows of nobody are left out. Measures may overlap:
    nothing is published that adds them up.
    """
    rows = [group for group in groups if group.of]
    sizes = _hidden_sizes(rows)
    if len(sizes) == len(rows):
        return []
    measures = range(len(rows[0].counts)) if rows else range(0)
    splits = [_hidden_splits(rows, sizes, measure) for measure in measures]
    return [
        Shown(
            row.name,
            None if index in sizes else row.of,
            tuple(None if index in splits[measure] else row.counts[measure] for measure in measures),
        )
        for index, row in enumerate(rows)
    ]


def _hidden_sizes(rows: Sequence[Group]) -> frozenset[int]:
    """The rows whose size is hidden: the small ones, and the smallest other that can make up for each of them."""
    small = {index for index, row in enumerate(rows) if row.of in SMALL}
    if not small:
        return frozenset()
    roomy = [index for index, row in enumerate(rows) if row.of >= 2 * ROOMY]  # then so is its larger part
    if not roomy:
        return frozenset(range(len(rows)))
    return frozenset(small | {min(roomy, key=lambda index: rows[index].of)})


def _hidden_splits(rows: Sequence[Group], sizes: frozenset[int], measure: int) -> frozenset[int]:
    """The rows whose count under a measure is hidden."""
    split = [row.parts(measure) for row in rows]
    small = {index for index, parts in enumerate(split) if any(part in SMALL for part in parts)}
    hidden = small | sizes
    if not hidden:
        return frozenset()
    large = [index for index in range(len(rows)) if index not in small and min(split[index]) >= LARGE]
    large.sort(key=lambda index: (index not in hidden, min(split[index]) < ROOMY, rows[index].of))
    free: list[tuple[int, int]] = []
    while not _have_room(free):
        if not large:
            return frozenset(range(len(rows)))
        index = large.pop(0)
        hidden.add(index)
        free.append((split[index][0] - LARGE, split[index][1] - LARGE))
    return frozenset(hidden)


def _have_room(free: Iterable[tuple[int, int]]) -> bool:
    """Both parts of the rows hidden for the others' sake can give away as much as a small count may need."""
    pairs = list(free)
    return all(sum(pair[part] for pair in pairs) >= ROOM for part in (0, 1))


def count_shown(count: int | None) -> int | None:
    """A single count on its own, such as a total: hidden where it is small."""
    return None if count in SMALL else count
