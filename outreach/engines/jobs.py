"""The one list of what runs by itself and how often; every engine reads it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from outreach.actions.plan import plan_due
from outreach.actions.plan_book import Planned
from outreach.actions.sweep import Swept, sweep
from outreach.engines.delivery import Delivery, Tally
from outreach.services import Services


@dataclass(frozen=True, slots=True)
class Tick:
    """What one pass came to."""

    swept: Swept
    planned: Planned
    sent: Tally


@dataclass(slots=True)
class Stopper:
    """Lets a signal end a pass early: nothing more is begun, what is under way is finished and recorded."""

    asked: bool = False
    _deliveries: list[Delivery] = field(default_factory=list)

    def ask(self) -> None:
        """Stop soon."""
        self.asked = True
        for delivery in self._deliveries:
            delivery.stop()

    def watch(self, delivery: Delivery) -> None:
        """Tell this delivery too."""
        self._deliveries = [delivery]
        if self.asked:
            delivery.stop()


def tick(services: Services, stopper: Stopper | None = None) -> Tick:
    """One pass: settle what was left behind, plan what is due, then send until nothing is due."""
    stopper = stopper or Stopper()
    swept = asyncio.run(sweep(services))
    planned = Planned()
    while not stopper.asked:
        batch = plan_due(services, services.now())
        planned += batch
        if not batch.people:
            break
    delivery = Delivery(services)
    stopper.watch(delivery)
    return Tick(swept, planned, asyncio.run(delivery.run()))


@dataclass(frozen=True, slots=True)
class Job:
    """Something that runs every so often; it must be harmless to run it twice or late."""

    name: str
    every: timedelta
    run: Callable[[Services, Stopper], object]


JOBS = (Job("tick", timedelta(seconds=15), tick),)
