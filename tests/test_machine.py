"""Tests run with as many processes as the machine carries."""

from pathlib import Path

import pytest

from tests.machine import processes


@pytest.mark.parametrize(
    ("quota", "wanted"),
    [
        ("100000 100000", {2}),
        ("300000 100000", {2, 3}),
        ("max 100000", {2, 3, 4, 5, 6}),
        (None, {2, 3, 4, 5, 6}),
    ],
)
def test_a_container_is_believed_about_its_time_and_the_number_stays_small(
    tmp_path: Path, quota: str | None, wanted: set[int]
) -> None:
    file = tmp_path / "cpu.max"
    if quota:
        file.write_text(f"{quota}\n", encoding="ascii")
    assert processes(file) in wanted
