"""`outreach serve` with its real processes: it ends cleanly when asked, and as a whole when a part of it dies."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.commands import Commands
from tests.lists import AMINA, csv_file
from tests.whole.serving import PATIENCE_SECONDS, Running, children_of, serving


@pytest.fixture
def folder(commands: Commands, made: Path, tmp_path: Path) -> Path:
    """An installation with somebody on its list."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    (tmp_path / "list.csv").write_bytes(csv_file(AMINA))
    assert commands(tmp_path, "waitlist", "import", "list.csv").code == 0
    return tmp_path


def is_alive(pid: int) -> bool:
    """Neither gone nor merely waiting to be collected."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return False


def everybody(running: Running) -> list[int]:
    """The two children, and what they started."""
    children = running.children()
    assert len(children) == 2
    return [*children, *(each for child in children for each in children_of(child))]


def all_gone(pids: list[int]) -> bool:
    """Wait until none is left."""
    until = time.monotonic() + 30
    while any(is_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.1)
    return not any(is_alive(pid) for pid in pids)


def test_a_service_that_is_asked_to_stop_ends_cleanly_with_nothing_half_sent(
    commands: Commands, folder: Path
) -> None:
    with serving(folder) as running:
        assert running.ask("/health/live").status == 200
        pids = everybody(running)
        assert running.stop() == 0
        assert all_gone(pids)
        assert "Traceback" not in running.log.read_text(encoding="utf-8")
    states = {each["state"] for each in commands(folder, "messages", "--json").records}
    assert not states & {"claimed", "sending"}


@pytest.mark.parametrize("place", [0, 1], ids=["web", "work"])
def test_the_death_of_one_part_ends_the_whole_with_an_error(folder: Path, place: int) -> None:
    with serving(folder) as running:
        pids = everybody(running)
        os.kill(running.children()[place], signal.SIGKILL)
        assert running.process.wait(PATIENCE_SECONDS) != 0
        assert all_gone(pids)
