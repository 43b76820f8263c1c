"""How staff sign in: accounts, recovery codes, sessions that can be ended, and waits after failures."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference
from outreach.models.staff import StaffMember


class Account(Base):
    """One staff member's sign-in. The authenticator's secret is sealed; it counts once `enrolled_at` is set.

    A one-time link (its digest is kept) lets its owner choose a password and enrol an authenticator until it expires.
    `last_step` is the newest 30-second step whose code was used: no code works twice.
    """

    __tablename__ = "account"

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id", unique=True)
    password_hash: Mapped[str | None]
    password_set_at: Mapped[datetime | None]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    enrolled_at: Mapped[datetime | None]
    last_step: Mapped[int | None]
    link_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    link_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code that stands in once for a lost authenticator."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    account_id: Mapped[str] = reference("account.id", index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """One sign-in on one device, known by the digest of its cookie's token; ended by its owner, a lead or time."""

    __tablename__ = "staff_session"

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id", index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    device: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class SignInDelay(Base):
    """How long one account or one address must wait after failures; `key` is a blind token."""

    __tablename__ = "sign_in_delay"

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime]
    wait_until: Mapped[datetime]


def account_of(session: Session, staff_id: str) -> Account | None:
    """The account of this staff member, if they have one."""
    return session.scalar(select(Account).where(Account.staff_id == staff_id))


def known_as(session: Session, name: str) -> StaffMember | None:
    """The present staff member with this name or email, however it is capitalised."""
    wanted = " ".join(name.split()).casefold()
    for member in session.scalars(select(StaffMember).where(StaffMember.left_at.is_(None))):
        if wanted and wanted in (member.name.casefold(), (member.email or "").casefold()):
            return member
    return None
