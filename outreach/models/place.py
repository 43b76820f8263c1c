"""Where the database stands, one row for each place: a restored backup is not taken for the database it was."""

from datetime import datetime

from sqlalchemy import String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id

MAY_ASK = text("SELECT has_function_privilege('pg_control_system()', 'execute')")
SERVER = text("SELECT system_identifier FROM pg_control_system()")
NAME = text(
    "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || oid || '/' || 'message'::regclass::oid"
    " FROM pg_database WHERE datname = current_database()"
)
"""Timeline, database and table. With the server's own number: each restore, and each takeover by a standby, changes
one of them. Where the server tells its number to administrators only, the others have to do.
"""

ONE_FILE = "one file"


class Place(Base):
    """A place where this database was found. Until somebody has settled it, nothing that we start is sent.

    `since` is the moment from which on the provider may know of messages that this database does not.
    """

    __tablename__ = "place"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(120))
    found_at: Mapped[datetime]
    why: Mapped[str]
    since: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]


def newest_place(session: Session) -> Place | None:
    """Where we stand as far as this database knows; None before anything was sent from it."""
    return session.scalar(select(Place).order_by(Place.id.desc()).limit(1))


def unsettled_place(session: Session) -> Place | None:
    """The place that somebody has to settle; None when all is well."""
    newest = newest_place(session)
    return newest if newest is not None and newest.settled_at is None else None


def name_of_place(session: Session) -> str:
    """What tells this database from any copy. SQLite has no such thing: the mark beside the keyring has to do."""
    if session.get_bind().dialect.name != "postgresql":
        return ONE_FILE
    server = session.scalar(SERVER) if session.scalar(MAY_ASK) else "some server"
    return f"{server}/{session.scalar(NAME)}"
