"""How the message templates stand: which version of each is in use, and what waits for a second person."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.models import Approval, ApprovalRequest, Enrolment, Message, TemplateVersion
from outreach.models.message import in_state
from outreach.models.template import newest_versions, usable_versions
from outreach.rules.cadence import Schedule
from outreach.vocabulary import Channel, MessageState

WAITING = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.HELD)


@dataclass(frozen=True, slots=True)
class Standing:
    """One template in one language for one channel. `asked_by` is who asked for the newest version's approval."""

    newest: TemplateVersion
    in_use: TemplateVersion | None
    is_approved: bool
    asked_by: str

    @property
    def waits(self) -> bool:
        """Somebody has asked for its approval."""
        return bool(self.asked_by) and not self.is_approved

    @property
    def has_draft(self) -> bool:
        """Its newest words are not those in use."""
        return self.in_use is None or self.in_use.id != self.newest.id


@dataclass(frozen=True, slots=True)
class Use:
    """Where a template is used: (schedule, step) pairs, people on those schedules, and messages that wait with it."""

    steps: tuple[tuple[str, str], ...]
    people: int
    queued: int


def standings(
    session: Session, needs_approval: bool, key: str | None = None
) -> Mapping[tuple[str, str, Channel], Standing]:
    """Every template, or one in all its languages and channels."""
    usable = usable_versions(session, needs_approval)
    approved = set(session.scalars(select(Approval.template_version_id)))
    asked = {
        row.template_version_id: row.who
        for row in session.scalars(select(ApprovalRequest).order_by(ApprovalRequest.id))
    }
    return {
        name: Standing(version, usable.get(name), version.id in approved, asked.get(version.id, ""))
        for name, version in newest_versions(session).items()
        if key in (None, name[0])
    }


def waiting_for_approval(session: Session) -> list[TemplateVersion]:
    """Newest versions that somebody has asked to approve, the oldest request first."""
    approved = select(Approval.template_version_id)
    query = (
        select(TemplateVersion)
        .join(ApprovalRequest, ApprovalRequest.template_version_id == TemplateVersion.id)
        .where(TemplateVersion.id.not_in(approved))
        .order_by(ApprovalRequest.id)
    )
    newest = {version.id for version in newest_versions(session).values()}
    return [version for version in session.scalars(query) if version.id in newest]


def use_in_pathway(session: Session, key: str) -> Use:
    """Who is affected by changing these words."""
    schedules: Mapping[str, Schedule] = in_force(session)
    steps = tuple(
        (name, step.key)
        for name, schedule in schedules.items()
        for step in schedule.steps
        if key in step.templates
    )
    on_them = select(func.count()).where(
        Enrolment.ended_at.is_(None), Enrolment.schedule.in_({name for name, _ in steps})
    )
    queued = select(func.count()).where(Message.template == key, or_(*map(in_state, WAITING)))
    return Use(steps, session.scalar(on_them) or 0, session.scalar(queued) or 0)
