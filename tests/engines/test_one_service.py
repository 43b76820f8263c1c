"""The children of `outreach serve`: what they do while they watch their parent."""

import os
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
