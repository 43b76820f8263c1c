"""`python -m benchmarks.profile_planner`: the CPU time that planning takes for a person, and where it goes."""

import argparse
import cProfile
import pstats
import time

from benchmarks.house import DUE, copied, made, services_for
from benchmarks.provider import SCRATCH
from outreach.actions.plan import plan_due
from outreach.app import keep_what_is_loaded
from outreach.services import Services
from tests.crowd import crowd, enrol


def main() -> None:
    """Plan so many people whose first contact is due; with --top, tell the functions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_planner", description=__doc__)
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--top", type=int, default=0, help="so many functions, which slows all of it down")
    asked = parser.parse_args()
    SCRATCH.mkdir(exist_ok=True)
    base = made(SCRATCH, f"tick-{asked.count}", lambda services: _due(services, asked.count))
    services = services_for(f"sqlite:///{copied(base, 'profiled')}", at=DUE)
    plan_due(services, DUE)  # statements and templates are compiled
    keep_what_is_loaded()
    profile, planned, began = cProfile.Profile(time.process_time), 0, time.process_time()
    if asked.top:
        profile.enable()
    while some := plan_due(services, DUE).people:
        planned += some
    profile.disable()
    print(f"{(time.process_time() - began) * 1000 / planned:.3f} ms of CPU a person, {planned} planned")
    if asked.top:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(asked.top)


def _due(services: Services, count: int) -> None:
    crowd(services, count)
    enrol(services)


if __name__ == "__main__":
    main()
