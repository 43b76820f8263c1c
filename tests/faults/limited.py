"""A provider that refuses above a rate: how near to it the sender settles, and what became of every message.

`python -m tests.faults.limited [--per-second N] [--seconds S]`; exit 1 when anything was doubled or lost, the window
was exceeded, or less than 0.9 of the limit went through from the tenth second on.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from outreach.engines.delivery import Delivery
from tests.crowd import plan_all
from tests.faults.scene import DUE, MOST_IN_FLIGHT, Scene, world
from tests.faults.victims import Work, services_for

GOAL = 0.9
SETTLED_AFTER = timedelta(seconds=10)


def main() -> int:
    """Send for a while against the limit, then count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-second", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    provider = ("--latency", "0.05", "--per-second", str(asked.per_second))
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), *provider) as here:
        people = int(asked.per_second * asked.seconds * 2)
        scene = Scene(here, f"sqlite:///{folder}/limited.sqlite3", people, makes_tables=True)
        services = services_for(Work("tick", scene.url, here.api, DUE.isoformat()))
        plan_all(services)
        asyncio.run(Delivery(services, timedelta(seconds=asked.seconds)).run())
        share = _share(scene, asked.per_second)
        counts, states, most = scene.counts("a provider with a limit"), scene.states(), here.most_in_flight()
        scene.close()
    waits = states.get("planned", 0) + states.get("claimed", 0)
    lost = people - waits - states.get("sent", 0)
    print(
        f"{counts.what}: {asked.per_second:g}/s allowed; {share:.2f} of it went through from the tenth second on; "
        f"{counts.arrived} of {people} messages reached the provider, {counts.twice} twice, {lost} lost, "
        f"{waits} wait for their turn; in flight at most {most} of {MOST_IN_FLIGHT}"
    )
    whole = counts.twice == lost == 0 and counts.arrived == states.get("sent", 0)
    return 0 if whole and most <= MOST_IN_FLIGHT and share >= GOAL else 1


def _share(scene: Scene, per_second: float) -> float:
    """Of what the limit allows, from the tenth second to the last whole one."""
    times = sorted(datetime.fromisoformat(line["at"]) for line in scene.lines())
    first = times[0]
    seconds = Counter(int((at - first).total_seconds()) for at in times)
    late = range(int(SETTLED_AFTER.total_seconds()), max(seconds))
    return sum(seconds[each] for each in late) / len(late) / per_second


if __name__ == "__main__":
    raise SystemExit(main())
