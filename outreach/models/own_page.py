"""A person's own page: links to it, what they chose there, and codes that prove a new number is theirs."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.sealing import Keyring
from outreach.vocabulary import ChoiceKind


class PageLink(Base):
    """One link to a person's own page. The token is random and stands only in the link; here is its digest."""

    __tablename__ = "page_link"

    id: Mapped[Id]
    person_id: Mapped[str] = reference("person.id", index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime]
    made_for: Mapped[str] = mapped_column(String(40))  # email | reply | staff
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class OwnChoice(Base):
    """Something a person chose for themselves that the waiting list says differently.

    It stands against the list for as long as the list says what it said then (`listed_token`); a new value there is
    newer than the choice.
    """

    __tablename__ = "own_choice"

    id: Mapped[Id]
    person_id: Mapped[str] = reference("person.id", index=True)
    kind: Mapped[ChoiceKind] = mapped_column(word(ChoiceKind))
    listed_token: Mapped[bytes] = mapped_column(LargeBinary(16))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class NumberCode(Base):
    """A code sent to a number that a person says is theirs; the number is used only once the code has come back."""

    __tablename__ = "number_code"

    id: Mapped[Id]
    person_id: Mapped[str] = reference("person.id", index=True)
    mobile: Mapped[bytes] = mapped_column(LargeBinary)
    mobile_token: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]

    def opened_mobile(self, keyring: Keyring) -> str:
        """The number, readable."""
        return keyring.open(self.mobile, f"number_code|mobile|{self.id}")


def standing_choices(session: Session, person_ids: list[str]) -> list[OwnChoice]:
    """The choices of these people that still stand."""
    query = select(OwnChoice).where(OwnChoice.person_id.in_(person_ids), OwnChoice.ended_at.is_(None))
    return list(session.scalars(query))
