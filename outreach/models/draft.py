"""What a member of staff is writing and has not handed in yet: kept over sign-outs, lost sessions and closed tabs."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference
from outreach.sealing import Keyring

MOST_LETTERS = 200_000


class Draft(Base):
    """Some sealed words of one member of staff for one place, such as `task:<id>:note`. Gone once they are used."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("staff_id", "place"),)

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id")
    place: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    words: Mapped[bytes] = mapped_column(LargeBinary)

    def opened(self, keyring: Keyring) -> str:
        """The words, readable."""
        return keyring.open(self.words, f"draft|words|{self.id}")


def draft_of(session: Session, staff_id: str, place: str) -> Draft | None:
    """What this member has begun to write there."""
    return session.scalar(select(Draft).where(Draft.staff_id == staff_id, Draft.place == place))
