"""Message templates: append-only versions, and approvals by a second person."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import Channel

SHIPPED = "shipped"
"""The author of version 1 of every template that comes with the program."""


class TemplateVersion(Base):
    """One version of one template in one language for one channel; never changed once written."""

    __tablename__ = "template_version"
    __table_args__ = (UniqueConstraint("key", "language", "channel", "version"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(35))
    channel: Mapped[Channel] = mapped_column(word(Channel))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    author: Mapped[str]
    created_at: Mapped[datetime]


class Approval(Base):
    """A second person's word that a template version may reach people."""

    __tablename__ = "approval"

    id: Mapped[Id]
    template_version_id: Mapped[str] = reference("template_version.id", index=True)
    who: Mapped[str]
    at: Mapped[datetime]


def usable_versions(
    session: Session, needs_approval: bool
) -> dict[tuple[str, str, Channel], TemplateVersion]:
    """The newest version of each (key, language, channel) that may be sent.

    That is the newest approved one; where no approval is needed (nothing leaves the machine) a shipped English
    version serves until one is approved.
    """
    approved = set(session.scalars(select(Approval.template_version_id)))
    usable: dict[tuple[str, str, Channel], TemplateVersion] = {}
    for version in session.scalars(select(TemplateVersion).order_by(TemplateVersion.version)):
        serves_unapproved = not needs_approval and version.author == SHIPPED and version.language == "en"
        if version.id in approved or serves_unapproved:
            usable[version.key, version.language, version.channel] = version
    return usable


def answer_versions(session: Session, key: str) -> dict[tuple[str, str, Channel], TemplateVersion]:
    """The versions of one answer: approved ones, and the shipped English ones until those are."""
    return {
        name: version
        for name, version in usable_versions(session, needs_approval=False).items()
        if name[0] == key
    }
