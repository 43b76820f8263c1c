"""Small counts stay hidden: an attacker with every total, every other row and this program cannot tell them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.suppression import SMALL, Group, Shown, suppressed
from tests.drawn import drawn


def _rows(*parts: tuple[int, int]) -> list[Group]:
    return [Group(chr(65 + index), of, (count,)) for index, (of, count) in enumerate(parts)]


def _consistent(truth: Sequence[Group], shown: Sequence[Shown]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every table of (of, count) that has the published cells and the exact totals; the attacker's candidates."""
    total, counted = sum(row.of for row in truth), sum(row.counts[0] for row in truth)
    sizes = [[row.of] if row.of is not None else list(range(1, total + 1)) for row in shown[:-1]]
    last = shown[-1]
    for ofs in product(*sizes):
        rest = total - sum(ofs)
        if rest < 1 or (last.of is not None and rest != last.of):
            continue
        every = [*ofs, rest]
        choices = [
            [row.counts[0]] if row.counts[0] is not None else list(range(of + 1))
            for row, of in zip(shown, every, strict=True)
        ]
        for counts in product(*choices[:-1]):
            left = counted - sum(counts)
            if left in choices[-1]:
                yield tuple(zip(every, [*counts, left], strict=True))


def _is_small(of: int, count: int) -> bool:
    return any(number in SMALL for number in (of, count, of - count))


def test_counts_from_one_to_seven_are_hidden_and_nought_and_eight_are_not() -> None:
    shown = suppressed(_rows((60, 30), (40, 7), (40, 8), (30, 0), (20, 13), (7, 0), (50, 25), (29, 29)))
    by_name = {row.name: row for row in shown}

    assert by_name["B"] == Shown("B", 40, (None,))
    assert by_name["C"] == Shown("C", 40, (8,))
    assert by_name["D"] == Shown("D", 30, (0,))
    assert by_name["E"] == Shown("E", 20, (None,)), "seven of them were not counted"
    assert by_name["F"] == Shown("F", None, (None,))
    assert by_name["H"] == Shown("H", None, (None,)), "its size makes up for that of F"


def test_no_hidden_count_stands_alone_under_an_exact_total() -> None:
    shown = suppressed(_rows((200, 60), (90, 30), (40, 5), (80, 20)))

    assert sum(row.counts[0] is None for row in shown) >= 2
    assert [row.of for row in shown] == [200, 90, 40, 80]


def test_a_table_of_small_groups_only_is_not_shown_at_all() -> None:
    assert suppressed(_rows((3, 1), (2, 0), (5, 5))) == []


def test_groups_of_nobody_are_left_out() -> None:
    assert [row.name for row in suppressed(_rows((0, 0), (50, 25), (40, 20)))] == ["B", "C"]


large = st.tuples(st.integers(28, 45), st.integers(0, 45)).map(lambda pair: (pair[0], min(pair[0], pair[1])))
small = st.tuples(st.integers(1, 16), st.integers(0, 16)).map(lambda pair: (pair[0], min(pair[0], pair[1])))


@drawn(60)
@given(st.lists(small, min_size=1, max_size=2), st.lists(large, min_size=1, max_size=2))
def test_whoever_even_knows_which_rows_are_small_learns_no_more_than_one_to_seven(
    few: list[tuple[int, int]], many: list[tuple[int, int]]
) -> None:
    truth = _rows(*few, *many)
    shown = suppressed(truth)
    if not shown or all(row.counts[0] is None for row in shown):
        return  # then nobody knows which are small
    is_small = [_is_small(row.of, row.counts[0]) for row in truth]
    seen: dict[tuple[int, str], set[int]] = defaultdict(set)
    for table in _narrowed(truth, shown):
        if [_is_small(*row) for row in table] != is_small:
            continue
        for index, (of, count) in enumerate(table):
            seen[index, "of"].add(of)
            seen[index, "count"].add(count)
            seen[index, "rest"].add(of - count)
    for index, (row, cell) in enumerate(zip(truth, shown, strict=True)):
        if cell.of is None and row.of in SMALL:
            assert seen[index, "of"] >= set(SMALL)
        elif cell.counts[0] is None:
            for kind, number in (("count", row.counts[0]), ("rest", row.of - row.counts[0])):
                assert number not in SMALL or seen[index, kind] >= set(SMALL)


def _narrowed(truth: Sequence[Group], shown: Sequence[Shown]) -> Iterator[tuple[tuple[int, int], ...]]:
    """The candidates among which every row of 1 to 7 is known to be one: the rest would only help to hide."""
    small = {index for index, row in enumerate(truth) if row.of in SMALL}
    for known in product(SMALL, repeat=len(small)):
        sizes = dict(zip(sorted(small), known, strict=True))
        fixed = [Shown(row.name, sizes.get(index, row.of), row.counts) for index, row in enumerate(shown)]
        yield from _consistent(truth, fixed)


def test_no_small_count_is_certain_to_whoever_runs_this_program_on_every_possible_table() -> None:
    cells = [(of, count) for of in range(1, 19) for count in range(of + 1)]
    seen: dict[tuple[tuple[Shown, ...], int, int], list[tuple[tuple[int, int], ...]]] = defaultdict(list)
    for table in product(cells, repeat=2):
        shown = suppressed(_rows(*table))
        seen[tuple(shown), sum(of for of, _ in table), sum(count for _, count in table)].append(table)
    hidden = 0
    for (published, *_), tables in seen.items():
        for index, row in enumerate(published):
            counts = {table[index][1] for table in tables}
            if row.counts[0] is None and counts & set(SMALL):
                hidden += 1
                assert len(counts) > 1
    assert hidden > 500


@drawn(40)
@given(
    st.lists(st.tuples(st.integers(8, 24), st.integers(0, 24)), min_size=3, max_size=3).map(
        lambda rows: [(of, min(of, count)) for of, count in rows]
    )
)
def test_the_same_holds_for_three_groups_whose_sizes_are_seen(parts: list[tuple[int, int]]) -> None:
    truth = _rows(*parts)
    shown = suppressed(truth)
    tables = [table for table in _consistent(truth, shown) if suppressed(_rows(*table)) == shown]
    for index, row in enumerate(shown):
        if row.counts[0] is None and truth[index].counts[0] in SMALL:
            assert len({table[index][1] for table in tables}) > 1
