"""Signs staff in and out: password and authenticator, waits after failures, and sessions that can be ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from outreach.actions.accounts import opened_secret, passwords
from outreach.credentials import digest, new_token, recovery_digest, step_of
from outreach.errors import RefusedError
from outreach.models import Account, RecoveryCode, SignInDelay, StaffMember, StaffSession
from outreach.models.base import new_id, put_if_missing
from outreach.models.event import note
from outreach.models.sign_in import account_of, known_as
from outreach.rules.sign_in import (
    FORGOTTEN_AFTER,
    FREE_TRIES,
    FREE_TRIES_OF_AN_ADDRESS,
    LONGEST_PASSWORD,
    has_ended,
    wait_after,
)
from outreach.services import Services

WRONG = "The name, the password or the code is not right. Check all three and try again"
"""One text for every failure: which part was wrong is nobody's business."""

SEEN_EVERY = timedelta(minutes=1)


class MustWaitError(RefusedError):
    """Too many failures in a row; `until` is when the next try counts."""

    def __init__(self, until: datetime, now: datetime) -> None:
        seconds = max(1, round((until - now).total_seconds()))
        span = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
        super().__init__(f"Too many tries in a row. Wait {span}, then try again")
        self.until = until


@dataclass(frozen=True, slots=True)
class Try:
    """What somebody typed, and from where."""

    name: str
    password: str
    code: str
    address: str
    device: str = ""


def sign_in(services: Services, attempt: Try, now: datetime) -> str:
    """The token of a new session. RefusedError for a failure, MustWaitError while a wait lasts.

    The failure is counted before anything is checked and taken back on success, so that many tries at once gain
    nothing; the slow check of the password runs outside any transaction.
    """
    keys = _count_failure(services, attempt, now)
    with services.read() as session:
        member = known_as(session, attempt.name)
        account = account_of(session, member.id) if member else None
    stored = account.password_hash if account and account.enrolled_at else None
    fits = passwords(services).is_right(stored, attempt.password[: LONGEST_PASSWORD + 1])
    if not (fits and member and account):
        raise RefusedError(WRONG)
    with services.begin() as session:
        fresh = session.get_one(Account, account.id)
        if fresh.password_hash != stored or not _code_fits(session, services, fresh, attempt.code, now):
            raise RefusedError(WRONG)
        _forgive(session, keys)
        token = start_session(session, member, now, device=attempt.device)
    if stored and passwords(services).is_outdated(stored):
        _hash_again(services, account.id, stored, attempt.password)
    return token


def _count_failure(services: Services, attempt: Try, now: datetime) -> list[bytes]:
    """Refuse while a wait lasts; else count one failure for the account and one for the address."""
    keyring = services.keyring
    name = " ".join(attempt.name.split()).casefold()
    keys = [keyring.blind("sign_in_account", name), keyring.blind("sign_in_address", attempt.address)]
    with services.begin() as session:
        rows = [_delay(session, key, now) for key in keys]
        until = max(row.wait_until for row in rows)
        if until > now:
            raise MustWaitError(until, now)
        for row, free in zip(rows, (FREE_TRIES, FREE_TRIES_OF_AN_ADDRESS), strict=True):
            row.failures, row.failed_at = row.failures + 1, now
            row.wait_until = now + wait_after(row.failures, free)
    return keys


def _delay(session: Session, key: bytes, now: datetime) -> SignInDelay:
    put_if_missing(session, SignInDelay(key=key, failures=0, failed_at=now, wait_until=now))
    row = session.get_one(SignInDelay, key, with_for_update=True)
    if now - row.failed_at > FORGOTTEN_AFTER:
        row.failures = 0
    return row


def _forgive(session: Session, keys: list[bytes]) -> None:
    account, address = (session.get_one(SignInDelay, key) for key in keys)
    session.delete(account)
    address.failures, address.wait_until = max(0, address.failures - 1), address.failed_at


def _code_fits(session: Session, services: Services, account: Account, code: str, now: datetime) -> bool:
    """The authenticator's code, once; or a recovery code, once."""
    step = step_of(opened_secret(services, account), code[:20], now)
    if step is not None:
        unused = or_(Account.last_step.is_(None), Account.last_step < step)
        used = update(Account).where(Account.id == account.id, unused).values(last_step=step)
        return session.execute(used.returning(Account.id)).first() is not None
    fits = (
        RecoveryCode.account_id == account.id,
        RecoveryCode.digest == recovery_digest(code[:100]),
        RecoveryCode.used_at.is_(None),
    )
    taken = session.execute(update(RecoveryCode).where(*fits).values(used_at=now).returning(RecoveryCode.id))
    return taken.first() is not None


def _hash_again(services: Services, account_id: str, stored: str, password: str) -> None:
    hashed = passwords(services).hashed(password)
    with services.begin() as session:
        same = update(Account).where(Account.id == account_id, Account.password_hash == stored)
        session.execute(same.values(password_hash=hashed))


def start_session(session: Session, member: StaffMember, now: datetime, *, device: str = "") -> str:
    """A new session for this member; returns the token for its cookie, of which only the digest is kept."""
    token = new_token()
    row = StaffSession(
        id=new_id(),
        staff_id=member.id,
        token_digest=digest(token),
        device=device[:200],
        started_at=now,
        seen_at=now,
    )
    session.add(row)
    note(session, now, member.name, "signed in", member)
    return token


@dataclass(frozen=True, slots=True)
class Present:
    """Who is signed in, and in which session."""

    member: StaffMember
    session_id: str


def present(services: Services, token: str, now: datetime) -> Present | None:
    """Whose session this token is; None when it has ended. Notes at most once a minute that it was seen."""
    with services.read() as session:
        query = (
            select(StaffSession, StaffMember)
            .join(StaffMember, StaffMember.id == StaffSession.staff_id)
            .where(StaffSession.token_digest == digest(token), StaffSession.ended_at.is_(None))
        )
        found = session.execute(query).first()
    if found is None:
        return None
    row, member = found
    limits = services.config.sign_in
    idle, longest = timedelta(minutes=limits.idle_minutes), timedelta(hours=limits.longest_hours)
    ended = "left the staff" if member.left_at else has_ended(now, row.started_at, row.seen_at, idle, longest)
    if ended:
        with services.begin() as session:
            _end(session, row.id, now, ended)
        return None
    if now - row.seen_at >= SEEN_EVERY:
        with services.begin() as session:
            session.execute(update(StaffSession).where(StaffSession.id == row.id).values(seen_at=now))
    return Present(member, row.id)


def sign_out(services: Services, who: Present, now: datetime) -> None:
    """End this session."""
    with services.begin() as session:
        _end(session, who.session_id, now, "signed out")
        note(session, now, who.member.name, "signed out", who.member)


def _end(session: Session, session_id: str, now: datetime, because: str) -> None:
    session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now, ended_because=because)
    )
