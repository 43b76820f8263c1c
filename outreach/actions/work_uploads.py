"""The worker's part of an upload: tries a list without changing anything, takes in a confirmed one, deletes files."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from outreach.actions.import_matches import Matches, matches
from outreach.actions.import_waitlist import Imported, Taking, import_waitlist
from outreach.actions.uploads import GONE
from outreach.errors import WaitlistError
from outreach.models import Upload
from outreach.models.upload import sealed_found, sealed_refused
from outreach.rules.refused_rows import refused_table
from outreach.rules.waitlist import Waitlist, read_rows
from outreach.rules.waitlist_codes import unknown_codes
from outreach.rules.waitlist_columns import map_headers
from outreach.rules.waitlist_row import RowFault
from outreach.services import Services
from outreach.vocabulary import UploadState
from outreach.waitlist_file import WaitlistFile, read_waitlist

LEASE = timedelta(minutes=5)
TRIES = 3
MOST_TOLD = 200
KEPT_UNCONFIRMED = timedelta(hours=24)
KEPT_REFUSED = timedelta(days=7)
A_FILE = "this file"
"""What the file is called in errors: its real name may say whose list it is."""

NEXT = {
    UploadState.UPLOADED: UploadState.CHECKING,
    UploadState.CHECKING: UploadState.CHECKING,
    UploadState.CONFIRMED: UploadState.TAKING,
    UploadState.TAKING: UploadState.TAKING,
}


class LostError(Exception):
    """Somebody dropped the upload, or another worker has it: what is under way here counts for nothing."""


@dataclass(slots=True)
class Work:
    """One upload in this worker's hands."""

    services: Services
    upload: Upload
    lease: str
    rows_done: int = field(default=0)

    def progress(self, rows: int) -> None:
        """Say how far it is, and that somebody is still at it."""
        self.rows_done += rows
        self.save(rows_done=self.rows_done, leased_until=self.services.now() + LEASE)

    def save(self, **values: Any) -> None:
        """Write to the upload; LostError when it is no longer ours."""
        ours = update(Upload).where(Upload.id == self.upload.id, Upload.lease == self.lease)
        with self.services.begin() as session:
            if session.execute(ours.values(**values).returning(Upload.id)).first() is None:
                raise LostError


def work_uploads(services: Services, now: datetime) -> int:
    """Try or take in the next upload, and delete what is kept no longer; returns how many uploads were worked on.

    Taking in may be cut off and done again: a row that is in already changes nothing.
    """
    forget_uploads(services, now)
    work = _claim(services, now)
    if work is None:
        return 0
    try:
        _do(work, now)
    except LostError:
        return 0
    return 1


def _claim(services: Services, now: datetime) -> Work | None:
    free = or_(Upload.leased_until.is_(None), Upload.leased_until < now)
    query = select(Upload).where(Upload.state.in_(NEXT), free).order_by(Upload.at).limit(1)
    with services.read() as session:
        if session.scalar(query) is None:
            return None
    with services.begin() as session:
        upload = session.scalar(query.with_for_update(skip_locked=True))
        if upload is None:
            return None
        upload.state, upload.tries, upload.rows_done = NEXT[upload.state], upload.tries + 1, 0
        upload.lease, upload.leased_until = secrets.token_hex(16), now + LEASE
        return Work(services, upload, upload.lease)


def _do(work: Work, now: datetime) -> None:
    if work.upload.tries > TRIES:
        _end(
            work,
            now,
            UploadState.FAILED,
            fault="taking this file in went wrong three times; tell who runs the machine",
        )
        return
    with work.services.read() as session:
        known = matches(session, work.services.config.waitlist)
    try:
        file = read_waitlist(work.upload.opened(work.services.keyring), A_FILE, known.columns)
    except WaitlistError as fault:
        _end(work, now, UploadState.FAILED, fault=str(fault))
        return
    try:
        listed = _listed(work.services, file, known, now)
    except WaitlistError as fault:
        _unmatched(work, file, str(fault))
        return
    work.save(rows=len(listed.rows))
    try:
        came = import_waitlist(work.services, listed, _how(work, now))
    except WaitlistError as fault:
        _end(work, now, UploadState.FAILED, fault=str(fault))
        return
    _tell(work, file, known, listed, came)


