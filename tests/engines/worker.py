"""A worker process with a few telling jobs, for the contract that both engines keep; prints what happens."""

import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

import structlog

from outreach.engines import many_machines, one_machine
from outreach.engines.jobs import Job, Stopper
from outreach.journal import journals_beside
from outreach.services import Services
from tests.house import build_services

A_SECOND = timedelta(seconds=1)
SECRET = "Amina Example, 07700 900001"


def main() -> None:
    """`python -m tests.engines.worker ENGINE URL NAME KEYRING`, until SIGTERM."""
    engine, url, name, keyring = sys.argv[1:]
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.WriteLoggerFactory()
    )

    def say(words: str) -> None:
        os.write(1, f"{name}: {words}\n".encode())  # in one piece, whatever other threads say

    def fail(_services: Services, _stopper: Stopper) -> None:
        raise RuntimeError(SECRET)

    def calls(_services: Services, stopper: Stopper, who: str) -> None:
        say(f"{who} begins")
        threading.Event().wait(0.3)
        say(f"{who} ends")

    def long(_services: Services, stopper: Stopper) -> None:
        say("long begins")
        while not stopper.asked:
            threading.Event().wait(0.05)
        say("long ends")

    jobs = (
        Job("count", A_SECOND, lambda *_: say("count")),
        Job("fail", A_SECOND, fail),
        Job("text", A_SECOND, lambda house, stopper: calls(house, stopper, "text"), talks_to_provider=True),
        Job("poll", A_SECOND, lambda house, stopper: calls(house, stopper, "poll"), talks_to_provider=True),
        Job("long", A_SECOND, long),
    )
    services = build_services(url, with_library=False, journals=journals_beside(Path(keyring), url))
    if engine == "procrastinate":
        many_machines.work(services, jobs, silent_for=1.5)
    else:
        one_machine.work(services, jobs)


if __name__ == "__main__":
    main()
