"""Puts a version of a template before a second person."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.errors import RefusedError
from outreach.models import Approval, ApprovalRequest, TemplateVersion
from outreach.models.base import new_id
from outreach.models.event import note


def ask_approval(session: Session, version: TemplateVersion, now: datetime, *, who: str) -> ApprovalRequest:
    """Ask for the approval of this version; asking again changes nothing. RefusedError when it has one already."""
    if session.scalar(select(Approval.id).where(Approval.template_version_id == version.id)):
        raise RefusedError(f"version {version.version} is approved already")
    known = session.scalar(select(ApprovalRequest).where(ApprovalRequest.template_version_id == version.id))
    if known is not None:
        return known
    request = ApprovalRequest(id=new_id(), template_version_id=version.id, who=who, at=now)
    session.add(request)
    note(session, now, who, "asked to approve", version, version=version.version)
    return request
