"""A referral: one wait, with its stage and the dated events that moved it there."""

from datetime import date, datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import NotFoundError
from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import Stage


class Referral(Base):
    """One wait. `local_id` is the service's own referral id; the dates are the latest of each kind of stage event."""

    __tablename__ = "referral"

    id: Mapped[Id]
    local_id: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[str] = reference("person.id", index=True)
    stage: Mapped[Stage] = mapped_column(word(Stage), index=True)
    referred_on: Mapped[date]
    accepted_on: Mapped[date | None]
    therapy_ended_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    closed_reason: Mapped[str | None]
    created_at: Mapped[datetime]


class StageEvent(Base):
    """One dated fact about a referral, never changed: a later row of the same kind replaces it."""

    __tablename__ = "stage_event"

    id: Mapped[Id]
    referral_id: Mapped[str] = reference("referral.id", index=True)
    kind: Mapped[str] = mapped_column(String(20))  # referred | accepted | therapy_ended | closed | stage
    on_date: Mapped[date | None]
    stage: Mapped[Stage | None] = mapped_column(word(Stage))
    recorded_at: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str]


def referral_called(session: Session, name: str) -> Referral:
    """The referral with this local referral id or this id of ours; NotFoundError otherwise."""
    found = session.scalar(select(Referral).where(Referral.local_id == name))
    if found is None and len(name) == 36:
        found = session.get(Referral, name)
    if found is None:
        raise NotFoundError("no referral has this id; `outreach messages --json` lists the ids in use")
    return found


def current_referral(session: Session, person_id: str) -> Referral | None:
    """The referral a person most likely writes about: the newest one that is open, else the newest."""
    query = select(Referral).where(Referral.person_id == person_id)
    return session.scalars(query.order_by(*CURRENT_FIRST)).first()


CURRENT_FIRST = (Referral.closed_on.is_not(None), Referral.referred_on.desc(), Referral.id)
