"""The team keeps replies that it uses again and again: added, changed and removed by name."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.errors import ConflictError, NotFoundError
from outreach.models import SavedReply, StaffMember
from outreach.models.base import is_id, new_id
from outreach.models.event import note


def saved_reply_called(session: Session, reply_id: str) -> SavedReply:
    """The saved reply with this id, in use; NotFoundError otherwise."""
    row = session.get(SavedReply, reply_id) if is_id(reply_id) else None
    if row is None or row.removed_at is not None:
        raise NotFoundError("There is no such saved reply. Somebody may have removed it.")
    return row


def add_saved_reply(
    session: Session, *, name: str, words: str, staff: StaffMember, now: datetime
) -> SavedReply:
    """Keep new words for everybody."""
    row = SavedReply(id=new_id(), name=name, words=words, edition=1, changed_at=now, changed_by=staff.name)
    session.add(row)
    note(session, now, staff.name, "added", row)
    return row


def change_saved_reply(
    session: Session,
    row: SavedReply,
    *,
    edition: int,
    name: str,
    words: str,
    staff: StaffMember,
    now: datetime,
) -> None:
    """Change them. ConflictError when somebody has done so since this `edition`: nothing is overwritten unseen."""
    session.refresh(row, with_for_update=True)
    if row.edition != edition:
        raise ConflictError(
            f"{row.changed_by} has changed this meanwhile; see their words, then save again", row.edition
        )
    row.name, row.words, row.edition = name, words, edition + 1
    row.changed_at, row.changed_by = now, staff.name
    note(session, now, staff.name, "changed", row)


def remove_saved_reply(session: Session, row: SavedReply, *, staff: StaffMember, now: datetime) -> None:
    """Nobody is offered it any more."""
    row.removed_at, row.removed_by = now, staff.name
    note(session, now, staff.name, "removed", row)
