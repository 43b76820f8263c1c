"""Runs the jobs on any number of machines, with Procrastinate on the PostgreSQL that holds our tables.

Procrastinate decides which worker runs which job and when, and carries job names only: what is due is in our tables.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from outreach.actions.take_over import take_over
from outreach.engines.jobs import JOBS, Job, Stopper, run_and_tell
from outreach.errors import ConfigError, DatabaseError
from outreach.services import Services

log = structlog.get_logger()

SILENT_FOR_SECONDS = 30.0
"""A worker not heard of for this long is dead; what it ran goes on elsewhere, well within a minute."""

HEARTBEATS = 6
"""So many in that time: one or two may get lost."""

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 2.0


def work(services: Services, jobs: Sequence[Job] = JOBS, *, silent_for: float = SILENT_FOR_SECONDS) -> None:
    """Run jobs until SIGTERM or SIGINT, then finish and record what is under way; start as many workers as you like.

    ConfigError without PostgreSQL, DatabaseError without the tables that `outreach init` makes.
    """
    if services.engine.dialect.name != "postgresql":
        raise ConfigError("--engine procrastinate needs PostgreSQL; see docs/scaling.md, or leave it out")
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # their texts may hold data; we tell what matters
    asyncio.run(_work(services, jobs, silent_for))


async def _work(services: Services, jobs: Sequence[Job], silent_for: float) -> None:
    stopper, loop = Stopper(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(len(jobs) + 2))
    app = _app(services, jobs, stopper)
    worker: asyncio.Task[None] | None = None

    def stop() -> None:
        stopper.ask()
        if worker is not None:
            worker.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    log.info("working", engine="procrastinate", jobs=[job.name for job in jobs])
    while not stopper.asked:
        worker = asyncio.create_task(_until_it_fails(app, services, jobs, silent_for))
        try:
            await worker
        except asyncio.CancelledError:
            break
        except ConnectorException as fault:
            log.warning("the database cannot be reached; trying again", error=type(fault).__name__)
        await asyncio.sleep(0 if stopper.asked else AGAIN_SECONDS)
    log.info("stopped")


def _app(services: Services, jobs: Sequence[Job], stopper: Stopper) -> procrastinate.App:
    url = services.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    for job in jobs:
        _register(app, services, job, stopper)
    return app


def _register(app: procrastinate.App, services: Services, job: Job, stopper: Stopper) -> None:
    """Each job has a queue of its own, so that no worker takes a job that only a newer version of the program knows.

    The queueing lock keeps runs from piling up; the lock lets one run at a time, over all workers.
    """

    def run(timestamp: int) -> None:
        run_and_tell(job, services, stopper)

    task = app.task(
        name=job.name,
        queue=job.name,
        lock="provider" if job.talks_to_provider else job.name,
        queueing_lock=job.name,
    )(run)
    app.periodic(cron=cron(job.every), periodic_id=job.name)(task)


def cron(every: timedelta) -> str:
    """This interval as a cron line with seconds; ValueError when it does not divide a minute, an hour or a day."""
    seconds = int(every.total_seconds())
    for unit, most, line in (
        (1, 60, "* * * * * */{}"),
        (60, 60, "*/{} * * * * 0"),
        (3600, 24, "0 */{} * * * 0"),
    ):
        count, rest = divmod(seconds, unit)
        if not rest and 0 < count < most and most % count == 0:
            return line.format(count)
    if seconds == 86_400:
        return "0 0 * * * 0"
    raise ValueError(f"an interval of {every} does not divide a minute, an hour or a day")


async def _until_it_fails(
    app: procrastinate.App, services: Services, jobs: Sequence[Job], silent_for: float
) -> None:
    """Work, and look after jobs whose worker died, until cancelled or the database fails."""
    async with app.open_async():
        if not await app.check_connection_async():
            raise DatabaseError("the tables for many machines are missing; run `outreach init`")
        options: dict[str, Any] = {
            "queues": [job.name for job in jobs],
            "concurrency": len(jobs),
            "fetch_job_polling_interval": LOOK_SECONDS,
            "install_signal_handlers": False,
            "update_heartbeat_interval": silent_for / HEARTBEATS,
            "stalled_worker_timeout": silent_for,
            "delete_jobs": "always",
        }
        rescuer = asyncio.create_task(_rescue_for_ever(app, services, silent_for))
        try:
            await app.run_worker_async(**options)
        finally:
            rescuer.cancel()


async def _rescue_for_ever(app: procrastinate.App, services: Services, silent_for: float) -> None:
    """Look after what dead workers ran, and on this machine after what dead senders left."""
    while True:
        await _tell_faults("could not look for dead workers", _rescue(app, silent_for))
        looks = asyncio.to_thread(take_over, services, services.now())
        await _tell_faults("could not look for dead senders", looks)
        await asyncio.sleep(silent_for / HEARTBEATS)


async def _tell_faults(words: str, step: Awaitable[object]) -> None:
    """Whatever goes wrong is told by its kind, and tried again next time: nobody else on this machine does it."""
    try:
        await step
    except Exception as fault:  # noqa: BLE001 - one look that fails must not be the last
        log.error(words, error=type(fault).__name__)  # noqa: TRY400


async def _rescue(app: procrastinate.App, silent_for: float) -> None:
    """Let the jobs of workers that are not heard of any more run elsewhere."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_for):
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # its next run waits already
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        log.warning("a worker died; its job runs elsewhere", job=job.task_name)
