"""Three workers and two web processes on one PostgreSQL, a worker killed every few seconds: prints what came of it.

`python -m tests.faults.cluster [--messages N] [--seconds S] [--every E]`; exit 1 unless each message was sent once.
"""

import argparse
import random
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import func, make_url, select

from outreach.database import make_engine, migrate
from outreach.engines.many_tables import prepare
from outreach.models import Reply
from tests.faults.cluster_member import start
from tests.faults.networks import Networks, networks, relay
from tests.faults.own_postgres import OwnPostgres
from tests.faults.scene import MOST_IN_FLIGHT, Scene, World, world
from tests.posting import REPLIES
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN, signature

WORKERS, WEBS = 3, 2
PATIENCE_SECONDS = 600
LANDLINE = "+441632960001"
"""Made up, and gets no answer: all texts that arrive are then the crowd's."""


def main() -> int:
    """Set the scene, let it storm, let it settle, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--every", type=int, default=10)
    asked = parser.parse_args()
    with (
        networks(WORKERS + WEBS) as nets,
        OwnPostgres() as postgres,
        tempfile.TemporaryDirectory() as folder,
        world(Path(folder), *_provider(nets)) as here,
    ):
        print(nets, flush=True)
        if nets.names:
            postgres.listen(nets.hub)
        url = postgres.create("cluster")
        migrate(make_engine(url))
        scene = Scene(here, url, asked.messages)
        prepare(scene.services.engine)
        here.began = time.monotonic()
        members_url = _over_tcp(url, nets.hub) if nets.names else url
        cluster = Cluster(scene, here, nets, members_url, ExitStack())
        posted = _storm(cluster, asked.seconds, asked.every)
        scene.settle()
        counts = scene.counts(f"{WORKERS} workers, {WEBS} web processes, one killed every {asked.every} s")
        stored, most = _replies(scene), here.most_in_flight()
        print(counts)
        print(f"replies: {posted} posted and answered, {stored} stored; in flight at most {most}")
        scene.close()
    allowed = MOST_IN_FLIGHT * 2  # a killed process leaves its open calls behind
    good = counts.all_sent_once and stored == posted and most <= allowed
    return 0 if good else 1


@dataclass(slots=True)
class Cluster:
    """Members, each on a machine with a network and a disk of its own; `url` is the database as they see it."""

    scene: Scene
    here: World
    nets: Networks
    url: str
    stack: ExitStack

    def member(self, what: str, number: int) -> "subprocess.Popen[str]":
        """One more, in the network with this number."""
        inside, address = self.nets.inside(number), self.nets.address(number)
        disk = self.here.disk / f"machine {number}"
        disk.mkdir(exist_ok=True)
        member = start(what, self.url, self.here, inside=inside, address=address, disk=disk)
        return self.stack.enter_context(member)

    def join(self, number: int) -> None:
        """Let this network reach the provider."""
        if self.nets.names:
            self.stack.enter_context(relay(self.nets.inside(number), int(self.here.api.rpartition(":")[2])))


def _storm(cluster: Cluster, seconds: int, every: int) -> int:
    """Workers work and die, replies come in; until the time is over and nothing waits. How many came in."""
    lot, posted, scene = random.Random(5), 0, cluster.scene
    with cluster.stack:
        for number in range(WORKERS + WEBS):
            cluster.join(number)
        webs = [cluster.member("web", WORKERS + number) for number in range(WEBS)]
        addresses = [
            f"http://{cluster.nets.address(WORKERS + number)}:{int(web.stdout.readline())}"
            for number, web in enumerate(webs)
            if web.stdout
        ]
        workers = [cluster.member("work", number) for number in range(WORKERS)]
        began = killed_at = time.monotonic()
        while not _is_over(scene, began, seconds):
            time.sleep(1)
            posted += _post(scene, addresses[posted % WEBS], posted)
            if time.monotonic() - killed_at >= every and time.monotonic() - began < seconds:
                victim = lot.randrange(WORKERS)
                workers[victim].kill()
                scene.killed += 1
                workers[victim] = cluster.member("work", victim)
                killed_at = time.monotonic()
    return posted


def _provider(nets: Networks) -> tuple[str, ...]:
    """It takes its time, so that there is work for as long as workers are killed."""
    return ("--latency", "0.3", *(("--also", nets.hub) if nets.names else ()))


def _over_tcp(url: str, host: str) -> str:
    return make_url(url).set(host=host, query={}).render_as_string(hide_password=False)


def _is_over(scene: Scene, began: float, seconds: int) -> bool:
    past = time.monotonic() - began
    if past < seconds:
        return False
    states = scene.states()
    waits = sum(states.get(state, 0) for state in ("planned", "claimed"))
    return past > seconds + PATIENCE_SECONDS or (sum(states.values()) >= scene.people and not waits)


def _post(scene: Scene, address: str, number: int) -> int:
    """A reply comes in through one of the web processes; 1 when it was taken."""
    form = {
        "MessageSid": f"SM{number:032x}",
        "AccountSid": ACCOUNT,
        "From": LANDLINE,
        "To": OUR_NUMBER,
        "Body": "Hello, this is me",
        "NumMedia": "0",
    }
    signed = signature(TOKEN, scene.services.config.service.public_url + REPLIES, form)
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
    request = Request(address + REPLIES, urlencode(form).encode(), headers)
    try:
        with urlopen(request, timeout=10):
            return 1
    except URLError:
        return 0


def _replies(scene: Scene) -> int:
    with scene.services.read() as session:
        return session.scalar(select(func.count()).select_from(Reply)) or 0


if __name__ == "__main__":
    raise SystemExit(main())
