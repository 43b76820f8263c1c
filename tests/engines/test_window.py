"""The window against a provider that refuses above a rate, in time that only exists in the test."""

import heapq

import pytest

from outreach.engines.window import Window
from outreach.ports import Outcome, Verdict

ACCEPTED = Outcome(Verdict.ACCEPTED, "SM1")
NOT_SO_FAST = Outcome(Verdict.NOT_PROCESSED, code="20429", reason="too many requests at once", not_now=True)
ANSWERS_AFTER = 0.05


class Limited:
    """Takes so many a second, with room for a tenth of a second's worth at once; refuses the rest."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._room = per_second / 10
        self._at = 0.0

    def ask(self, now: float) -> Outcome:
        """Its answer to a call that comes now."""
        grown = self._room + (now - self._at) * self._per_second
        self._room, self._at = min(self._per_second / 10, grown), now
        if self._room < 1:
            return NOT_SO_FAST
        self._room -= 1
        return ACCEPTED


def taken(limit: float, seconds: float) -> list[float]:
    """When each accepted call was answered, while there is always more to send."""
    window, provider = Window(64), Limited(limit)
    under_way: list[tuple[float, int, Outcome]] = []
    now, accepted = 0.0, []
    while now < seconds:
        while window.room(len(under_way)):
            heapq.heappush(under_way, (now + ANSWERS_AFTER, window.begin(), provider.ask(now)))
            assert len(under_way) <= 64
        now, call, outcome = heapq.heappop(under_way)
        window.learn(call, outcome)
        if outcome is ACCEPTED:
            accepted.append(now)
    return accepted


@pytest.mark.parametrize("limit", [100, 200, 400, 800])
def test_the_rate_settles_near_the_providers_limit_within_ten_seconds(limit: int) -> None:
    late = [at for at in taken(limit, 20) if 10 <= at < 20]
    assert len(late) / 10 >= 0.9 * limit
