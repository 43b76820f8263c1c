"""Says when a step comes, as staff read it."""

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
    anchor, at = ANCHORS[step.anchor], calendar.time_name(step.at)
    if step.every_days:
        until = f" until {UNTIL.get(step.until, ANCHORS[step.until])}" if step.until else ""
        return f"every {_span(step.every_days)} from {anchor}{until}, at {at}"
    if step.offset_days == 0:
        return f"on the day of {anchor}, at {at}"
    side = "before" if step.offset_days < 0 else "after"
    return f"{_span(abs(step.offset_days))} {side} {anchor}, at {at}"


def _span(days: int) -> str:
    """In weeks from two weeks on, where it comes out even."""
    number, unit = (days // 7, "week") if days >= 14 and days % 7 == 0 else (days, "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"
