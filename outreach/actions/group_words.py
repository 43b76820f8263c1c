"""What messages about a group say: its name, when and where it meets, and until when to answer."""

from datetime import datetime

from outreach.models import Activity, GroupSession
from outreach.rules.calendar import Calendar


def group_values(
    calendar: Calendar, activity: Activity, group_session: GroupSession, until: datetime | None = None
) -> dict[str, str]:
    """The values of the variables about a group."""
    return {
        "group_name": activity.name,
        "group_when": moment(calendar, group_session.starts_at),
        "group_place": group_session.place,
        "answer_by": moment(calendar, until) if until else "",
    }


def moment(calendar: Calendar, instant: datetime) -> str:
    """As people say it: "Tuesday 3 March at 2:30pm"."""
    local = calendar.local(instant)
    return f"{calendar.day_name(local.date())} at {calendar.time_name(local.time())}"
