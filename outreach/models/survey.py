"""What people answer to surveys, stored apart from the people: nothing here says who, or when within a month."""

from datetime import date

from sqlalchemy import LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, word
from outreach.sealing import Keyring
from outreach.vocabulary import AnsweredBy

APART = {"sqlite_with_rowid": False}
"""SQLite then keeps the rows in the order of their random ids: a row number would tell in which order they came."""


def _random_id() -> Mapped[str]:
    """A key without a default: ids of other tables carry the time at which they were made, these must not."""
    return mapped_column(Uuid(as_uuid=False), primary_key=True)


class SurveyAnswer(Base):
    """One answer to one question, on its own. `month` is its first day.

    Where somebody says something about themselves, their first answer stands here once more with that `split` and
    `group`, so that no row joins two things about one person.
    """

    __tablename__ = "survey_answer"
    __table_args__ = APART

    id: Mapped[str] = _random_id()
    survey: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(40))
    month: Mapped[date] = mapped_column(index=True)
    way: Mapped[AnsweredBy] = mapped_column(word(AnsweredBy))
    split: Mapped[str] = mapped_column(String(40), default="")
    group: Mapped[str] = mapped_column(String(40), default="")


class SurveyComment(Base):
    """Somebody's own words, sealed, beside their first answer and nothing else about them."""

    __tablename__ = "survey_comment"
    __table_args__ = APART

    id: Mapped[str] = _random_id()
    survey: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(40))
    month: Mapped[date] = mapped_column(index=True)
    words: Mapped[bytes] = mapped_column(LargeBinary)

    def opened(self, keyring: Keyring) -> str:
        """The words, readable."""
        return keyring.open(self.words, f"survey_comment|words|{self.id}")
