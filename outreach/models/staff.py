"""Staff members, their hours and leave, and who is on duty each working day."""

from datetime import date, datetime, time

from sqlalchemy import JSON, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, new_id, reference, word
from outreach.vocabulary import Role


class StaffMember(Base):
    """Somebody who works here. Languages and backgrounds are those a peer worker chooses to share."""

    __tablename__ = "staff_member"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    role: Mapped[Role] = mapped_column(word(Role))
    email: Mapped[str | None]
    mobile: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    backgrounds: Mapped[list[str]] = mapped_column(JSON, default=list)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class WorkingHours(Base):
    """When a staff member works each week, in local time; Monday is 0."""

    __tablename__ = "working_hours"

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id", index=True)
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class Leave(Base):
    """Days on which a staff member is away, first and last included."""

    __tablename__ = "leave"

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id", index=True)
    first: Mapped[date]
    last: Mapped[date]


class Acquaintance(Base):
    """A staff member knows this person in private life, so the person's record is hidden from them."""

    __tablename__ = "acquaintance"
    __table_args__ = (UniqueConstraint("staff_id", "person_id"),)

    id: Mapped[Id]
    staff_id: Mapped[str] = reference("staff_member.id")
    person_id: Mapped[str] = reference("person.id", index=True)
    at: Mapped[datetime]


class Duty(Base):
    """Who reads replies on a working day, and which clinician, with which deputy, is there for a possible crisis."""

    __tablename__ = "duty"
    __table_args__ = (UniqueConstraint("day"),)

    id: Mapped[Id]
    day: Mapped[date]
    reader_id: Mapped[str | None] = reference("staff_member.id")
    clinician_id: Mapped[str | None] = reference("staff_member.id")
    deputy_id: Mapped[str | None] = reference("staff_member.id")


def staff_with(session: Session, *roles: Role) -> list[StaffMember]:
    """Everyone in these roles who has not left, by name."""
    query = select(StaffMember).where(StaffMember.role.in_(roles), StaffMember.left_at.is_(None))
    return list(session.scalars(query.order_by(StaffMember.name)))


def a_member_in(session: Session, role: Role, now: datetime) -> StaffMember:
    """Somebody in this role who has not left; where there is nobody, a made-up member, for demos."""
    found = staff_with(session, role)
    if found:
        return found[0]
    member = StaffMember(id=new_id(), name=f"Demo {role.value.replace('_', ' ')}", role=role, joined_at=now)
    session.add(member)
    session.flush()
    return member


def duty_on(session: Session, day: date) -> Duty | None:
    """The rota's entry for this day."""
    return session.scalar(select(Duty).where(Duty.day == day))
