"""Draws lots for a comparison: who begins when, or who gets which wording, the same each time for the same seed."""

import hashlib
import math
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

from outreach.errors import RefusedError

MOST_WEEKS = 12
"""Nobody waits longer than this for what others have already."""

MOST_COHORTS = 12


@dataclass(frozen=True, slots=True)
class Lot:
    """So many arms. With `starts_on` they begin one after another; else arm 1 gets `template` at this `step`."""

    seed: int
    arms: int
    starts_on: date | None = None
    weeks_between: int = 0
    step: str = ""
    template: str = ""

    def __post_init__(self) -> None:
        if not 2 <= self.arms <= MOST_COHORTS:
            raise RefusedError(f"a comparison has 2 to {MOST_COHORTS} cohorts")
        if self.starts_on and self.weeks_between < 1:
            raise RefusedError("cohorts begin at least a week apart")
        if (self.arms - 1) * self.weeks_between > MOST_WEEKS:
            last = (self.arms - 1) * self.weeks_between
            raise RefusedError(
                f"the last cohort would wait {last} weeks, and nobody may wait over {MOST_WEEKS}; "
                "take fewer cohorts, or fewer weeks between them"
            )

    def arm_of(self, person_id: str) -> int:
        """The arm that this person was drawn into, from 0: by chance, and the same whenever it is asked."""
        drawn = hashlib.sha256(f"{self.seed}|{person_id}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") * self.arms >> 64

    def begins_on(self, arm: int) -> date | None:
        """The day on which this arm begins; None where arms do not begin one after another."""
        return self.starts_on + timedelta(weeks=arm * self.weeks_between) if self.starts_on else None

    @property
    def all_begun_on(self) -> date | None:
        """The day from which on nobody waits any more."""
        return self.begins_on(self.arms - 1)


def people_needed(before: float, hoped: float, *, power: float = 0.8) -> int:
    """How many people each of two groups needs so that a change between two rates is found with this power.

    Rates between 0 and 1, two-sided at 5 %: Fleiss, Levin and Paik 2003, section 4.3, without correction.
    """
    if not 0 < before < 1 or not 0 < hoped < 1 or before == hoped:
        raise RefusedError("give two different rates, each above 0 and below 100 percent")
    normal = NormalDist()
    middle = (before + hoped) / 2
    by_chance = normal.inv_cdf(0.975) * math.sqrt(2 * middle * (1 - middle))
    by_power = normal.inv_cdf(power) * math.sqrt(before * (1 - before) + hoped * (1 - hoped))
    return math.ceil(((by_chance + by_power) / (before - hoped)) ** 2)
