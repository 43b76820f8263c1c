"""Runs the jobs on one machine with APScheduler; its clock is UTC, and a missed run costs nothing."""

import logging
import signal
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from outreach.engines.jobs import JOBS, Job, Stopper, run_and_tell
from outreach.services import Services

log = structlog.get_logger()


def work(services: Services, jobs: Sequence[Job] = JOBS) -> None:
    """Run every job until SIGTERM or SIGINT, then finish and record what is under way."""
    stopper, ended = Stopper(), threading.Event()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a run that is skipped is no news
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(jobs)), "providers": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs:
        scheduler.add_job(
            run_and_tell,
            "interval",
            seconds=job.every.total_seconds(),
            args=(job, services, stopper),
            id=job.name,
            executor="providers" if job.talks_to_provider else "default",
            next_run_time=datetime.now(UTC),
        )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopper.ask()
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()
    log.info("working", engine="apscheduler", jobs=[job.name for job in jobs])
    ended.wait()
    scheduler.shutdown(wait=True)
    log.info("stopped")
