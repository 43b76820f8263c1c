"""A process that takes replies in and is killed each time: before it acts, or while it is reading.

Called with a database and a number of replies. Each reply comes to a process of its own, forked from this one, which
ends by SIGKILL; how each one ended is printed.
"""

import os
import signal
import sys
from dataclasses import replace
from typing import Any, NoReturn

from outreach.actions.take_reply import act_on_pending, store, take_reply
from outreach.ports import InboundMessage
from outreach.rules.reading import Findings
from outreach.services import Services
from outreach.vocabulary import Channel
from tests import cast
from tests.house import build_services

WORDS = "STOP. I want to die. can someone ring me"


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def _kills(_text: str, **_facts: Any) -> Findings:
    _die()


def one(services: Services, number: int) -> None:
    """Take one reply in, and die."""
    inbound = InboundMessage(f"SM{number}", Channel.SMS, cast.AMINA.mobile, "+447700900999", WORDS)
    if number % 2:
        store(services, inbound, services.now())
        _die()
    take_reply(replace(services, reader=_kills), inbound, services.now())


def main(url: str, count: int) -> None:
    """One forked process for each reply, each with connections of its own."""
    ready = build_services(url, with_library=False)
    act_on_pending(ready, ready.now())  # so that no child has to get ready for its first query
    for number in range(count):
        child = os.fork()
        if child == 0:
            ready.engine.dispose(close=False)
            one(ready, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else "lived")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
