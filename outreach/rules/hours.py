"""Reads hours of work as people write them: `09:30-12:00 13:00-15:30`."""

from datetime import time

from outreach.errors import RefusedError

Span = tuple[time, time]
"""From when until when somebody works, in local time."""

OFF = ("off", "-", "–")


def read_spans(words: str) -> list[Span]:
    """The spans of one day; none for `off` or nothing. RefusedError says how to write them."""
    return [read_span(word) for word in words.replace(",", " ").lower().split() if word not in OFF]


def read_span(word: str) -> Span:
    """One span of hours, such as 09:30-15:30."""
    starts, _, ends = word.replace("–", "-").partition("-")
    try:
        return _wall(starts), _wall(ends)
    except ValueError:
        raise RefusedError(f"{word!r} is no span of hours; write it as 09:30-15:30") from None


def _wall(text: str) -> time:
    """A wall time, also written as 9:30, 9.30 or 9."""
    hour, _, minute = text.replace(".", ":").partition(":")
    return time(int(hour), int(minute or 0))


def spans_in_words(spans: list[Span]) -> str:
    """As `read_spans` reads them."""
    return " ".join(f"{starts:%H:%M}-{ends:%H:%M}" for starts, ends in spans)
