"""What messages about a group say: its name, when and where it meets, and until when to answer."""

from datetime import datetime

from outreach.models import Activity, GroupSession


def group_values(
    activity: Activity, group_session: GroupSession, until: datetime | None = None
) -> dict[str, str | datetime]:
    """The values of the variables about a group; moments are put into words in the language of the message."""
    return {
        "group_name": activity.name,
        "group_when": group_session.starts_at,
        "group_place": group_session.place,
        "answer_by": until or "",
    }
