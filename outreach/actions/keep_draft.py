"""Keeps what a member of staff is writing, and lets go of it once it is handed in."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from outreach.models import Draft, StaffMember
from outreach.models.base import new_id, put_if_missing
from outreach.models.draft import MOST_LETTERS, draft_of
from outreach.sealing import Keyring


def keep_draft(
    session: Session, keyring: Keyring, staff: StaffMember, *, place: str, words: str, now: datetime
) -> None:
    """Keep these words for this place instead of earlier ones; blank ones end the draft."""
    if not words.strip():
        drop_draft(session, staff, place)
        return
    row = draft_of(session, staff.id, place)
    if row is None:
        draft_id = new_id()
        sealed = keyring.seal("", f"draft|words|{draft_id}")
        # Two tabs may begin at once: then one of them wins, and both write into the same row.
        put_if_missing(session, Draft(id=draft_id, staff_id=staff.id, place=place, at=now, words=sealed))
        row = draft_of(session, staff.id, place)
    if row is not None:
        row.words, row.at = keyring.seal(words[:MOST_LETTERS], f"draft|words|{row.id}"), now


def drop_draft(session: Session, staff: StaffMember, place: str) -> None:
    """The words are handed in, or no longer wanted."""
    session.execute(delete(Draft).where(Draft.staff_id == staff.id, Draft.place == place))
