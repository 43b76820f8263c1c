"""Emails from stored row to stored result, against tuned django-post-office and against the bare client."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.house import copied, made, people_with_messages_due
from benchmarks.line import Line, Size
from benchmarks.process import Run, contestant, cpu_each, race, rounds, speed, used
from benchmarks.provider import SCRATCH, Provider, emails
from benchmarks.rivals import POST_OFFICE, environment, python_with
from outreach.providers.smtp import CONNECTIONS
from outreach.vocabulary import PreferredChannel

TWO = 2
NO_GOAL = 0
"""Told to show what the rest costs; nobody has said what it should be."""


def measure(size: Size) -> Iterator[Line]:
    """Two processes each, to a mail server that takes everything."""
    count, fewer = size.of(10_000), size.of(3_000)
    base = made(
        SCRATCH,
        f"emails-{count}",
        people_with_messages_due(count, preferred_channel=PreferredChannel.EMAIL),
    )
    with emails() as provider:
        ours, bare, theirs = rounds(
            size.rounds,
            lambda: _ours(base, provider, count),
            lambda: _bare(provider, count),
            lambda: _theirs(provider, fewer),
        )
    yield Line(
        "email: post-office",
        "emails, two processes, against tuned django-post-office",
        speed(ours) / speed(theirs),
        5,
        detail=f"{used(ours)}; django-post-office {used(theirs)}",
    )
    yield Line(
        "email: post-office's CPU",
        "CPU time an email, against tuned django-post-office",
        cpu_each(ours) / cpu_each(theirs),
        1 / 5,
        at_most=True,
        detail=f"{used(ours)}; django-post-office {used(theirs)}",
    )
    yield Line(
        "email: bare client",
        "emails, two processes, against smtplib with finished bytes and nothing stored",
        speed(ours) / speed(bare),
        NO_GOAL,
        detail=f"{used(ours)}; bare {used(bare)}",
    )


def _ours(base: Path, provider: Provider, count: int) -> Run:
    command = contestant("ours", f"sqlite:///{copied(base)}", 0, provider.port, 64)
    return race(*[command] * TWO, count=count)


def _bare(provider: Provider, count: int) -> Run:
    command = contestant("bare_smtp", provider.port, count // TWO, CONNECTIONS)
    return race(*[command] * TWO, count=count)


def _theirs(provider: Provider, count: int) -> Run:
    python = python_with("post_office", *POST_OFFICE)
    env = {
        **environment(Path(__file__).parent.parent),
        "RIVAL_DATABASE": str(SCRATCH / "post-office.sqlite3"),
        "RIVAL_SMTP": str(provider.port),
    }
    return race(contestant("post_office", count, TWO, python=python), count=count, env=env)
