"""The waiting list: rows a second and peak memory of `outreach waitlist import`, as a process of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.line import Line, Size
from benchmarks.process import Run, memory_of
from benchmarks.provider import SCRATCH
from tests.waitlists import as_csv, make_waitlist

ROWS = 100_000
LEAST_A_SECOND = 2_000
MOST_MB = 300
LOOK_SECONDS = 0.05


def measure(size: Size) -> Iterator[Line]:
    """Taking a new list in, and taking the same list in again, which changes nothing."""
    rows = size.of(ROWS)
    folder = Path(tempfile.mkdtemp(prefix="import-", dir=SCRATCH))
    try:
        _outreach(folder, "init")
        (folder / "list.csv").write_bytes(as_csv(make_waitlist(rows, seed=3, today=date.today())))  # noqa: DTZ011
        for name in ("new", "again"):
            run = import_once(folder, rows)
            yield from _lines(name, run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def import_once(folder: Path, rows: int) -> Run:
    """One import from start to end of its process."""
    began = time.monotonic()
    cpu, peak = _outreach(folder, "waitlist", "import", "list.csv", "--json")
    return Run(rows, time.monotonic() - began, cpu, peak)


def _outreach(folder: Path, *words: str) -> tuple[float, float]:
    """Run a command to its end: its seconds of CPU, and MB at its peak. RuntimeError when it fails.

    Its memory is asked for while it lives: what the system tells after its end can be what this process held.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", *words], cwd=folder, stdout=subprocess.DEVNULL
    ) as process:
        peak, ended, status = 0.0, 0, 0
        while not ended:
            time.sleep(LOOK_SECONDS)
            peak = max(peak, memory_of([process.pid]))
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"outreach {' '.join(words)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, peak


def _lines(name: str, run: Run) -> Iterator[Line]:
    told = (
        f"{run.count:,} rows in {run.seconds:.1f} s ({run.cpu:.1f} s of CPU), {run.per_second:,.0f} a second"
    )
    yield Line(
        f"import: {name}",
        f"of {LEAST_A_SECOND:,} rows a second, from start to end of the command",
        run.per_second / LEAST_A_SECOND,
        1,
        detail=told,
    )
    yield Line(
        f"import: memory, {name}",
        f"of {MOST_MB} MB at the peak",
        run.memory / MOST_MB,
        1,
        at_most=True,
        detail=f"{run.memory:.0f} MB for {run.count:,} rows",
    )


def main() -> None:
    """Measure in full."""
    SCRATCH.mkdir(exist_ok=True)
    for line in measure(Size()):
        print(line)


if __name__ == "__main__":
    main()