def _listed(services: Services, file: WaitlistFile, known: Matches, now: datetime) -> Waitlist:
    today = services.calendar.day_of(now)
    return read_rows(file.headers, file.rows, today, known.columns, known.codes)


def _how(work: Work, now: datetime) -> Taking:
    upload = work.upload
    return Taking(
        who=upload.who,
        now=now,
        digest=upload.digest,
        dry_run=upload.state is UploadState.CHECKING,
        full=upload.is_full,
        progress=work.progress,
    )


def _unmatched(work: Work, file: WaitlistFile, fault: str) -> None:
    """The headers do not fit: somebody has to match them first."""
    found = {"headers": list(file.headers), "unknown": list(file.headers), "codes": {}}
    sealed = sealed_found(work.services.keyring, work.upload.id, found)
    work.save(state=UploadState.UNMATCHED, fault=fault, found=sealed, lease=None, leased_until=None)


def _tell(work: Work, file: WaitlistFile, known: Matches, listed: Waitlist, came: Imported) -> None:
    """Keep what it came to, and the refused rows; a file that was taken in is deleted."""
    services, upload = work.services, work.upload
    headers = map_headers(file.headers, known.columns, known.codes)
    codes = unknown_codes(headers, file.rows, services.calendar.day_of(upload.at))
    found = _summary(file, listed, came, codes)
    values: dict[str, Any] = {
        "found": sealed_found(services.keyring, upload.id, found),
        "refused": sealed_refused(
            services.keyring, upload.id, refused_table(file.headers, file.rows, came.refusals)
        ),
        "fault": "",
        "lease": None,
        "leased_until": None,
    }
    if upload.state is UploadState.CHECKING:
        work.save(**values, state=UploadState.CHECKED)
    else:
        work.save(**values, state=UploadState.TAKEN, content=None, ended_at=services.now())


def _summary(
    file: WaitlistFile, listed: Waitlist, came: Imported, codes: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    return {
        "rows": len(listed.rows),
        **came.counts,
        "missing": len(came.missing),
        "missing_ids": came.missing[:MOST_TOLD],
        "faults": _told(came.refusals),
        "faults_in_all": len(came.refusals),
        "notes": _told(came.notes),
        "notes_in_all": len(came.notes),
        "headers": list(file.headers),
        "unknown": list(listed.unknown_columns),
        "codes": {column: list(values) for column, values in codes.items()},
    }


def _told(faults: Sequence[RowFault]) -> list[list[Any]]:
    return [[fault.row, fault.column, fault.what, fault.fix] for fault in faults[:MOST_TOLD]]


def _end(work: Work, now: datetime, state: UploadState, *, fault: str) -> None:
    work.save(**GONE, state=state, fault=fault, ended_at=now)


def forget_uploads(services: Services, now: datetime) -> int:
    """Delete files that nobody confirmed for a day, and refused rows a week after; returns how many it concerned."""
    waiting = (UploadState.CHECKED, UploadState.UNMATCHED)
    unconfirmed = Upload.state.in_(waiting) & (Upload.at < now - KEPT_UNCONFIRMED)
    old = Upload.found.is_not(None) & Upload.ended_at.is_not(None) & (Upload.ended_at < now - KEPT_REFUSED)
    with services.read() as session:
        if session.scalar(select(Upload.id).where(unconfirmed | old).limit(1)) is None:
            return 0
    fault = "nobody confirmed it within a day, so the file was deleted"
    dropped = (
        update(Upload).where(unconfirmed).values(**GONE, state=UploadState.DROPPED, ended_at=now, fault=fault)
    )
    with services.begin() as session:
        ids = [
            *session.scalars(dropped.returning(Upload.id)),
            *session.scalars(update(Upload).where(old).values(found=None, refused=None).returning(Upload.id)),
        ]
    return len(ids)
