"""Message templates: append-only versions, and approvals by a second person."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, String, Text, UniqueConstraint, and_, bindparam, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import NotFoundError
from outreach.models.base import AnyRow, Base, Id, reference, word
from outreach.vocabulary import Channel

SHIPPED = "shipped"
"""The author of version 1 of every English template that comes with the program."""

MACHINE_DRAFT = "machine draft"
"""The author of version 1 in every other language: nobody who speaks it has read it yet."""


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

    @property
    def written_by(self) -> str:
        """Its author as staff read it."""
        return {SHIPPED: "Outreach", MACHINE_DRAFT: "a machine"}.get(self.author, self.author)


class Approval(Base):
    """A second person's word that a template version may reach people.

    `native_speaker` names who has read a translation as a speaker of its language.
    """

    __tablename__ = "approval"

    id: Mapped[Id]
    template_version_id: Mapped[str] = reference("template_version.id", index=True)
    who: Mapped[str]
    at: Mapped[datetime]
    native_speaker: Mapped[str | None] = mapped_column(String(120))


class ApprovalRequest(Base):
    """Somebody's wish that a second person approves this version."""

    __tablename__ = "approval_request"

    id: Mapped[Id]
    template_version_id: Mapped[str] = reference("template_version.id", unique=True)
    who: Mapped[str]
    at: Mapped[datetime]


def approvals_of(session: Session, versions: Iterable[TemplateVersion]) -> dict[str, Approval]:
    """The approvals of these versions, by version id."""
    ids = [version.id for version in versions]
    found = session.scalars(select(Approval).where(Approval.template_version_id.in_(ids)))
    return {row.template_version_id: row for row in found}


def versions_of(session: Session, key: str, language: str, channel: Channel) -> list[TemplateVersion]:
    """Every version of one template, the newest first."""
    query = select(TemplateVersion).where(
        TemplateVersion.key == key, TemplateVersion.language == language, TemplateVersion.channel == channel
    )
    return list(session.scalars(query.order_by(TemplateVersion.version.desc())))


def version_numbered(
    session: Session, key: str, language: str, channel: Channel, number: int | None = None
) -> TemplateVersion:
    """This version, or the newest; NotFoundError says what there is instead."""
    known = versions_of(session, key, language, channel)
    found = next((each for each in known if number in (None, each.version)), None)
    if found:
        return found
    if known:
        raise NotFoundError(f"{key} has versions 1 to {known[0].version} there, and no version {number}")
    raise NotFoundError(
        f"there is no template {key} in {language!r} for {channel.value}; `outreach templates list` shows all"
    )


def newest_versions(session: Session) -> dict[tuple[str, str, Channel], TemplateVersion]:
    """The newest version of every template, approved or not."""
    rows = session.scalars(select(TemplateVersion).order_by(TemplateVersion.version))
    return {(row.key, row.language, row.channel): row for row in rows}


def usable_versions(
    session: Session, needs_approval: bool, keys: Collection[str] | None = None
) -> dict[tuple[str, str, Channel], TemplateVersion]:
    """The newest version of each (key, language, channel) that may be sent, of these keys or of all.

    That is the newest approved one; where no approval is needed (nothing leaves the machine) a shipped English
    version serves until one is approved. A translation never serves unapproved.
    """
    query = _usable(needs_approval=needs_approval, of_these=keys is not None)
    known = {} if keys is None else {"keys": list(keys)}
    return {(each.key, each.language, each.channel): each for each in session.scalars(query, known)}


@lru_cache(maxsize=4)
def _usable(*, needs_approval: bool, of_these: bool) -> Select[TemplateVersion]:
    """Written down once: the sender asks it for every batch."""
    query = select(TemplateVersion).where(_may_serve(needs_approval)).order_by(TemplateVersion.version)
    return query.where(TemplateVersion.key.in_(bindparam("keys", expanding=True))) if of_these else query


def _may_serve(needs_approval: bool) -> ColumnElement[bool]:
    is_approved: ColumnElement[bool] = TemplateVersion.id.in_(select(Approval.template_version_id))
    if needs_approval:
        return is_approved
    return or_(is_approved, and_(TemplateVersion.author == SHIPPED, TemplateVersion.language == "en"))


def translations(session: Session) -> set[tuple[str, str, Channel]]:
    """The names of all templates that may be sent in a language other than English."""
    return {(key, language, channel) for key, language, channel in session.execute(_TRANSLATED)}


_TRANSLATED = (
    select(TemplateVersion.key, TemplateVersion.language, TemplateVersion.channel)
    .join(Approval, Approval.template_version_id == TemplateVersion.id)
    .where(TemplateVersion.language != "en")
)


def answer_versions(session: Session, key: str) -> dict[tuple[str, str, Channel], AnyRow]:
    """The versions of one answer, as plain rows: approved ones, and the shipped English ones until those are."""
    rows = session.connection().execute(_ANSWERS, {"wanted": key})
    return {(row.key, row.language, row.channel): row for row in rows}


_ANSWERS = (
    select(*TemplateVersion.__table__.columns)
    .where(TemplateVersion.key == bindparam("wanted"), _may_serve(needs_approval=False))
    .order_by(TemplateVersion.version)
)
