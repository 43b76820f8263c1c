"""`python -m benchmarks.profile_sender`: where the CPU time of a message goes in the sender's database work."""

import argparse
import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from benchmarks.house import copied, made, people_with_messages_due, services_for
from benchmarks.provider import SCRATCH
from outreach.actions.begun import Handover
from outreach.actions.claim import BATCH, claim_due
from outreach.actions.record import Result, record
from outreach.actions.send import begin_sending
from outreach.app import keep_what_is_loaded
from outreach.ports import Outcome, Verdict
from outreach.services import Services
from outreach.vocabulary import PreferredChannel

T = TypeVar("T")
NOWHERE = 9
"""A port: nothing is handed over here."""


class Watch:
    """CPU seconds of each part, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def part(self, name: str, work: Callable[[], T]) -> T:
        """Do it."""
        began = time.process_time()
        try:
            return work()
        finally:
            self.seconds[name] += time.process_time() - began


def main() -> None:
    """Claim, begin and record so many; tell the CPU time of each part, and with --top the functions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_sender", description=__doc__)
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--batch", type=int, default=128, help="messages begun at once")
    parser.add_argument("--emails", action="store_true")
    parser.add_argument("--top", type=int, default=0, help="so many functions, which slows all of it down")
    asked = parser.parse_args()
    services = _services(asked.count, emails=asked.emails)
    _send_claim(services, asked.batch, Watch())  # statements and templates are compiled
    keep_what_is_loaded()
    watch, profile, sent = Watch(), cProfile.Profile(time.process_time), 0
    if asked.top:
        profile.enable()
    while some := _send_claim(services, asked.batch, watch):
        sent += some
    profile.disable()
    for name, seconds in watch.seconds.items():
        print(f"{seconds * 1000 / sent:.3f} ms  {name}")
    print(f"{sum(watch.seconds.values()) * 1000 / sent:.3f} ms of CPU a message, {sent} sent")
    if asked.top:
        pstats.Stats(profile).sort_stats("tottime").print_stats(asked.top)


def _services(count: int, *, emails: bool) -> Services:
    SCRATCH.mkdir(exist_ok=True)
    facts = {"preferred_channel": PreferredChannel.EMAIL} if emails else {}
    base = made(
        SCRATCH, f"{'emails' if emails else 'texts'}-{count}", people_with_messages_due(count, **facts)
    )
    ports = {"smtp_port" if emails else "api_port": NOWHERE}
    return services_for(f"sqlite:///{copied(base, 'profiled')}", **ports)


def _send_claim(services: Services, batch: int, watch: Watch) -> int:
    """One claim from beginning to end, as if the provider took everything; how many it was."""
    claim = watch.part("claim", lambda: claim_due(services, services.now(), BATCH))
    ids, begun = claim.message_ids, []
    for start in range(0, len(ids), batch):
        some = ids[start : start + batch]
        begun += watch.part("begin", lambda some=some: begin_sending(services, claim, some, services.now()))
    if begun:
        watch.part("record", lambda: record(services, [_taken(each) for each in begun], services.now()))
    return len(begun)


def _taken(handover: Handover) -> Result:
    return Result(handover, Outcome(Verdict.ACCEPTED, f"SM{handover.attempt_id}"))


if __name__ == "__main__":
    main()
