"""Sets up how a staff member signs in: a one-time link, then a password, an authenticator and recovery codes."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from outreach.credentials import (
    Passwords,
    digest,
    new_recovery_codes,
    new_secret,
    new_token,
    recovery_digest,
    step_of,
)
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Account, RecoveryCode, StaffMember, StaffSession
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.sign_in import account_of
from outreach.rules.sign_in import password_fault
from outreach.services import Services


def passwords(services: Services) -> Passwords:
    """Password hashing at this installation's cost."""
    cost = services.config.sign_in
    return Passwords(cost.argon2_passes, cost.argon2_memory_kib)


def invite(session: Session, services: Services, member: StaffMember, now: datetime, *, who: str) -> str:
    """A link for the member to set up their sign-in, once, within `sign_in.link_hours`.

    What they signed in with before stops working at once, on every device.
    """
    if member.left_at is not None:
        raise RefusedError(f"{member.name} has left; nobody signs in for them")
    account = account_of(session, member.id)
    if account is None:
        account = Account(id=new_id(), staff_id=member.id, created_at=now)
        session.add(account)
    token = new_token()
    account.link_digest = digest(token)
    account.link_expires_at = now + timedelta(hours=services.config.sign_in.link_hours)
    account.password_hash = account.password_set_at = None
    account.secret = account.enrolled_at = account.last_step = None
    session.flush()
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    end_sessions(session, member.id, now, because="the sign-in was set up anew")
    note(session, now, who, "made a sign-in link for", member)
    return f"{services.config.service.public_url}/welcome/{token}"


def end_sessions(session: Session, staff_id: str, now: datetime, *, because: str, but: str = "") -> None:
    """End every sign-in of this staff member, except the session with the id `but`."""
    session.execute(
        update(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.id != (but or None),
        )
        .values(ended_at=now, ended_because=because)
    )


def invited(session: Session, token: str, now: datetime) -> tuple[Account, StaffMember]:
    """Whose link this is; NotFoundError when it was used, is too old or is not ours."""
    account = session.scalar(select(Account).where(Account.link_digest == digest(token)))
    if account is None or account.link_expires_at is None or account.link_expires_at <= now:
        raise NotFoundError("This link has been used or is too old. Ask your lead or admin for a new one.")
    member = session.get_one(StaffMember, account.staff_id)
    if member.left_at is not None:
        raise NotFoundError("This link is for somebody who has left.")
    return account, member


def choose_password(
    session: Session,
    services: Services,
    account: Account,
    member: StaffMember,
    *,
    password: str,
    now: datetime,
) -> None:
    """Set a new password and, where no authenticator is enrolled, a fresh secret for one.

    RefusedError says what is wrong with the password.
    """
    if fault := password_fault(password, member.name):
        raise RefusedError(fault)
    account.password_hash = passwords(services).hashed(password)
    account.password_set_at = now
    if account.enrolled_at is None:
        account.secret = services.keyring.seal(new_secret(), f"account|secret|{account.id}")
    note(session, now, member.name, "chose a password", account)


def replace_password(
    services: Services, account: Account, *, old: str, new: str, now: datetime, keep: str
) -> None:
    """Change a password for whoever knows the present one; every session but `keep` ends.

    RefusedError says what is wrong with either. The slow hashing runs outside any transaction.
    """
    if not passwords(services).is_right(account.password_hash, old):
        raise RefusedError("this is not your present password")
    with services.read() as session:
        member = session.get_one(StaffMember, account.staff_id)
    if fault := password_fault(new, member.name):
        raise RefusedError(fault)
    hashed = passwords(services).hashed(new)
    with services.begin() as session:
        own = session.get_one(Account, account.id)
        own.password_hash, own.password_set_at = hashed, now
        end_sessions(session, member.id, now, because="the password was changed", but=keep)
        note(session, now, member.name, "changed the password", own)


def opened_secret(services: Services, account: Account) -> str:
    """The authenticator's secret, readable; blank before a password was chosen."""
    return services.keyring.open(account.secret, f"account|secret|{account.id}") if account.secret else ""


def enrol(
    session: Session, services: Services, account: Account, member: StaffMember, *, code: str, now: datetime
) -> list[str]:
    """Take the first code of the authenticator; the link is used up. Returns recovery codes, shown this once."""
    secret = opened_secret(services, account)
    step = step_of(secret, code, now) if secret else None
    if step is None:
        raise RefusedError("This code is not right. Wait for the next one and type its six digits")
    account.enrolled_at, account.last_step = now, step
    account.link_digest = account.link_expires_at = None
    note(session, now, member.name, "enrolled an authenticator", account)
    return fresh_recovery_codes(session, account, member, now)


def fresh_recovery_codes(session: Session, account: Account, member: StaffMember, now: datetime) -> list[str]:
    """New recovery codes in place of the old ones; only their digests are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = new_recovery_codes()
    session.add_all(RecoveryCode(account_id=account.id, digest=recovery_digest(code)) for code in codes)
    note(session, now, member.name, "made recovery codes", account)
    return codes
