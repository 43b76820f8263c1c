"""Our hook for replies, with everything it does, against a minimal one; and while a tick plans for 10,000 people."""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.contestants.poster import WARMING
from benchmarks.delivery import free_port
from benchmarks.house import copied, made, services_for
from benchmarks.line import Line, Size
from benchmarks.process import contestant, go, line_of, program
from benchmarks.provider import SCRATCH
from outreach.services import Services
from tests.crowd import crowd, enrol
from tests.posting import secret_of

SENDERS = 1_000
"""As many as there are made-up mobile numbers: each writes once, so that none is a burst."""

AT_ONCE = 4


def measure(size: Size) -> Iterator[Line]:
    """Replies a second, then how long the slowest hundredth waits."""
    posts = size.of(SENDERS - WARMING)
    base = made(SCRATCH, "hook", lambda services: crowd(services, SENDERS, name="Writer"))
    busy = made(SCRATCH, f"hook-{size.of(10_000)}", lambda services: _busy(services, size.of(10_000)))
    results: dict[str, list[dict[str, float]]] = {"ours": [], "plain": [], "idle": [], "busy": []}
    for _ in range(size.rounds):
        results["ours"].append(_posted("hook_ours", base, posts))
        results["plain"].append(_posted("hook_plain", base, posts))
        results["idle"].append(_posted("hook_ours", busy, posts))
        results["busy"].append(_posted("hook_ours", busy, posts, with_tick=True))
    ours, plain, idle, during = (
        {key: statistics.median(run[key] for run in runs) for key in ("per_second", "p50", "p99")}
        for runs in results.values()
    )
    yield Line(
        "hook: replies",
        "signed replies stored, read, acted on and answered, against a minimal hook with two commits",
        ours["per_second"] / plain["per_second"],
        0.6,
        detail=f"{ours['per_second']:,.0f}/s against {plain['per_second']:,.0f}/s, p99 {ours['p99']:.0f} ms",
    )
    yield Line(
        "hook: during a tick",
        f"the slowest hundredth while {size.of(10_000):,} people are planned for, against an idle machine",
        during["p99"] / idle["p99"],
        3,
        at_most=True,
        detail=f"p99 {during['p99']:.0f} ms against {idle['p99']:.0f} ms",
    )


def _busy(services: Services, count: int) -> None:
    """A crowd that shares the writers' numbers, and for whom something is due."""
    crowd(services, count)
    enrol(services)


def _posted(hook: str, base: Path, posts: int, *, with_tick: bool = False) -> dict[str, float]:
    """A web server in two processes as we ship it, and a provider that posts over a few connections."""
    url = f"sqlite:///{copied(base)}"
    services = services_for(url)
    secret = secret_of(services)
    services.engine.dispose()
    with (
        _served(hook, url, secret) as port,
        program(*contestant("poster", port, posts, AT_ONCE, secret)) as poster,
    ):
        assert line_of(poster) == "ready"
        if not with_tick:
            return _told(poster)
        with program(*contestant("planner", url)) as planner:
            assert line_of(planner) == "ready"
            go(planner)
            return _told(poster)


def _told(poster: object) -> dict[str, float]:
    go(poster)  # type: ignore[arg-type]
    told: dict[str, float] = json.loads(line_of(poster))  # type: ignore[arg-type]
    go(poster)  # type: ignore[arg-type]
    return told


@contextmanager
def _served(hook: str, url: str, secret: str) -> Iterator[int]:
    port = free_port()
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws", "--workers", "2"]
    words += ["--blocking-threads", "1", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    env = {**os.environ, "HOOK_DATABASE": url, "HOOK_SECRET": secret}
    with program(*words, f"benchmarks.contestants.{hook}:app", env=env):
        _until_it_answers(port)
        yield port


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1):
                return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not start")
