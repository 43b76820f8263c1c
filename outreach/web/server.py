"""Serves the pages and hooks with granian, in processes of its own."""

from granian import Granian
from granian.constants import Interfaces

WORKERS = 2

KILL_AFTER_SECONDS = 15
"""A worker that was told to end while it was starting never hears of it; requests take less long than this."""


def run_web(host: str, port: int) -> None:
    """Serve until SIGTERM. One blocking thread a worker: more only wait for the same database lock."""
    Granian(
        "outreach.app:web_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=WORKERS,
        workers_kill_timeout=KILL_AFTER_SECONDS,
        blocking_threads=1,
        websockets=False,
        log_access=False,
    ).serve()
