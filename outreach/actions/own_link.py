"""Links to a person's own page: made for an email or an answer, found again by their token, and taken back."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from outreach.models import PageLink, Person
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.services import Services

TOKEN_BYTES = 24
"""192 random bits: nobody guesses one, and a text still has room for it."""

KEPT_AFTER_END = timedelta(days=30)


def new_link(services: Services, person_id: str, now: datetime, made_for: str) -> tuple[PageLink, str]:
    """A row to store, and the address that goes to the person; the token is nowhere else."""
    columns, address = link_columns(services, person_id, now, made_for)
    return PageLink(**columns), address


def link_columns(
    services: Services, person_id: str, now: datetime, made_for: str
) -> tuple[dict[str, Any], str]:
    """The same as the columns of the row, for many at once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    columns = {
        "id": new_id(),
        "person_id": person_id,
        "token_digest": _digest(token),
        "made_at": now,
        "made_for": made_for,
        "expires_at": now + timedelta(days=services.config.own_page.link_days),
    }
    return columns, f"{services.config.service.public_url}/mine/{token}"


def link_behind(session: Session, token: str, now: datetime) -> PageLink | None:
    """The link with this token, while it can be used and its person is alive and wants to be in touch."""
    query = (
        select(PageLink)
        .join(Person, Person.id == PageLink.person_id)
        .where(
            PageLink.token_digest == _digest(token),
            PageLink.expires_at > now,
            PageLink.revoked_at.is_(None),
            Person.deceased_on.is_(None),
            Person.do_not_contact_since.is_(None),
        )
    )
    return session.scalar(query)


def was_used(services: Services, token: str, now: datetime) -> None:
    """Remember that somebody opened the page with this link, once a day."""
    fresh = or_(PageLink.used_at.is_(None), PageLink.used_at < now - timedelta(days=1))
    with services.read() as session:
        row_id = session.scalar(select(PageLink.id).where(PageLink.token_digest == _digest(token), fresh))
    if row_id:
        with services.begin() as session:
            session.execute(update(PageLink).where(PageLink.id == row_id).values(used_at=now))


def revoke_links(session: Session, person_id: str, now: datetime, *, who: str, but: str = "") -> int:
    """Make every link to this person's page useless but the one with this token; returns how many could be used."""
    usable = (
        PageLink.person_id == person_id,
        PageLink.revoked_at.is_(None),
        PageLink.expires_at > now,
        PageLink.token_digest != _digest(but),
    )
    ids = list(session.scalars(select(PageLink.id).where(*usable)))
    if ids:
        session.execute(update(PageLink).where(*usable).values(revoked_at=now, revoked_by=who))
        note(session, now, who, "revoked page links", session.get_one(Person, person_id), links=len(ids))
    return len(ids)


def forget_old_links(services: Services, now: datetime) -> int:
    """Remove links that ended a month ago; returns how many."""
    old = PageLink.expires_at < now - KEPT_AFTER_END
    with services.read() as session:
        if session.scalar(select(PageLink.id).where(old).limit(1)) is None:
            return 0
    with services.begin() as session:
        return len(list(session.scalars(delete(PageLink).where(old).returning(PageLink.id))))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
