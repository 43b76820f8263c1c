"""Workers of a real engine under real trouble for minutes: prints what became of every message.

`python -m tests.faults.storm [WORDS OF A TROUBLE …]`; exit 1 unless each message was sent once.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command

from outreach.database import alembic_config, make_engine, migrate
from outreach.engines.many_tables import prepare
from tests.faults.cluster_member import start
from tests.faults.earlier import earlier_version
from tests.faults.own_postgres import OwnPostgres
from tests.faults.scene import Counts, Scene, World, world

PEOPLE = 6_000
PATIENCE_SECONDS = 240.0
SLOWLY = ("--latency", "0.3")
"""So that the trouble comes while there is work: with 64 under way about 200 a second."""


@dataclass(slots=True)
class Storm:
    """A scene with workers at work on it."""

    scene: Scene
    here: World
    stack: ExitStack
    folder: Path

    def work(self, engine: str) -> "subprocess.Popen[str]":
        """One more worker."""
        return self.stack.enter_context(start(engine, self.scene.url, self.here))

    def until(self, share: float) -> None:
        """Wait until so much of the crowd's messages has been sent, or patience is at its end."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.scene.states().get("sent", 0) < share * self.scene.people and time.monotonic() < deadline:
            time.sleep(0.5)


def database_restarted(storm: Storm, postgres: OwnPostgres) -> None:
    """PostgreSQL crashes and comes back every few seconds, under two workers."""
    storm.work("work")
    storm.work("work")
    deadline = time.monotonic() + PATIENCE_SECONDS
    restarts = 0
    while restarts < 12 and time.monotonic() < deadline:
        time.sleep(4)
        postgres.crash_and_restart()
        restarts += 1
    print(f"PostgreSQL was restarted {restarts} times", flush=True)
    storm.until(1)


def rolled_over(storm: Storm, _postgres: OwnPostgres) -> None:
    """Old workers at work, tables brought to the new version under them, new workers beside them, old ones go."""
    tree, engine = storm.folder / "earlier", make_engine(storm.scene.url)
    if not earlier_version(tree):
        print("there is no history here: both versions are this one", flush=True)
        tree = Path.cwd()
    command.downgrade(alembic_config(engine), "-1")
    with ExitStack() as old:
        for _ in range(2):
            old.enter_context(start("work", storm.scene.url, storm.here, tree=tree))
        storm.until(0.25)
        migrate(engine)
        engine.dispose()
        storm.work("work")
        storm.until(0.5)
    print(f"{storm.scene.states().get('sent', 0)} sent when the last old worker ended", flush=True)
    storm.work("work")
    storm.until(1)


def locked(storm: Storm) -> None:
    """Another program holds SQLite's lock for 30 seconds."""
    storm.work("one")
    storm.until(0.2)
    with closing(sqlite3.connect(_file_of(storm), isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(30)
        other.execute("ROLLBACK")
    storm.until(1)


def disk_full(storm: Storm) -> None:
    """No byte is left on the database's disk for 15 seconds."""
    storm.work("one")
    storm.until(0.2)
    ballast = storm.folder / "small" / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            print("the disk is full", flush=True)
    time.sleep(15)
    ballast.unlink()
    storm.until(1)


def suspended(storm: Storm) -> None:
    """A worker stands still for longer than its claims hold, while another works; then it goes on."""
    first = storm.work("one")
    storm.until(0.2)
    first.send_signal(signal.SIGSTOP)
    storm.work("one")
    time.sleep(150)
    first.send_signal(signal.SIGCONT)
    storm.until(1)


ON_POSTGRESQL: dict[str, Callable[[Storm, OwnPostgres], None]] = {
    "PostgreSQL restarted every few seconds": database_restarted,
    "a change of version rolled through": rolled_over,
}
ON_SQLITE: dict[str, Callable[[Storm], None]] = {
    "SQLite locked for 30 s": locked,
    "disk full for 15 s": disk_full,
    "a worker suspended for 150 s": suspended,
}


def main() -> int:
    """Each trouble in turn; a table of what came of them."""
    wanted = " ".join(sys.argv[1:])
    table = [_on_postgresql(name, trouble) for name, trouble in ON_POSTGRESQL.items() if wanted in name] + [
        _on_sqlite(name, trouble) for name, trouble in ON_SQLITE.items() if wanted in name
    ]
    print("\nwhat was done, to how many messages, and what became of them:")
    for counts in table:
        print(counts)
    return 0 if table and all(each.all_sent_once for each in table) else 1


def _on_postgresql(name: str, trouble: Callable[[Storm, OwnPostgres], None]) -> Counts:
    with tempfile.TemporaryDirectory() as folder, OwnPostgres() as postgres:
        url = _made(postgres.create("storm"))
        return _counted(name, Path(folder), url, lambda storm: trouble(storm, postgres))


def _on_sqlite(name: str, trouble: Callable[[Storm], None]) -> Counts:
    with tempfile.TemporaryDirectory() as folder, _small_disk(Path(folder) / "small") as disk:
        return _counted(name, Path(folder), _made(f"sqlite:///{disk}/storm.sqlite3"), trouble, disk)


def _made(url: str) -> str:
    engine = make_engine(url)
    migrate(engine)
    prepare(engine)
    engine.dispose()
    return url


def _counted(
    name: str, folder: Path, url: str, trouble: Callable[[Storm], None], disk: Path | None = None
) -> Counts:
    print(f"{name} …", flush=True)
    with world(folder, *SLOWLY) as here:
        here.disk = disk or here.disk
        scene = Scene(here, url, PEOPLE)
        here.began = time.monotonic()
        with ExitStack() as stack:
            trouble(Storm(scene, here, stack, folder))
        scene.settle()
        counts = scene.counts(name)
        scene.close()
    return counts


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 48 MB in memory, or where that may not be made a folder as any other."""
    folder.mkdir()
    made = os.geteuid() == 0 and _mounted(folder)
    if not made:
        print("no disk of its own can be made here: the whole disk would have to be filled", flush=True)
    try:
        yield folder
    finally:
        if made:
            subprocess.run(["umount", str(folder)], check=True)


def _mounted(folder: Path) -> bool:
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], check=False)
    return made.returncode == 0


def _file_of(storm: Storm) -> str:
    return storm.scene.url.removeprefix("sqlite:///")


if __name__ == "__main__":
    raise SystemExit(main())
