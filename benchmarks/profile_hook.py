"""`python -m benchmarks.profile_hook`: where the CPU time of a reply goes, beside the minimal hook's."""

import argparse
import cProfile
import io
import os
import pstats
import secrets
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, event

from benchmarks.contestants import hook_ours, hook_plain
from benchmarks.contestants.poster import PUBLIC_URL, WORDS
from benchmarks.house import copied, made, services_for
from benchmarks.provider import SCRATCH
from outreach.providers.twilio_hooks import sign
from tests.crowd import crowd
from tests.posting import REPLIES, secret_of, text_form

SENDERS = 1_000
WARMING = 40
ROUNDS = 5

Environ = dict[str, Any]


def main() -> None:
    """Post the same texts to both in turns; tell the CPU time and statements of each, and the profile of ours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_hook", description=__doc__)
    parser.add_argument("--top", type=int, default=45, help="so many functions")
    parser.add_argument("--sort", default="tottime", help="tottime or cumulative")
    asked = parser.parse_args()
    SCRATCH.mkdir(exist_ok=True)
    url = f"sqlite:///{copied(_base(), 'profiled')}"
    services = services_for(url)
    secret = secret_of(services)
    os.environ.update(HOOK_DATABASE=url, HOOK_SECRET=secret)
    ours, plain = hook_ours.app(), hook_plain.app()
    posts = [_environ(number, secret) for number in range(SENDERS)]
    for app in (ours, plain):
        _post(app, posts[:WARMING])
    statements = _counted(ours.extensions["outreach"].engine)
    share = (SENDERS - WARMING) // (ROUNDS + 1)
    took: dict[str, list[float]] = {"ours": [], "plain": []}
    for start in range(WARMING, WARMING + share * ROUNDS, share):
        for name, app in (("ours", ours), ("plain", plain)):
            took[name].append(_cpu_each(app, posts[start : start + share]))
    each = {name: statistics.median(rounds) for name, rounds in took.items()}
    print(f"ours {each['ours']:.3f} ms of CPU a reply, {len(statements) / share / ROUNDS:.1f} statements")
    print(f"plain {each['plain']:.3f} ms of CPU a reply; {each['plain'] / each['ours']:.2f} of it")
    print(_profiled(lambda: _post(ours, posts[-share:]), asked.sort, asked.top))


def _base() -> Path:
    return made(SCRATCH, "hook", lambda services: crowd(services, SENDERS, name="Writer"))


def _environ(number: int, secret: str) -> Environ:
    """What a web server hands to the application for one signed post."""
    form = text_form(f"SM{secrets.token_hex(16)}", WORDS, sender=f"+447700900{number:03}")
    body = urlencode(form).encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": REPLIES,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_X_TWILIO_SIGNATURE": sign(secret, PUBLIC_URL + REPLIES, form),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _post(app: Callable[..., Iterable[bytes]], posts: list[Environ]) -> None:
    def start(status: str, _headers: list[tuple[str, str]], _fault: object = None) -> None:
        if not status.startswith("200"):
            raise RuntimeError(status)

    for post in posts:
        environ = {**post, "wsgi.input": io.BytesIO(post["wsgi.input"].getvalue())}
        b"".join(app(environ, start))


def _cpu_each(app: Callable[..., Iterable[bytes]], posts: list[Environ]) -> float:
    """Milliseconds of CPU time a post."""
    began = time.process_time()
    _post(app, posts)
    return (time.process_time() - began) * 1000 / len(posts)


def _counted(engine: Engine) -> list[str]:
    """Every statement from now on."""
    statements: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    return statements


def _profiled(work: Callable[[], None], sort: str, top: int) -> str:
    profile, told = cProfile.Profile(), io.StringIO()
    profile.runcall(work)
    pstats.Stats(profile, stream=told).strip_dirs().sort_stats(sort).print_stats(top)
    return told.getvalue()


if __name__ == "__main__":
    main()
