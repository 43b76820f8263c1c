"""A waiting list comes in through the site: stored sealed, tried, confirmed by a person, taken in by a worker."""

import hashlib
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from outreach.errors import NotFoundError, RefusedError, WaitlistError
from outreach.models import StaffMember, Upload
from outreach.models.base import is_id, new_id
from outreach.models.event import note
from outreach.models.upload import sealed_content
from outreach.services import Services
from outreach.vocabulary import UploadState

LARGEST_UPLOAD = 20 * 1024 * 1024


def store_upload(
    session: Session, services: Services, content: bytes, member: StaffMember, now: datetime, *, is_full: bool
) -> Upload:
    """Keep a file, sealed, for the worker to try. Raises WaitlistError for an empty or too large one."""
    if not content.strip():
        raise WaitlistError("this file is empty; export the list again")
    if len(content) > LARGEST_UPLOAD:
        raise WaitlistError(
            f"this file is larger than {LARGEST_UPLOAD // 1024 // 1024} MB; export fewer columns"
        )
    upload_id = new_id()
    row = Upload(
        id=upload_id,
        staff_id=member.id,
        who=member.name,
        at=now,
        state=UploadState.UPLOADED,
        is_full=is_full,
        digest=hashlib.sha256(content).digest(),
        content=sealed_content(services.keyring, upload_id, content),
    )
    session.add(row)
    note(session, now, member.name, "uploaded", row, full=is_full)
    return row


def upload_called(session: Session, upload_id: str) -> Upload:
    """The upload with this id; NotFoundError otherwise."""
    row = session.get(Upload, upload_id) if is_id(upload_id) else None
    if row is None:
        raise NotFoundError("There is no such upload. Its file may have been deleted.")
    return row


def try_again(session: Session, upload: Upload) -> None:
    """Have it tried once more, because headers or codes were matched meanwhile."""
    waiting = (UploadState.CHECKED, UploadState.UNMATCHED)
    _move(session, upload, waiting, state=UploadState.UPLOADED, rows_done=0, tries=0)


def confirm(session: Session, upload: Upload, member: StaffMember, now: datetime) -> None:
    """Take in what the trial has shown. Pressed twice, it counts once; RefusedError for anything but a tried list."""
    _move(session, upload, (UploadState.CHECKED,), state=UploadState.CONFIRMED, rows_done=0, tries=0)
    note(session, now, member.name, "confirmed", upload)


def drop(session: Session, upload: Upload, member: StaffMember, now: datetime) -> None:
    """Delete the file without taking anything of it in."""
    before = (UploadState.UPLOADED, UploadState.CHECKING, UploadState.UNMATCHED, UploadState.CHECKED)
    _move(session, upload, before, state=UploadState.DROPPED, **GONE, ended_at=now)
    note(session, now, member.name, "dropped", upload)


GONE = {"content": None, "found": None, "refused": None, "lease": None, "leased_until": None}
"""Nothing of the file is left."""


def _move(session: Session, upload: Upload, before: tuple[UploadState, ...], **values: object) -> None:
    """One conditional write, so that of two who press at once one is told."""
    moved = session.execute(
        update(Upload)
        .where(Upload.id == upload.id, Upload.state.in_(before))
        .values(**values)
        .returning(Upload.id)
    ).first()
    session.refresh(upload)
    if moved is None:
        raise RefusedError(f"this upload is {upload.state.value} by now; nothing was changed")
