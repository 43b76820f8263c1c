"""The one list of what runs by itself and how often; every engine reads it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from outreach.actions.alert import send_alerts
from outreach.actions.digest import send_digests
from outreach.actions.escalate import escalate
from outreach.actions.group_rounds import look_after_groups
from outreach.actions.plan import plan_due
from outreach.actions.plan_book import Planned
from outreach.actions.sweep import Swept, sweep
from outreach.actions.take_reply import act_on_pending
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


def _every_now_and_then(
    action: Callable[[Services, datetime], object],
) -> Callable[[Services, Stopper], object]:
    """A job that does one thing as of now, unless we are stopping."""
    return lambda services, stopper: None if stopper.asked else action(services, services.now())


JOBS = (
    Job("tick", timedelta(seconds=15), tick),
    Job("act on pending replies", timedelta(seconds=15), _every_now_and_then(act_on_pending)),
    Job("send alerts", timedelta(seconds=15), _every_now_and_then(send_alerts)),
    Job("escalate", timedelta(minutes=1), _every_now_and_then(escalate)),
    Job("look after groups", timedelta(minutes=1), _every_now_and_then(look_after_groups)),
    Job("send digests", timedelta(minutes=5), _every_now_and_then(send_digests)),
)
"""Each on its own, so that a fault in one never keeps another from running."""
