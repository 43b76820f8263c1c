"""Three workers and two web processes on one PostgreSQL, a worker killed every few seconds: prints what came of it.

`python -m tests.faults.cluster [--messages N] [--seconds S] [--every E]`; exit 1 when anything was doubled or lost.
"""

import argparse
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import func, select

from benchmarks.the_many import on_postgresql
from outreach.engines.many_tables import prepare
from outreach.models import Reply
from tests.faults.cluster_member import start
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
    with on_postgresql() as database, tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here:
        url = database("cluster", lambda services: None)
        scene = Scene(here, url, asked.messages)
        prepare(scene.services.engine)
        here.began = time.monotonic()
        posted = _storm(scene, here, asked.seconds, asked.every)
        scene.settle()
        counts = scene.counts(f"{WORKERS} workers, {WEBS} web processes, one killed every {asked.every} s")
        stored, most = _replies(scene), here.most_in_flight()
        print(counts)
        for words, count in scene.arrived().items():
            if count > 1 or not words.startswith("+447700900"):
                print(f"arrived {count} times: {words!r}")
        print(f"replies: {posted} posted and answered, {stored} stored; in flight at most {most}")
        scene.close()
    allowed = MOST_IN_FLIGHT * 2  # a killed process leaves its open calls behind
    good = counts.twice == counts.unaccounted == 0 and stored == posted and most <= allowed
    return 0 if good else 1


def _storm(scene: Scene, here: World, seconds: int, every: int) -> int:
    """Workers work and die, replies come in; until the time is over and nothing waits."""
    lot, posted = random.Random(5), 0
    with ExitStack() as stack:
        webs = [stack.enter_context(start("web", scene.url, here)) for _ in range(WEBS)]
        ports = [int(web.stdout.readline()) for web in webs if web.stdout]
        workers = [stack.enter_context(start("work", scene.url, here)) for _ in range(WORKERS)]
        began = killed_at = time.monotonic()
        while not _is_over(scene, began, seconds):
            time.sleep(1)
            posted += _post(scene, ports[posted % WEBS], posted)
            if time.monotonic() - killed_at >= every and time.monotonic() - began < seconds:
                victim = lot.randrange(WORKERS)
                workers[victim].kill()
                scene.killed += 1
                workers[victim] = stack.enter_context(start("work", scene.url, here))
                killed_at = time.monotonic()
    return posted


def _is_over(scene: Scene, began: float, seconds: int) -> bool:
    past = time.monotonic() - began
    if past < seconds:
        return False
    states = scene.states()
    waits = sum(states.get(state, 0) for state in ("planned", "claimed"))
    return past > seconds + PATIENCE_SECONDS or (sum(states.values()) >= scene.people and not waits)


def _post(scene: Scene, port: int, number: int) -> int:
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
    request = Request(f"http://127.0.0.1:{port}{REPLIES}", urlencode(form).encode(), headers)
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
