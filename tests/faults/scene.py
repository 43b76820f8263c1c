"""Sets a scene for a fault: a database with a crowd, a provider, workers that may die; and counts what came of it."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import func, select

from outreach.database import make_engine, migrate
from outreach.models import Message
from outreach.rules.delivery import FINAL
from outreach.vocabulary import MessageState
from tests.crowd import crowd, details_of, enrol
from tests.faults.dying import Point
from tests.faults.victims import Work, as_line
from tests.house import Clock, build_services
from tests.standins.mail import MailStandIn

DUE = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
"""A Thursday morning on which the first contact of everybody referred on Monday is due."""

SETTLED = FINAL | {MessageState.SENT}
UNSETTLED = frozenset({MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING})
ON_STAFFS_LIST = frozenset({MessageState.UNCONFIRMED, MessageState.HELD})

LATER = (0, 6, 90, 180)
"""Minutes after the fault: leases have ended, answers are looked for, validity and margin are over."""

MOST_PASSES = 40

PEOPLE = int(os.environ.get("FAULTS_PEOPLE", "20"))
"""The crowd of a test; in the long form (`make soak`) it is ten times as many."""

MOST_IN_FLIGHT = 64
"""The window as shipped."""


@dataclass(slots=True)
class World:
    """A provider and a nursery of workers, each in a process of its own; their clocks start at `DUE`.

    `disk` is a folder of the machine on which the workers run. With a `mail` server they send emails through
    it, since nobody may be texted.
    """

    provider: subprocess.Popen[str]
    victims: subprocess.Popen[str]
    file: Path
    api: str
    disk: Path
    began: float = field(default_factory=time.monotonic)
    scenes: int = 0
    mail: MailStandIn | None = None

    def now(self, minutes: float = 0) -> datetime:
        """The time in this world, so many minutes on."""
        return DUE + timedelta(seconds=time.monotonic() - self.began, minutes=minutes)

    def say(self, *said: dict[str, Any]) -> None:
        """What the provider does next, and nothing else that it was told before."""
        body = json.dumps(said).encode()
        with urlopen(Request(f"{self.api}/stand-in/next", body, method="POST"), timeout=10):
            pass

    def most_in_flight(self) -> int:
        """By the provider's own count."""
        with urlopen(f"{self.api}/stand-in/counts", timeout=10) as answer:
            return int(json.load(answer)["most_in_flight"])

    def work(self, work: Work) -> int:
        """Let a worker do this; how it ended."""
        assert self.victims.stdin
        assert self.victims.stdout
        self.victims.stdin.write(as_line(work) + "\n")
        self.victims.stdin.flush()
        return int(self.victims.stdout.readline())


@contextmanager
def world(folder: Path, *provider_options: str) -> Iterator[World]:
    """The processes, ended with the scene."""
    file = folder / "arrived.jsonl"
    file.touch()
    stand_in = [sys.executable, "-m", "tests.standins.twilio", "--file", str(file), "--at", DUE.isoformat()]
    stand_in += provider_options
    with (
        subprocess.Popen([*stand_in, "--seconds", "3000"], stdout=subprocess.PIPE, text=True) as provider,
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.victims"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as victims,
    ):
        try:
            assert provider.stdout
            yield World(
                provider, victims, file, f"http://127.0.0.1:{int(provider.stdout.readline())}", folder
            )
        finally:
            provider.terminate()
            victims.kill()


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of a crowd's messages."""

    what: str
    people: int
    arrived: int
    twice: int
    states: dict[str, int]
    unaccounted: int
    processes_killed: int = 0

    @property
    def for_staff(self) -> int:
        """Messages on the list that staff see."""
        return sum(self.states.get(state, 0) for state in ON_STAFFS_LIST)

    @property
    def all_sent_once(self) -> bool:
        """Every message reached the provider once, and that is known here."""
        return self.twice == 0 and self.arrived == self.people and self.states == {"sent": self.people}

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"{self.what}: {self.people} messages, {self.processes_killed} processes killed; "
            f"{self.arrived} reached the provider, {self.twice} twice, {self.unaccounted} lost; {states}"
        )


Tell = Callable[[Counts], None]


class Scene:
    """One database and its crowd, in a world."""

    def __init__(self, world: World, url: str, people: int, *, makes_tables: bool = False) -> None:
        world.scenes += 1
        self.world, self.url, self.people = world, url, people
        self.name = f"P{world.scenes}x"
        self.killed = 0
        world.say()
        self._from = world.file.stat().st_size
        self._emails_from = len(world.mail.taken) if world.mail else 0
        if makes_tables:
            migrate(make_engine(url))
        self.services = build_services(url, clock=Clock())
        crowd(self.services, people, name=self.name, safe_to_text=world.mail is None)
        enrol(self.services)

    def tick(self, minutes: float = 0, point: Point | None = None, nth: int = 1) -> int:
        """One pass of a worker, so many minutes on."""
        return self.do("tick", minutes, point, nth)

    def do(
        self,
        what: str,
        minutes: float = 0,
        point: Point | None = None,
        nth: int = 1,
        about: dict[str, Any] | None = None,
    ) -> int:
        """One worker; how it ended."""
        at = self.world.now(minutes).isoformat()
        disk, mail = str(self.world.disk), self.world.mail
        work = Work(
            what, self.url, self.world.api, at, point or "", nth, about, disk, mail.port if mail else 0
        )
        code = self.world.work(work)
        self.killed += code < 0
        return code

    def kill_at(self, point: Point, most: int = 2) -> None:
        """Workers that die here, one after the other, until one gets through."""
        for _ in range(most):
            if self.tick(point=point) == 0:
                break

    def settle(self) -> None:
        """Workers that live, until nothing changes any more at each later time."""
        for minutes in LATER:
            for _ in range(MOST_PASSES):
                before = self.states()
                if sum(before.values()) >= self.people and not UNSETTLED & before.keys():
                    return
                assert self.tick(minutes) == 0, "a pass failed; see standard error"
                if before == self.states():
                    break

    def states(self) -> dict[str, int]:
        """How many planned messages are in which state; answers to replies are none."""
        with self.services.read() as session:
            planned = select(Message.state, func.count()).where(Message.enrolment_id.is_not(None))
            query = planned.group_by(Message.state)
            return {state.value: count for state, count in session.execute(query)}

    def arrived(self) -> Counter[str]:
        """What the provider has for the crowd, by person and words; answers to others are none of it."""
        if self.world.mail:
            emails = self.world.mail.taken[self._emails_from :]
            return Counter(f"{each.recipient} {each.message['Subject']}" for each in emails)
        crowds = (line for line in self.lines() if line["To"].startswith(details_of(0).mobile[:-3]))
        return Counter(f"{line['To']} {line['Body']}" for line in crowds)

    def lines(self) -> list[dict[str, str]]:
        """Each message that the provider has, as it was posted."""
        with self.world.file.open() as file:
            file.seek(self._from)
            return [json.loads(line) for line in file]

    def counts(self, what: str) -> Counts:
        """The balance."""
        arrived, states = self.arrived(), self.states()
        accounted = sum(states.get(state, 0) for state in SETTLED | ON_STAFFS_LIST)
        dialect = self.services.engine.dialect.name
        return Counts(
            what=f"{what}, {dialect}",
            people=self.people,
            arrived=len(arrived),
            twice=sum(count > 1 for count in arrived.values()),
            states=states,
            unaccounted=self.people - accounted,
            processes_killed=self.killed,
        )

    def close(self) -> None:
        """Let go of the database."""
        self.services.engine.dispose()
