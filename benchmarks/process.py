"""Processes that are measured from outside: how long, how much CPU, how much memory, whatever they are written in."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how much was done, in how many seconds, with how much CPU time, and the peak memory in MB."""

    count: int
    seconds: float
    cpu: float
    memory: float = 0.0

    @property
    def per_second(self) -> float:
        """Pieces of work a second."""
        return self.count / self.seconds

    @property
    def cpu_each(self) -> float:
        """Milliseconds of CPU time a piece."""
        return self.cpu * 1000 / self.count


def tree(pid: int) -> Iterator[int]:
    """This process and all below it."""
    yield pid
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            parent = _stat(int(folder.name))
            if parent:
                children.setdefault(int(parent[1]), []).append(int(folder.name))
    level = [pid]
    while level:
        level = [child for each in level for child in children.get(each, [])]
        yield from level


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; blank for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return []


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds of CPU time that these processes and all below them have used, ended ones too."""
    used = 0
    for pid in {each for top in pids for each in tree(top)}:
        fields = _stat(pid)
        used += sum(int(field) for field in fields[11:15]) if fields else 0
    return used / TICK


def memory_of(pids: Iterable[int]) -> float:
    """The sum of what these processes and all below them held at their peaks, in MB."""
    held = 0
    for pid in {each for top in pids for each in tree(top)}:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            continue
        held += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return held / 1024


@contextmanager
def program(*words: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program with its lines to read and write; ended with the block."""
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that it says."""
    assert process.stdout
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"{process.args!r} ended without a word")
    return line


def go(process: subprocess.Popen[str]) -> None:
    """Let it begin, or end."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def contestant(name: str, *words: object, python: str = sys.executable) -> list[str]:
    """The command of one of `benchmarks/contestants`."""
    return [python, "-m", f"benchmarks.contestants.{name}", *map(str, words)]


def race(
    *commands: Sequence[str], besides: Sequence[int] = (), count: int = 0, env: dict[str, str] | None = None
) -> Run:
    """Start these together when all are ready; done when all are. The CPU time of the pids `besides` counts too.

    `count` is how much there was to do, where they do not tell; those that do must have done all of it.
    """
    with ExitStack() as stack:
        runners = [stack.enter_context(program(*command, env=env)) for command in commands]
        for runner in runners:
            assert line_of(runner) == "ready", runner.args
        pids = [*(runner.pid for runner in runners), *besides]
        used, began = cpu_of(pids), time.monotonic()
        for runner in runners:
            go(runner)
        told = [json.loads(line_of(runner)) for runner in runners]
        seconds = time.monotonic() - began
        run = Run(_done(told, count), seconds, cpu_of(pids) - used, memory_of(pids))
        for runner in runners:
            go(runner)
    return run


def _done(told: list[dict[str, Any]], count: int) -> int:
    done = sum(int(each.get("accepted", 0)) for each in told)
    if count and done != count:
        raise RuntimeError(f"{done} of {count} were done: {told}")
    return done


def rounds(times: int, *runs: Callable[[], Run]) -> list[list[Run]]:
    """Each of these so many times, in turns, so that a slow moment of the machine strikes all alike."""
    results: list[list[Run]] = [[] for _ in runs]
    for _ in range(times):
        for result, run in zip(results, runs, strict=True):
            result.append(run())
    return results


def speed(runs: Sequence[Run]) -> float:
    """The median of pieces a second."""
    return statistics.median(run.per_second for run in runs)


def cpu_each(runs: Sequence[Run]) -> float:
    """The median of milliseconds of CPU time a piece."""
    return statistics.median(run.cpu_each for run in runs)


def used(runs: Sequence[Run]) -> str:
    """Speed, CPU time and peak memory in words."""
    return f"{speed(runs):,.0f}/s, {cpu_each(runs):.2f} ms CPU each, {memory(runs):.0f} MB"


def memory(runs: Sequence[Run]) -> float:
    """The largest peak, in MB."""
    return max(run.memory for run in runs)
