"""Runs the jobs on one machine with APScheduler; its clock is UTC, and a missed run costs nothing."""

import signal
import threading
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from outreach.engines.jobs import JOBS, Stopper
from outreach.services import Services

log = structlog.get_logger()


def work(services: Services) -> None:
    """Run every job until SIGTERM or SIGINT, then finish and record what is under way."""
    stopper, ended = Stopper(), threading.Event()
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(JOBS))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in JOBS:
        scheduler.add_job(
            job.run,
            "interval",
            seconds=job.every.total_seconds(),
            args=(services, stopper),
            id=job.name,
            next_run_time=datetime.now(UTC),
        )
    scheduler.add_listener(_tell, EVENT_JOB_ERROR)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopper.ask()
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()
    log.info("working", jobs=[job.name for job in JOBS])
    ended.wait()
    scheduler.shutdown(wait=True)
    log.info("stopped")


def _tell(event: JobExecutionEvent) -> None:
    """A job that failed is told and runs again next time; its error's text may hold data, so only its kind is."""
    log.error("job failed", job=event.job_id, error=type(event.exception).__name__)
