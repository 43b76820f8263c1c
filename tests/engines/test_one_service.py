"""The children of `outreach serve`: what they do while they watch their parent."""

import os
import signal
import subprocess
import sys

from outreach.engines.one_service import PIPE

FORKS_WHILE_WATCHING = """
import multiprocessing, time
from outreach.engines.one_service import end_with_parent
end_with_parent()
time.sleep(0.2)  # by now it waits for its parent
worker = multiprocessing.get_context("fork").Process(target=print, args=("alive",))
worker.start()
worker.join(10)
if worker.is_alive():
    worker.kill()
"""


WAITS = """
import time
from outreach.engines.one_service import end_with_parent
end_with_parent()
print("ready", flush=True)
time.sleep(60)
"""


def test_a_child_ends_when_its_parents_pipe_closes_however_the_parent_went() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS],
        env={**os.environ, PIPE: "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.close()
        assert child.wait(30) == -signal.SIGTERM


def test_a_web_server_that_watches_its_parent_can_still_start_its_workers() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKS_WHILE_WATCHING],
        env={**os.environ, PIPE: "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read().strip() == "alive"
