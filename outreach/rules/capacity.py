"""Peer workers' free hours: who takes the next call, when it can truly be, and whether one may be offered at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from outreach.rules.calendar import MIDDAY, Calendar

CALL_TAKES = timedelta(minutes=45)
"""A supportive call and the note afterwards."""

NOTICE = timedelta(hours=1)
"""Nobody is promised a call sooner than this."""

LOOK_AHEAD_DAYS = 28


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer worker as the rules see them: weekly hours by weekday (Monday 0), days away, what they share."""

    id: str
    hours: Mapping[int, Sequence[tuple[time, time]]]
    away: frozenset[date] = frozenset()
    languages: frozenset[str] = frozenset()
    backgrounds: frozenset[str] = frozenset()
    open_calls: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for: who calls them, on which local days, and from and until which wall time."""

    language: str | None = None
    background: str | None = None
    days: frozenset[date] = frozenset()
    after: time | None = None
    before: time | None = None

    @property
    def at_any_time(self) -> "Wish":
        """The same, whenever it may be."""
        return Wish(self.language, self.background)

    def within(self, day: date, talk: "Talk", calendar: Calendar) -> "Talk | None":
        """The part of this talk at a wished time, if it leaves room for a call."""
        if self.days and day not in self.days:
            return None
        starts = max(talk.starts, calendar.at(day, self.after)) if self.after else talk.starts
        ends = min(talk.ends, calendar.at(day, self.before)) if self.before else talk.ends
        return Talk(talk.peer_id, starts, ends) if starts + CALL_TAKES <= ends else None

    def met_by(self, peer: Peer) -> bool:
        """This peer worker shares what was asked for."""
        language = self.language is None or self.language in peer.languages
        return language and (self.background is None or self.background in peer.backgrounds)


@dataclass(frozen=True, slots=True)
class Talk:
    """A call that somebody can make: whose, between when and when (UTC)."""

    peer_id: str
    starts: datetime
    ends: datetime


def first_talk(peers: Sequence[Peer], wish: Wish, now: datetime, calendar: Calendar) -> Talk | None:
    """The call to promise: the earliest free time, of the peer worker with the fewest open calls where times tie.

    A wish for a shared language or background, and for a time, is honoured when anybody has it free; otherwise the
    wished time gives way first. The caller reports a wish that was not met.
    """
    fitting = [peer for peer in peers if wish.met_by(peer)]
    return (
        _earliest(fitting, wish, now, calendar)
        or _earliest(fitting, wish.at_any_time, now, calendar)
        or _earliest(peers, wish, now, calendar)
        or _earliest(peers, wish.at_any_time, now, calendar)
    )


def _earliest(peers: Sequence[Peer], wish: Wish, now: datetime, calendar: Calendar) -> Talk | None:
    talks = [(talk, peer) for peer in peers if (talk := _next_free(peer, wish, now, calendar))]
    if not talks:
        return None
    return min(talks, key=lambda pair: (calendar.day_of(pair[0].starts), pair[1].open_calls, pair[0].starts))[
        0
    ]


def _next_free(peer: Peer, wish: Wish, now: datetime, calendar: Calendar) -> Talk | None:
    """The first stretch of this peer worker's hours that their open calls leave free, at a wished time."""
    booked = peer.open_calls * CALL_TAKES
    today = calendar.day_of(now)
    for offset in range(LOOK_AHEAD_DAYS):
        day = today + timedelta(days=offset)
        for starts, ends in stretches(peer, day, calendar):
            free_from = max(starts, now + NOTICE) + booked
            if free_from + CALL_TAKES <= ends:
                talk = wish.within(day, Talk(peer.id, free_from, ends), calendar)
                if talk:
                    return talk
            booked -= max(timedelta(), ends - max(starts, now + NOTICE))
            booked = max(booked, timedelta())
    return None


def talk_times(peers: Sequence[Peer], wish: Wish, now: datetime, calendar: Calendar) -> list[Talk]:
    """Mornings and afternoons to choose from in which somebody has room for a call, the soonest first.

    Those who share what was wished for come alone where they have any room at all.
    """
    fitting = [peer for peer in peers if wish.met_by(peer)]
    return _all_times(fitting, now, calendar) or _all_times(peers, now, calendar)


def _all_times(peers: Sequence[Peer], now: datetime, calendar: Calendar) -> list[Talk]:
    today = calendar.day_of(now)
    halves = [
        Wish(days=frozenset({today + timedelta(days=offset)}), after=after, before=before)
        for offset in range(LOOK_AHEAD_DAYS)
        for after, before in ((None, MIDDAY), (MIDDAY, None))
    ]
    return [talk for half in halves if (talk := _earliest(peers, half, now, calendar))]


def stretches(peer: Peer, day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """When this peer worker works on a day, in UTC; nothing on bank holidays and days away."""
    if day in peer.away or day in calendar.holidays:
        return []
    hours = sorted(peer.hours.get(day.weekday(), ()))
    return [(calendar.at(day, starts), calendar.at(day, ends)) for starts, ends in hours]


def free_calls_a_day(peers: Sequence[Peer], day: date, calendar: Calendar) -> int:
    """How many calls the peer workers can hold on this day beside those already open."""
    worked = sum(
        (end - start for peer in peers for start, end in stretches(peer, day, calendar)), timedelta()
    )
    return max(0, int(worked / CALL_TAKES) - sum(peer.open_calls for peer in peers))


def talk_in_words(talk: Talk, calendar: Calendar) -> str:
    """When the call will come, as a person says it: "on Thursday 5 March between 10am and 1pm"."""
    starts, ends = calendar.local(talk.starts), calendar.local(talk.ends)
    day = calendar.day_name(starts.date())
    return f"on {day} between {calendar.time_name(starts.time())} and {calendar.time_name(ends.time())}"
