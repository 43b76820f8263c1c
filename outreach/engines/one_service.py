"""`outreach serve`: the web pages and the worker as two children that live and end together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

PIPE = "OUTREACH_PARENT_PIPE"
"""Set for a child whose standard input is a pipe that its parent holds open while it lives."""

STDIN = 0

PATIENCE_SECONDS = 45.0
LOOK_EVERY_SECONDS = 1.0
GRACE_SECONDS = 10.0


def serve(commands: Sequence[Sequence[str]]) -> int:
    """Run these `outreach` commands until one ends or we are told to stop; the exit code is the first child's."""
    environ = {**os.environ, PIPE: "1"}
    children = [
        subprocess.Popen([sys.executable, "-m", "outreach", *command], stdin=subprocess.PIPE, env=environ)  # noqa: S603
        for command in commands
    ]
    asked = threading.Event()
    died = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        died.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for child in children:
        threading.Thread(target=_wait, args=(child, died), daemon=True).start()
    died.wait()
    first = next((child.poll() for child in children if child.poll() is not None), 0)
    _end(children)
    return 0 if asked.is_set() else (first or 1)


def _wait(child: subprocess.Popen[bytes], died: threading.Event) -> None:
    child.wait()
    died.set()


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask every child to finish what is under way; only one that does not is ended by force."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def end_with_parent() -> None:
    """In a child of `serve`: stop as soon as the parent is gone, however it went."""
    if os.environ.get(PIPE) == "1":
        threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    """Read the pipe itself: waiting in `sys.stdin` would hold its lock, and a forked web worker would hang on it."""
    while os.read(STDIN, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def end_when_orphaned() -> None:
    """In a worker of the web server: stop as soon as the process that started it is gone, however it went."""
    threading.Thread(target=_watch_starter, args=(os.getppid(),), daemon=True).start()


def _watch_starter(starter: int) -> None:
    while os.getppid() == starter:
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
