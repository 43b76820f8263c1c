"""The newest attempt to send, kept in a file beside the keyring: a database that does not know it was restored."""

import os
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()

ID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class SentMark:
    """A file of 36 characters. Without a path nothing is kept, as in an installation that lives in a test alone."""

    path: Path | None = None

    @property
    def can_be_kept(self) -> bool:
        """Whether its folder may be written; without the mark only PostgreSQL can tell that it was restored."""
        return self.path is not None and os.access(self.path.parent, os.W_OK)

    def read(self) -> str | None:
        """The id in the file; None where there is none, or not a whole one."""
        if self.path is None:
            return None
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
        except OSError:
            return None
        return text if len(text) == ID_LENGTH else None

    def write(self, attempt_id: str) -> None:
        """Put this id there, in place: needs no room on the disk, and outlives the process though not a power cut.

        A failure is told and not raised: what is committed as being sent must be handed over.
        """
        if self.path is None:
            return
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(file, attempt_id.encode("ascii"), 0)
            finally:
                os.close(file)
        except OSError as fault:
            log.error("the mark of what was sent cannot be kept", error=type(fault).__name__)  # noqa: TRY400


def mark_beside(keyring: Path) -> SentMark:
    """The mark of the installation with this keyring file."""
    return SentMark(keyring.with_name(f"{keyring.name}.sent"))
