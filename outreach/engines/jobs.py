"""The one list of what runs by itself and how often; every engine reads it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from outreach.actions.alert import send_alerts
from outreach.actions.catch_up import JOB as CATCH_UP
from outreach.actions.catch_up import catch_up
from outreach.actions.digest import send_digests
from outreach.actions.escalate import escalate
from outreach.actions.forecast_runs import make_forecasts
from outreach.actions.group_rounds import look_after_groups
from outreach.actions.needs import raise_needs_reviews
from outreach.actions.own_link import forget_old_links
from outreach.actions.plan import plan_due
from outreach.actions.plan_book import Planned
from outreach.actions.reach_out import reach_out
from outreach.actions.sweep import Swept, sweep
from outreach.actions.take_feedback import mix_feedback
from outreach.actions.take_reply import act_on_pending
from outreach.actions.work_uploads import work_uploads
from outreach.database import TROUBLE
from outreach.engines.delivery import Delivery, Tally
from outreach.errors import RefusedError
from outreach.models.heartbeat import beat
from outreach.reports.review_runs import make_reviews
from outreach.services import Services

log = structlog.get_logger()

SEND_FOR = timedelta(seconds=45)
"""One run of the sending job takes at most about this long, however much is due; the next goes on with the rest."""


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
    planned = plan(services, stopper)
    return Tick(swept, planned, _deliver(services, stopper, None))


def plan(services: Services, stopper: Stopper) -> Planned:
    """Put on record what has become due, a batch at a time."""
    planned = Planned()
    while not stopper.asked:
        batch = plan_due(services, services.now())
        planned += batch
        if not batch.people:
            break
    return planned


def send(services: Services, stopper: Stopper) -> Tally:
    """Hand over what is due. RefusedError when messages could not be put into words: a monitor hears of it."""
    tally = _deliver(services, stopper, SEND_FOR)
    if tally.set_aside:
        raise RefusedError(f"{tally.set_aside} messages could not be put into words and are held")
    return tally


def settle(services: Services, _stopper: Stopper) -> Swept:
    """Settle what a crash, a lost answer or an ended hold left behind."""
    return asyncio.run(sweep(services))


def hear(services: Services, _stopper: Stopper) -> int:
    """Take in replies that no hook told us of."""
    return asyncio.run(catch_up(services))


def _deliver(services: Services, stopper: Stopper, at_most: timedelta | None) -> Tally:
    delivery = Delivery(services, at_most)
    stopper.watch(delivery)
    return asyncio.run(delivery.run())


@dataclass(frozen=True, slots=True)
class Job:
    """Something that runs every so often; it must be harmless to run it twice or late.

    Jobs that talk to a provider run one at a time, over all machines: that keeps one window of hand-overs and one
    rate for each provider account.
    """

    name: str
    every: timedelta
    run: Callable[[Services, Stopper], object]
    talks_to_provider: bool = False


def _every_now_and_then(
    action: Callable[[Services, datetime], object],
) -> Callable[[Services, Stopper], object]:
    """A job that does one thing as of now."""
    return lambda services, _stopper: action(services, services.now())


JOBS = (
    Job("act on pending replies", timedelta(seconds=15), _every_now_and_then(act_on_pending)),
    Job("send alerts", timedelta(seconds=15), _every_now_and_then(send_alerts)),
    Job("plan", timedelta(seconds=15), plan),
    Job("send", timedelta(seconds=5), send, talks_to_provider=True),
    Job("settle", timedelta(seconds=15), settle, talks_to_provider=True),
    Job(CATCH_UP, timedelta(minutes=5), hear, talks_to_provider=True),
    Job("escalate", timedelta(minutes=1), _every_now_and_then(escalate)),
    Job("look after groups", timedelta(minutes=1), _every_now_and_then(look_after_groups)),
    Job("ask what people need", timedelta(hours=6), _every_now_and_then(raise_needs_reviews)),
    Job("forget old page links", timedelta(hours=6), _every_now_and_then(forget_old_links)),
    Job("mix answers to surveys", timedelta(hours=6), _every_now_and_then(mix_feedback)),
    Job("take in uploads", timedelta(seconds=5), _every_now_and_then(work_uploads)),
    Job("reach out", timedelta(hours=1), _every_now_and_then(reach_out)),
    Job("make forecasts", timedelta(seconds=10), _every_now_and_then(make_forecasts)),
    Job("make reviews", timedelta(seconds=5), _every_now_and_then(make_reviews)),
    Job("send digests", timedelta(minutes=5), _every_now_and_then(send_digests)),
)
"""Each on its own, so that a fault in one never keeps another from running."""


def run_and_tell(job: Job, services: Services, stopper: Stopper) -> None:
    """Run a job once, unless we are to stop, and record that it ran. One that fails runs again next time.

    Only the kind of the failure is told, because its text may hold somebody's data.
    """
    if stopper.asked:
        return
    error = ""
    try:
        job.run(services, stopper)
    except Exception as fault:  # noqa: BLE001 - one job's failure must not end the others
        error = type(fault).__name__
        log.error("job failed", job=job.name, error=error)  # noqa: TRY400
    try:
        with services.begin() as session:
            beat(session, job.name, services.now(), error)
    except TROUBLE as fault:
        log.warning("the database is in trouble; no heartbeat", job=job.name, error=type(fault).__name__)
