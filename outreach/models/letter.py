"""Letters to people whom no message may or can reach, from the wish for one to the post, and back."""

import json
from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference
from outreach.sealing import Keyring


class LetterBatch(Base):
    """Letters printed together. They count as contact from the moment somebody says that they are in the post."""

    __tablename__ = "letter_batch"

    id: Mapped[Id]
    made_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    letters: Mapped[int]
    posted_at: Mapped[datetime | None]
    posted_by: Mapped[str | None] = mapped_column(String(120))


class Letter(Base):
    """One step of a schedule on paper; its message row says why no text or email went, and what it is about.

    `worthless_on` is the day on which its words are worth nothing any more. `body` is sealed when it is printed: the
    words and the address as they were. `undone_at` is when it was withdrawn, not posted after all, or came back.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index(
            "ix_letter_to_print",
            "wanted_at",
            sqlite_where=text("printed_at IS NULL AND undone_at IS NULL"),
            postgresql_where=text("printed_at IS NULL AND undone_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[str] = reference("person.id", index=True)
    message_id: Mapped[str] = reference("message.id", unique=True)
    wanted_at: Mapped[datetime]
    worthless_on: Mapped[date | None]
    batch_id: Mapped[str | None] = reference("letter_batch.id", index=True)
    printed_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(String(35))
    template_version_id: Mapped[str | None] = reference("template_version.id")
    large_print: Mapped[bool] = mapped_column(default=False)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    posted_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(120))
    undone_because: Mapped[str | None]

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        if self.undone_at:
            return "letter not sent"
        if self.posted_at:
            return "letter posted"
        return "letter printed" if self.printed_at else "letter to print"

    def seal(self, keyring: Keyring, address: tuple[str, ...], subject: str, words: str) -> None:
        """Keep the letter as it is printed."""
        self.body = keyring.seal(json.dumps([address, subject, words]), f"letter|body|{self.id}")

    def opened(self, keyring: Keyring) -> tuple[tuple[str, ...], str, str]:
        """(lines of the address, subject, words) as printed; all empty before that."""
        if self.body is None:
            return (), "", ""
        address, subject, words = json.loads(keyring.open(self.body, f"letter|body|{self.id}"))
        return tuple(address), subject, words


def to_print(session: Session, now: datetime, most: int) -> list[Letter]:
    """Letters that are wanted by now and that nobody has printed, those wanted first at the front."""
    query = select(Letter).where(
        Letter.printed_at.is_(None), Letter.undone_at.is_(None), Letter.wanted_at <= now
    )
    return list(session.scalars(query.order_by(Letter.wanted_at, Letter.id).limit(most)))


def letters_of(session: Session, batch_id: str) -> list[Letter]:
    """The letters of a batch in the order in which they were printed."""
    query = select(Letter).where(Letter.batch_id == batch_id)
    return list(session.scalars(query.order_by(Letter.wanted_at, Letter.id)))
