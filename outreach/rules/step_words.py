"""Says when a step comes, as staff read it."""

from datetime import date

from outreach.rules.cadence import Step
from outreach.rules.calendar import Calendar
from outreach.vocabulary import AnchorKind

ANCHORS = {
    AnchorKind.REFERRED: "the referral",
    AnchorKind.ASSESSMENT: "the assessment",
    AnchorKind.ASSESSMENT_MISSED: "a missed assessment",
    AnchorKind.ACCEPTED: "being accepted",
    AnchorKind.TREATMENT: "the first session",
    AnchorKind.TREATMENT_MISSED: "a missed first session",
    AnchorKind.THERAPY_ENDED: "the end of therapy",
}

UNTIL = {
    AnchorKind.ASSESSMENT: "an assessment is booked",
    AnchorKind.ACCEPTED: "the person is accepted",
    AnchorKind.TREATMENT: "a first session is booked",
    AnchorKind.THERAPY_ENDED: "the end of therapy is known",
}


def step_in_words(step: Step, calendar: Calendar) -> str:
    """Such as "14 days before the assessment, at 10:30am"."""
    until = f" until {UNTIL.get(step.until, ANCHORS[step.until])}" if step.until else ""
    return f"{_counted(step, ANCHORS[step.anchor])}{until}, at {calendar.time_name(step.at)}"


def counted_in_words(step: Step, on: date, calendar: Calendar) -> str:
    """Why it comes then, such as "2 weeks before the assessment on Tuesday 3 March 2026"."""
    return _counted(step, f"{ANCHORS[step.anchor]} on {calendar.day_name(on)} {on.year}")


def _counted(step: Step, anchor: str) -> str:
    if step.every_days:
        return f"every {_span(step.every_days)} from {anchor}"
    if step.offset_days == 0:
        return f"on the day of {anchor}"
    side = "before" if step.offset_days < 0 else "after"
    return f"{_span(abs(step.offset_days))} {side} {anchor}"


def _span(days: int) -> str:
    """In weeks from two weeks on, where it comes out even."""
    number, unit = (days // 7, "week") if days >= 14 and days % 7 == 0 else (days, "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"
