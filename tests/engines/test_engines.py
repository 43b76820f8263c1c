"""What both engines promise about the jobs, seen from outside: real worker processes on a real database."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import select

from outreach.database import make_engine, reading
from outreach.engines.jobs import JOBS
from outreach.engines.many_machines import cron
from outreach.engines.many_tables import prepare
from outreach.journal import journals_beside
from outreach.models.heartbeat import Heartbeat
from tests.databases import execute, on_server, own_name
from tests.engines.worker import SECRET
from tests.test_journal import dies

PATIENCE_SECONDS = 20.0


class Worker:
    """A worker process whose lines we read as they come; `disk` is the machine's folder with the keyring."""

    def __init__(self, engine: str, url: str, name: str, lines: "queue.Queue[str]", disk: Path) -> None:
        keyring = str(disk / "keyring.json")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engines.worker", engine, url, name, keyring],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines = lines
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line.strip())

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self._process.pid, number)

    def wait(self) -> int:
        """The exit code."""
        return self._process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


class Story:
    """What all workers said, in order."""

    def __init__(self) -> None:
        self.lines: queue.Queue[str] = queue.Queue()
        self.heard: list[str] = []

        self.ended: int | None = None
        self.url = ""

    def count(self, words: str) -> int:
        """In how many lines these words were heard."""
        return sum(words in line for line in self.heard)

    def until(self, *wanted: str, times: int = 1) -> None:
        """Listen until each of these words was heard so often."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(self.count(words) < times for words in wanted):
            try:
                self.heard.append(self.lines.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"never heard {wanted} {times} times; heard {self.heard}")


@pytest.fixture(scope="module")
def coordinated(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database with our tables and those that many machines coordinate by."""
    name = own_name("engines")
    execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE made")
    url = on_server(postgres_url, name)
    engine = make_engine(url)
    assert prepare(engine)
    assert not prepare(engine), "a second time there is nothing to do"
    engine.dispose()
    yield url
    execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module", params=["apscheduler", "procrastinate"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A worker's life on each engine, until it was told to stop in the middle of a job."""
    if request.param == "procrastinate":
        url = request.getfixturevalue("coordinated")
    else:
        copy = tmp_path_factory.mktemp("engine") / "outreach.sqlite3"
        shutil.copy(request.getfixturevalue("made_sqlite"), copy)
        url = f"sqlite:///{copy}"
    story = Story()
    with Worker(request.param, url, "one", story.lines, tmp_path_factory.mktemp("disk")) as worker:
        story.until("count", "text ends", "poll ends", "job failed", times=2)
        story.until("long begins")
        worker.signal(signal.SIGTERM)
        story.until("stopped")
        story.ended = worker.wait()
    story.url = url
    return story


def test_every_job_runs_again_and_again_and_a_failing_one_harms_no_other(story: Story) -> None:
    for job in ("count", "text ends", "poll ends", "job failed"):
        assert story.count(job) >= 2


def test_a_failed_job_is_told_by_its_kind_alone(story: Story) -> None:
    assert story.count('"error": "RuntimeError"') >= 2
    assert story.count(SECRET) == 0, "the text of an error may hold somebody's data"


def test_when_each_job_last_ran_and_failed_is_on_record(story: Story) -> None:
    engine = make_engine(story.url)
    with reading(engine) as session:
        rows = {row.job: row for row in session.scalars(select(Heartbeat))}
    engine.dispose()
    assert rows["count"].ran_at
    assert not rows["fail"].ran_at
    assert rows["fail"].error == "RuntimeError"


def test_jobs_that_talk_to_a_provider_run_one_at_a_time(story: Story) -> None:
    assert_one_at_a_time(story.heard)


def test_a_worker_that_is_told_to_stop_finishes_what_is_under_way(story: Story) -> None:
    assert story.heard[-1].find("stopped") > 0
    assert story.count("long ends") == story.count("long begins") == 1
    assert story.ended == 0


def test_two_workers_share_the_jobs_and_one_takes_over_when_the_other_is_killed(
    coordinated: str, tmp_path: Path
) -> None:
    story = Story()
    with (
        Worker("procrastinate", coordinated, "one", story.lines, tmp_path) as first,
        Worker("procrastinate", coordinated, "two", story.lines, tmp_path),
    ):
        story.until("one: count", "two: count")
        both, began = story.count("count"), time.monotonic()
        story.until("count", times=both + 4)
        assert time.monotonic() - began >= 2.5, "two workers do not double the pace"
        story.until("one: text begins")
        assert_one_at_a_time(story.heard)
        first.signal(signal.SIGKILL)
        heard = len(story.heard)
        story.until("two: text ends", "two: poll ends", times=story.count("two: text ends") + 2)
    assert_one_at_a_time([line for line in story.heard[heard:] if line.startswith("two")])


@pytest.fixture
def left(coordinated: str, tmp_path: Path) -> Path:
    """The journal of a sender that died on this machine, beside `keyring.json`."""
    journals = journals_beside(tmp_path / "keyring.json", coordinated)
    if not journals.can_be_kept:
        pytest.skip("no journal can be believed on this machine's disk")
    return dies(journals)


def _is_taken_over(left: Path, story: Story) -> bool:
    """Whether it is gone within twenty rounds of a worker."""
    for _ in range(20):
        if not left.exists():
            break
        story.until("count", times=story.count("count") + 1)
    return not left.exists()


def test_each_worker_looks_after_what_dead_senders_left_on_its_machine_whoever_runs_which_job(
    coordinated: str, left: Path, tmp_path: Path
) -> None:
    story = Story()
    with Worker("procrastinate", coordinated, "one", story.lines, tmp_path):
        assert _is_taken_over(left, story)


def test_a_look_for_dead_senders_that_failed_is_not_the_last(
    coordinated: str, left: Path, tmp_path: Path
) -> None:
    story = Story()
    execute(coordinated, "ALTER TABLE place RENAME TO place_out_of_reach")
    with Worker("procrastinate", coordinated, "one", story.lines, tmp_path):
        story.until("count", times=4)
        assert left.exists(), "without that table nothing can be concluded"
        execute(coordinated, "ALTER TABLE place_out_of_reach RENAME TO place")
        assert _is_taken_over(left, story)


def test_every_job_of_ours_has_an_interval_that_both_engines_know() -> None:
    for job in JOBS:
        assert cron(job.every)


def test_an_interval_is_said_as_a_cron_line_or_refused() -> None:
    assert cron(timedelta(seconds=15)) == "* * * * * */15"
    assert cron(timedelta(minutes=5)) == "*/5 * * * * 0"
    assert cron(timedelta(hours=1)) == "0 */1 * * * 0"
    assert cron(timedelta(days=1)) == "0 0 * * * 0"
    with pytest.raises(ValueError, match="does not divide"):
        cron(timedelta(seconds=7))


def assert_one_at_a_time(heard: Sequence[str]) -> None:
    """Beginnings and ends of the jobs that talk to a provider take turns."""
    calls = [words for line in heard if (words := line.partition(": ")[2]).startswith(("text ", "poll "))]
    while calls and calls[0].endswith("ends"):
        calls.pop(0)
    for begins, ends in zip(calls[::2], calls[1::2], strict=False):
        assert begins.endswith("begins")
        assert ends == begins.replace("begins", "ends")
