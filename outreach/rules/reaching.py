"""Whom peer workers ring without being asked: those longest without company, within the hours set aside for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from outreach.rules.calendar import Calendar
from outreach.rules.capacity import CALL_TAKES, Peer, stretches


class Why(StrEnum):
    """Why somebody may be glad of a call; also what staff read."""

    UNREACHED = "nothing of ours has reached them"
    INTERPRETER = "needs an interpreter, and cannot read most of what we send"
    SILENT = "gets our messages and has not written"


@dataclass(frozen=True, slots=True)
class Alone:
    """Somebody on the list who is without company, and since when (UTC)."""

    person_id: str
    referral_id: str
    why: Why
    since: datetime
    language: str | None = None

    def reason(self, calendar: Calendar) -> str:
        """As staff read it, with the day since when it holds."""
        day = calendar.day_of(self.since)
        return f"{self.why}, since {calendar.day_name(day)} {day.year}: ring, say who we are, ask what would help"


def calls_set_aside(
    peers: Sequence[Peer], monday: date, now: datetime, share: float, calendar: Calendar
) -> int:
    """How many calls fit into the share of the free hours that the rest of this week has, whole calls only.

    Hours are free beside the calls that are open already: those were promised.
    """
    days = [monday + timedelta(days=each) for each in range(7)]
    worked = timedelta()
    for peer in peers:
        hours = (
            max(timedelta(), ends - max(starts, now))
            for day in days
            for starts, ends in stretches(peer, day, calendar)
        )
        worked += max(timedelta(), sum(hours, timedelta()) - peer.open_calls * CALL_TAKES)
    return int(worked * share / CALL_TAKES)


def longest_alone(everybody: Iterable[Alone], most: int) -> list[Alone]:
    """Each person once, those longest alone at the front; whoever is alone for two reasons, for the longer one."""
    chosen: dict[str, Alone] = {}
    for each in sorted(everybody, key=lambda each: (each.since, each.person_id)):
        chosen.setdefault(each.person_id, each)
    return list(chosen.values())[: max(0, most)]
