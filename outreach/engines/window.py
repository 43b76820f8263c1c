"""How many hand-overs to one provider account may be under way, and how many should be ready to follow."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from outreach.ports import Outcome, Verdict

SMALLEST = 1.0
SHRINK = 0.9
"""After a "not so fast": little, because the answers near a limit say where it lies."""

GIVE_UP_AFTER = 50
"""So many refusals in a row: the provider takes nothing now, and the rest of the queue need not find that out."""

AHEAD_SECONDS = 0.1
"""So much of the present pace is kept ready, so that no slot waits for the database, and a crash strands few."""

LEAST_AHEAD = 32
"""Fewer would not be worth a transaction, which asks the same questions for one message as for many."""

MOST_AHEAD = 128
MEASURE_SECONDS = 0.1


@dataclass(slots=True)
class Window:
    """Shrinks when the provider says "not now", once for all calls that were under way then; grows back slowly."""

    most: int
    size: float = field(init=False)
    _begun: int = 0
    _learnt_at: int = 0
    _in_a_row: int = 0

    def __post_init__(self) -> None:
        self.size = float(self.most)

    def begin(self) -> int:
        """Number one call."""
        self._begun += 1
        return self._begun

    @property
    def has_begun(self) -> bool:
        """A call was made."""
        return self._begun > 0

    def learn(self, call: int, outcome: Outcome) -> None:
        """Take in the answer to the call with this number."""
        if outcome.not_now:
            self._in_a_row += 1
            if call > self._learnt_at:  # begun since the window last shrank: it is still too large
                self.size = max(SMALLEST, self.size * SHRINK)
                self._learnt_at = self._begun
        else:
            self._in_a_row = 0
        if outcome.verdict is Verdict.ACCEPTED:
            self.size = min(self.most, self.size + 1 / self.size)

    def room(self, under_way: int) -> int:
        """How many more may start now."""
        return max(0, int(self.size) - under_way)

    @property
    def takes_nothing(self) -> bool:
        """The provider has refused everything for a while."""
        return self._in_a_row >= GIVE_UP_AFTER


@dataclass(slots=True)
class Pace:
    """Hand-overs a second, as measured lately."""

    clock: Callable[[], float] = time.monotonic
    per_second: float = 0.0
    _ended: int = 0
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def count(self) -> None:
        """One more has ended."""
        self._ended += 1

    def measure(self) -> None:
        """Bring `per_second` up to date."""
        span = self.clock() - self._since
        if span >= MEASURE_SECONDS:
            self.per_second = self._ended / span
            self._ended, self._since = 0, self.clock()

    @property
    def ahead(self) -> int:
        """How many hand-overs to keep ready beyond the free slots."""
        return max(LEAST_AHEAD, min(MOST_AHEAD, int(self.per_second * AHEAD_SECONDS)))
