"""Turns at SQLite's one write lock: whoever waits is seen, so that long work can let what must be quick go first."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

LOOK_AGAIN = 0.001
"""Seconds between two looks. SQLite's own waiting sleeps up to a tenth of a second while the lock may be free."""

LONGEST_WAY = 0.1
"""Seconds for which somebody who gives way does so at most: everything has its turn in the end."""


def take_turn(driver: sqlite3.Connection, line: str, until: float) -> bool:
    """Begin to write as soon as nobody else does; False when that does not come by `until` or cannot come.

    `line` is a file whose lock tells everybody that somebody waits; its content means nothing.
    """
    with ExitStack() as waiting:
        is_waiting = False
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as fault:
                is_busy = getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() >= until:
                    return False
            else:
                return True
            if line and not is_waiting:
                waiting.enter_context(_lock(line, fcntl.LOCK_SH))
                is_waiting = True
            time.sleep(LOOK_AGAIN)


def give_way(line: str) -> None:
    """Wait while somebody else waits to write, but not for long. Holds no lock of ours, and so blocks nobody."""
    until = time.monotonic() + LONGEST_WAY
    while somebody_waits(line) and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)


def somebody_waits(line: str) -> bool:
    """Somebody has found the database being written to, and waits."""
    if not os.path.exists(line):  # noqa: PTH110 - asked before every batch
        return False
    try:
        with _lock(line, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


@contextmanager
def _lock(line: str, how: int) -> Iterator[None]:
    """A lock on this file until the block ends, or the process does."""
    file = os.open(line, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, how)
        yield
    finally:
        os.close(file)
