"""When somebody may try to sign in again, how long they stay signed in, and which password will do."""

from datetime import datetime, timedelta

FREE_TRIES = 3
FREE_TRIES_OF_AN_ADDRESS = 20
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
POOR_WORDS = ("password", "outreach", "letmein", "qwerty", "123456")


def wait_after(failures: int, free: int = FREE_TRIES) -> timedelta:
    """How long to wait after so many failures in a row: nothing at first, then twice as long each time."""
    over = failures - free
    if over < 0:
        return timedelta(0)
    return min(LONGEST_WAIT, timedelta(seconds=5 * 2 ** min(over, 10)))


def has_ended(
    now: datetime, started_at: datetime, seen_at: datetime, idle: timedelta, longest: timedelta
) -> str:
    """Why a session is over; blank while it lasts."""
    if now - started_at >= longest:
        return f"signed in for {_hours(longest)}"
    if now - seen_at >= idle:
        return f"nothing done for {int(idle.total_seconds() // 60)} minutes"
    return ""


def _hours(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 3600)} hours"


def password_fault(password: str, name: str) -> str:
    """What is wrong with a new password, in words; blank when it will do."""
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters, such as three or four words"
    if len(password) > LONGEST_PASSWORD:
        return f"Use at most {LONGEST_PASSWORD} characters"
    folded = password.casefold()
    if len(set(folded)) < 5 or any(word in folded for word in (*POOR_WORDS, *_parts(name))):
        return "This is easy to guess. Use three or four words that have nothing to do with you or your work"
    return ""


def _parts(name: str) -> list[str]:
    return [part for part in name.casefold().split() if len(part) > 3]
