"""A second person's word that a version of a template may reach people."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.check_wording import refuse_errors
from outreach.errors import RefusedError
from outreach.models import Approval, StaffMember, TemplateVersion
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.rules.wording import Draft
from outreach.services import Services
from outreach.vocabulary import Role

APPROVERS = (Role.ADMIN, Role.PEER_LEAD, Role.CLINICIAN)


def approve_template(
    session: Session,
    services: Services,
    version: TemplateVersion,
    staff: StaffMember,
    now: datetime,
    *,
    native_speaker: str = "",
) -> Approval:
    """Let this version be sent from now on, in place of those before it; approving it again changes nothing.

    For a translation `native_speaker` names who has read it as a speaker of its language; left out, that is the
    approver. Raises RefusedError for its author and for roles that may not, WordingError for words that break a rule.
    """
    if staff.role not in APPROVERS:
        raise RefusedError("an admin, a peer lead or a clinician approves templates")
    if _same_name(staff.name, version.author):
        raise RefusedError(f"{version.author} wrote this version; a second person has to approve it")
    known = session.scalar(select(Approval).where(Approval.template_version_id == version.id))
    if known is not None:
        return known
    refuse_errors(session, services, Draft(version.key, version.language, version.channel, version.source))
    speaker = None if version.language == "en" else " ".join(native_speaker.split()) or staff.name
    approval = Approval(
        id=new_id(), template_version_id=version.id, who=staff.name, at=now, native_speaker=speaker
    )
    session.add(approval)
    note(session, now, staff.name, "approved", version, version=version.version)
    return approval


def _same_name(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
