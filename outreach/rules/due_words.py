"""Says when something is due as a colleague would: how long is left today, else the day and the hour."""

from datetime import datetime, timedelta

from outreach.rules.calendar import Calendar

SOON = timedelta(minutes=90)


def due_in_words(due_at: datetime, now: datetime, calendar: Calendar) -> str:
    """Such as "due in 20 minutes", "due today by 6pm", "due Thursday by midday" or "2 hours late"."""
    if due_at <= now:
        return _late(due_at, now, calendar)
    if due_at - now <= SOON:
        return f"due in {span_in_words(due_at - now)}"
    return f"due {_day(due_at, now, calendar)} by {calendar.time_name(calendar.local(due_at).time())}"


def _late(due_at: datetime, now: datetime, calendar: Calendar) -> str:
    if now - due_at < timedelta(minutes=1):
        return "due now"
    if now - due_at < timedelta(hours=20):
        return f"{span_in_words(now - due_at)} late"
    return f"late since {_day(due_at, now, calendar)}"


def moment_in_words(at: datetime, now: datetime, calendar: Calendar) -> str:
    """Such as "today at 10:05am", "yesterday at 4:30pm", "Thursday at 9am" or "Monday 2 March at 9am"."""
    return f"{_day(at, now, calendar)} at {calendar.time_name(calendar.local(at).time())}"


def _day(at: datetime, now: datetime, calendar: Calendar) -> str:
    """Near days by name, others with their date; always without "in N days", which nobody can check."""
    day, today = calendar.day_of(at), calendar.day_of(now)
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
    if near:
        return near
    if 0 < (day - today).days < 7:
        return f"{day:%A}"
    return f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def span_in_words(span: timedelta) -> str:
    """Such as "1 minute", "20 minutes" or "3 hours"; days from two days on."""
    minutes = max(1, int(span.total_seconds() // 60))
    for size, name in ((2 * 24 * 60, "day"), (90, "hour")):
        if minutes >= size:
            number = round(minutes / (24 * 60 if name == "day" else 60))
            return f"{number} {name}{'s' if number != 1 else ''}"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
