"""Our planner and the sender's last check on a database where people are due: `planner URL`; nothing is sent."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields

from sqlalchemy.orm import Session

from benchmarks.contestants.turn import tell, wait_for_go
from benchmarks.house import DUE, services_for
from outreach.actions.claim import claim_due
from outreach.actions.plan import plan_due
from outreach.actions.send import begin_sending
from outreach.app import keep_what_is_loaded
from outreach.services import Services

AT_ONCE = 128


class Timed(Services):
    """Services that note their longest write transaction."""

    def begin(self) -> AbstractContextManager[Session]:
        """As ever."""
        return _timed(super().begin())


TOOK: list[float] = []


@contextmanager
def _timed(transaction: AbstractContextManager[Session]) -> Iterator[Session]:
    with transaction as session:
        began = time.monotonic()
        yield session
    TOOK.append(time.monotonic() - began)


def main() -> None:
    """Plan all that is due, then begin all that is planned."""
    house = services_for(sys.argv[1])
    services = Timed(**{each.name: getattr(house, each.name) for each in fields(house)})
    with services.read():
        pass
    keep_what_is_loaded()
    wait_for_go()
    began = time.monotonic()
    while plan_due(services, DUE).people:
        pass
    begun = 0
    while (claim := claim_due(services, DUE)).message_ids:
        for start in range(0, len(claim.message_ids), AT_ONCE):
            begun += len(begin_sending(services, claim, claim.message_ids[start : start + AT_ONCE], DUE))
    tell(seconds=time.monotonic() - began, longest=max(TOOK), begun=begun)


if __name__ == "__main__":
    main()
