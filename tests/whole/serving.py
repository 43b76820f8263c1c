"""The real service in processes of its own: `outreach serve` in a folder, with what it writes kept in a file."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

PATIENCE_SECONDS = 90
"""Far more than it takes; a busy machine starts processes slowly."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Running:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, or POST where there is a body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(errors="replace"))
        finally:
            connection.close()

    def children(self) -> list[int]:
        """The processes that it started itself."""
        return children_of(self.process.pid)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def children_of(pid: int) -> list[int]:
    """From the system's own list."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


@contextmanager
def serving(folder: Path, **environ: str) -> Iterator[Running]:
    """`outreach serve`, ready to answer; ended with all that it started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "served.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "outreach", "serve", "--port", str(port)],
            cwd=folder,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, port, log)
    try:
        _wait_until_ready(running)
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _wait_until_ready(running: Running) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert running.process.poll() is None, running.log.read_text(encoding="utf-8")
        with suppress(OSError):
            if running.ask("/health/ready").status == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(running.log.read_text(encoding="utf-8"))
