"""Sends words to a member of staff, as a made-up person would get them."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.preview_template import preview
from outreach.actions.tell_staff import tell
from outreach.errors import RefusedError
from outreach.models import StaffMember, TemplateVersion
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.rules.wording import Draft
from outreach.services import Services


def try_out_template(
    session: Session, services: Services, version: TemplateVersion, staff: StaffMember, now: datetime
) -> None:
    """Queue this version to the member's own mobile or email. RefusedError without one, or for broken words."""
    shown = preview(
        session, services, Draft(version.key, version.language, version.channel, version.source), now
    )
    if shown.fault:
        raise RefusedError(f"these words cannot be sent: {shown.fault}")
    told = tell(
        session,
        services,
        staff,
        now,
        step="test",
        occurrence=f"{version.id}:{new_id()}",
        subject=shown.subject,
        text=shown.text,
        html=shown.html,
        channels=(version.channel,),
    )
    if not told:
        what = "mobile number" if version.channel.value == "sms" else "email address"
        raise RefusedError(f"there is no {what} of yours on record; an admin can add it under Staff")
    note(session, now, staff.name, "tried out", version, version=version.version)
