"""Texts from stored row to stored result: against the provider's bare client, and against Celery with Redis."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.house import copied, made, people_with_messages_due
from benchmarks.line import Line, Size
from benchmarks.process import Run, contestant, cpu_each, program, race, rounds, speed, used
from benchmarks.provider import SCRATCH, Provider, texts
from benchmarks.rivals import CELERY, environment, python_with, redis

TWO = 2
IN_FLIGHT = 64


def measure(size: Size) -> Iterator[Line]:
    """At 0 ms in two processes each, and at 50 ms with 64 in flight in one."""
    yield from _at_once(size)
    yield from _slowly(size)


def _at_once(size: Size) -> Iterator[Line]:
    count = size.of(20_000)
    base = made(SCRATCH, f"texts-{count}", people_with_messages_due(count))
    with texts() as provider:
        ours, bare, celery = rounds(
            size.rounds,
            lambda: _ours(base, provider, count, TWO),
            lambda: _bare(provider, count, TWO),
            lambda: _celery(provider, size.of(4_000)),
        )
    yield Line(
        "delivery: bare client",
        "texts at 0 ms, two processes, against the bare async client",
        speed(ours) / speed(bare),
        0.85,
        detail=f"{used(ours)}; bare {used(bare)}",
    )
    yield Line(
        "delivery: Celery",
        "texts at 0 ms, two processes, against Celery and Redis",
        speed(ours) / speed(celery),
        8,
        detail=f"{used(ours)}; Celery {used(celery)}",
    )
    yield Line(
        "delivery: Celery's CPU",
        "CPU time a text, against Celery and Redis",
        cpu_each(ours) / cpu_each(celery),
        1 / 6,
        at_most=True,
        detail=f"{used(ours)}; Celery {used(celery)}",
    )


def _slowly(size: Size) -> Iterator[Line]:
    count = size.of(5_000)
    base = made(SCRATCH, f"texts-{count}", people_with_messages_due(count))
    with texts(50) as provider:
        ours, bare = rounds(
            size.rounds, lambda: _ours(base, provider, count, 1), lambda: _bare(provider, count, 1)
        )
    yield Line(
        "delivery: 50 ms",
        "texts at 50 ms, 64 in flight, against the bare async client",
        speed(ours) / speed(bare),
        0.95,
        detail=f"{used(ours)}; bare {used(bare)}; the bound is {IN_FLIGHT / 0.05:,.0f}/s",
    )


def _ours(base: Path, provider: Provider, count: int, processes: int) -> Run:
    url = f"sqlite:///{copied(base)}"
    command = contestant("ours", url, provider.port, 0, IN_FLIGHT)
    return race(*[command] * processes, count=count)


def _bare(provider: Provider, count: int, processes: int) -> Run:
    command = contestant("bare_sdk", provider.port, count // processes, IN_FLIGHT)
    return race(*[command] * processes, count=count)


def _celery(provider: Provider, count: int) -> Run:
    python = python_with("celery", *CELERY)
    with _redis(provider) as (pid, told), program(*_worker(python), env=told) as worker:
        return race(contestant("celery_rival", count, python=python), besides=[pid, worker.pid], env=told)


@contextmanager
def _redis(provider: Provider) -> Iterator[tuple[int, dict[str, str]]]:
    port = free_port()
    with redis(port) as pid:
        yield (
            pid,
            {
                **environment(Path(__file__).parent.parent),
                "RIVAL_BROKER": f"redis://127.0.0.1:{port}/0",
                "RIVAL_API": f"http://127.0.0.1:{provider.port}",
                "RIVAL_DATABASE": str(SCRATCH / "rival.sqlite3"),
            },
        )


def _worker(python: str) -> list[str]:
    """Two processes, as ours; its log goes nowhere."""
    options = ["--concurrency", str(TWO), "--loglevel", "CRITICAL", "--without-gossip", "--without-mingle"]
    return [python, "-m", "celery", "--app", "benchmarks.contestants.celery_tasks", "worker", *options]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
