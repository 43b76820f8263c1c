"""Our hook for replies, with everything it does, against a minimal one; and while a tick plans for 10,000 people."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.contestants.poster import WARMING
from benchmarks.delivery import free_port
from benchmarks.house import copied, made, services_for
from benchmarks.line import Line, Size
from benchmarks.process import (
    Run,
    contestant,
    cpu_each,
    cpu_of,
    go,
    line_of,
    memory,
    memory_of,
    program,
    speed,
)
from benchmarks.provider import SCRATCH
from outreach.services import Services
from tests.crowd import crowd, enrol
from tests.posting import secret_of

SENDERS = 1_000
"""As many as there are made-up mobile numbers: each writes once, so that none is a burst."""

AT_ONCE = 4

Process = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Posted:
    """One run of posts: what a hook used for them, and how long each took, in milliseconds."""

    run: Run
    took: list[float]

    def slowest(self, share: float) -> float:
        """The time within which all but this share of them were answered."""
        return sorted(self.took)[int(len(self.took) * (1 - share))]


def measure(size: Size) -> Iterator[Line]:
    """Replies a second, then how long the slowest hundredth waits."""
    posts = size.of(SENDERS - WARMING)
    base = made(SCRATCH, "hook", lambda services: crowd(services, SENDERS, name="Writer"))
    busy = made(SCRATCH, f"hook-{size.of(10_000)}", lambda services: _busy(services, size.of(10_000)))
    ours, plain, idle, during = list[Posted](), list[Posted](), list[Posted](), list[Posted]()
    for _ in range(size.rounds):
        ours.append(_posted("hook_ours", base, posts))
        plain.append(_posted("hook_plain", base, posts))
        idle.append(_posted("hook_ours", busy, posts))
        during.append(_posted("hook_ours", busy, posts, with_tick=True))
    yield Line(
        "hook: replies",
        "signed replies stored, read, acted on and answered, against a minimal hook with two commits",
        speed([each.run for each in ours]) / speed([each.run for each in plain]),
        0.6,
        detail=f"{_told_of(ours)} against {_told_of(plain)}",
    )
    yield Line(
        "hook: during a tick",
        f"the slowest hundredth while {size.of(10_000):,} people are planned for, against an idle machine",
        _slowest(during) / _slowest(idle),
        3,
        at_most=True,
        detail=f"p99 {_slowest(during):.0f} ms against {_slowest(idle):.0f} ms; {_told_of(during)}",
    )


def _slowest(runs: list[Posted]) -> float:
    return statistics.median(each.slowest(0.01) for each in runs)


def _told_of(posted: list[Posted]) -> str:
    runs = [each.run for each in posted]
    return (
        f"{speed(runs):,.0f}/s, p99 {_slowest(posted):.0f} ms, {cpu_each(runs):.2f} ms CPU each, "
        f"{memory(runs):.0f} MB"
    )


def _busy(services: Services, count: int) -> None:
    """A crowd that shares the writers' numbers, and for whom something is due."""
    crowd(services, count)
    enrol(services)


def _posted(hook: str, base: Path, posts: int, *, with_tick: bool = False) -> Posted:
    """A web server in two processes as we ship it, and a provider that posts over a few connections."""
    url = f"sqlite:///{copied(base)}"
    services = services_for(url)
    secret = secret_of(services)
    services.engine.dispose()
    with (
        _served(hook, url, secret) as (server, port),
        program(*contestant("poster", port, posts, AT_ONCE, secret)) as poster,
    ):
        assert line_of(poster) == "ready"
        if not with_tick:
            return _posts(poster, server)
        with program(*contestant("planner", url)) as planner:
            assert line_of(planner) == "ready"
            go(planner)
            posted = _posts(poster, server, tick=planner)
            go(planner)
            return posted


def _posts(poster: Process, server: Process, tick: Process | None = None) -> Posted:
    """Let it post; of what it tells, only what began before a tick was over counts as during it."""
    used = cpu_of([server.pid])
    go(poster)
    told = json.loads(line_of(poster))
    run = Run(len(told["posts"]), told["seconds"], cpu_of([server.pid]) - used, memory_of([server.pid]))
    go(poster)
    lasts = json.loads(line_of(tick))["seconds"] if tick else told["seconds"]
    return Posted(run, [took * 1000 for began, took in told["posts"] if began < lasts])


@contextmanager
def _served(hook: str, url: str, secret: str) -> Iterator[tuple[Process, int]]:
    port = free_port()
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws", "--workers", "2"]
    words += ["--blocking-threads", "1", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    env = {**os.environ, "HOOK_DATABASE": url, "HOOK_SECRET": secret}
    with program(*words, f"benchmarks.contestants.{hook}:app", env=env) as server:
        _until_it_answers(port)
        yield server, port


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1):
                return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not start")
