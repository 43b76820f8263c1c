"""A waiting list that somebody uploads, sealed until it is taken in; and how local headers and codes match ours."""

import base64
import json
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.sealing import Keyring
from outreach.vocabulary import UploadState


class Upload(Base):
    """One uploaded file on its way. `content` is sealed, and gone once the list is taken in or dropped.

    `found` holds, sealed, what the trial or the import came to; `refused` the refused rows as a CSV file. A worker
    has it while `leased_until` lies ahead; its progress is `rows_done` of `rows`.
    """

    __tablename__ = "upload"

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id")
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[UploadState] = mapped_column(word(UploadState))
    is_full: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    found: Mapped[bytes | None] = mapped_column(LargeBinary)
    refused: Mapped[bytes | None] = mapped_column(LargeBinary)
    rows: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]

    def opened(self, keyring: Keyring) -> bytes:
        """The file as it was uploaded; empty once it is gone."""
        if self.content is None:
            return b""
        return base64.b64decode(keyring.open(self.content, f"upload|content|{self.id}"))

    def opened_found(self, keyring: Keyring) -> dict[str, Any]:
        """What the trial or the import came to; empty before that."""
        if self.found is None:
            return {}
        found: dict[str, Any] = json.loads(keyring.open(self.found, f"upload|found|{self.id}"))
        return found

    def opened_refused(self, keyring: Keyring) -> str:
        """The refused rows as a CSV file; blank where there are none."""
        return keyring.open(self.refused, f"upload|refused|{self.id}") if self.refused else ""


def sealed_content(keyring: Keyring, upload_id: str, content: bytes) -> bytes:
    """What goes into `upload.content`."""
    return keyring.seal(base64.b64encode(content).decode("ascii"), f"upload|content|{upload_id}")


def sealed_found(keyring: Keyring, upload_id: str, found: dict[str, Any]) -> bytes:
    """What goes into `upload.found`."""
    return keyring.seal(json.dumps(found), f"upload|found|{upload_id}")


def sealed_refused(keyring: Keyring, upload_id: str, table: str) -> bytes | None:
    """What goes into `upload.refused`."""
    return keyring.seal(table, f"upload|refused|{upload_id}") if table else None


class ImportMatch(Base):
    """What a header or a code of a local export means in ours, kept for every later file.

    `column` is the column of ours whose code this is, and blank for a header. `ours` is blank where a column is left
    out for good.
    """

    __tablename__ = "import_match"
    __table_args__ = (UniqueConstraint("column", "theirs"),)

    id: Mapped[Id]
    column: Mapped[str] = mapped_column(String(40), default="")
    theirs: Mapped[str] = mapped_column(String(200))
    ours: Mapped[str] = mapped_column(String(40))
    who: Mapped[str]
    at: Mapped[datetime]
