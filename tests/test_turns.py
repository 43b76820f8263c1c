"""At SQLite's one write lock, whoever waits is seen and has a turn, and nobody waits for ever."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from outreach.turns import LONGEST_WAY, give_way, somebody_waits, take_turn


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "some.sqlite3")
    with closing(_open(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE noted (who TEXT)")
    return path


def _open(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


@contextmanager
def _somebody_waiting(path: str, gets: list[bool]) -> Iterator[None]:
    """A thread that waits for its turn for a minute at most."""

    def wait() -> None:
        with closing(_open(path)) as connection:
            gets.append(take_turn(connection, f"{path}-line", time.monotonic() + 60))
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        while not somebody_waits(f"{path}-line"):
            assert thread.is_alive()
        yield
    finally:
        thread.join()


def test_whoever_waits_is_seen_until_their_turn_comes(database: str) -> None:
    gets: list[bool] = []
    with closing(_open(database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with _somebody_waiting(database, gets):
            writer.execute("COMMIT")
    assert gets == [True]
    assert not somebody_waits(f"{database}-line")


def test_long_work_gives_way_but_not_for_long_and_blocks_nobody_meanwhile(database: str) -> None:
    gets: list[bool] = []
    with closing(_open(database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with _somebody_waiting(database, gets):
            began = time.monotonic()
            give_way(f"{database}-line")
            gave = time.monotonic() - began
            writer.execute("COMMIT")
    assert gave >= LONGEST_WAY
    assert gets == [True]


def test_nobody_waits_where_nobody_ever_had_to(database: str) -> None:
    with closing(_open(database)) as writer:
        assert take_turn(writer, f"{database}-line", time.monotonic())
    give_way(f"{database}-line")
    assert not Path(f"{database}-line").exists()


def test_a_turn_that_does_not_come_in_time_is_given_up(database: str) -> None:
    with closing(_open(database)) as writer, closing(_open(database)) as late:
        writer.execute("BEGIN IMMEDIATE")
        assert not take_turn(late, f"{database}-line", time.monotonic())
        writer.execute("COMMIT")
        assert take_turn(late, f"{database}-line", time.monotonic())


def test_a_turn_that_cannot_come_is_not_waited_for(database: str) -> None:
    with closing(_open(database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert not take_turn(writer, f"{database}-line", time.monotonic() + 60)
