"""Activities near people, and co-run groups with their sessions, invitations and places."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import NotFoundError
from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import ActivityKind, Reading


class Activity(Base):
    """A community activity, or a group that peer workers run themselves (`is_group`); peer workers keep the entry.

    `districts` are postcode districts such as "N1", `languages` BCP 47 tags, `access` words of `Access`. An entry
    whose `review_on` has passed is in no message until somebody has looked at it again.
    """

    __tablename__ = "activity"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[ActivityKind] = mapped_column(word(ActivityKind))
    is_group: Mapped[bool] = mapped_column(default=False)
    about: Mapped[str] = mapped_column(default="")
    when_words: Mapped[str] = mapped_column(String(80), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    access: Mapped[list[str]] = mapped_column(JSON, default=list)
    cost: Mapped[str] = mapped_column(String(40), default="")
    contact: Mapped[str] = mapped_column(String(80), default="")
    review_on: Mapped[date]
    keeper_id: Mapped[str] = reference("staff_member.id")
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[str | None]


class GroupSession(Base):
    """One meeting of a co-run group, with a number of places; another date is another row."""

    __tablename__ = "group_session"

    id: Mapped[Id]
    activity_id: Mapped[str] = reference("activity.id", index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(120))
    places: Mapped[int]
    created_at: Mapped[datetime]
    who: Mapped[str]
    called_off_at: Mapped[datetime | None]
    called_off_by: Mapped[str | None]
    called_off_because: Mapped[str | None]


class Invitation(Base):
    """One person asked to one session, from the asking to the thanks; each step is a moment.

    A place is theirs from `place_at` until `place_ended_at`. Without a place they wait in the order of `waiting_no`;
    a freed place is offered at `offered_at`, and kept for them until `answer_by` or `offer_ended_at`.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        Index(
            "ix_invitation_waiting",
            "session_id",
            "waiting_no",
            unique=True,
            sqlite_where=text("waiting_no IS NOT NULL"),
            postgresql_where=text("waiting_no IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    session_id: Mapped[str] = reference("group_session.id")
    person_id: Mapped[str] = reference("person.id", index=True)
    referral_id: Mapped[str | None] = reference("referral.id")
    invited_at: Mapped[datetime]
    invited_by: Mapped[str]
    message_id: Mapped[str | None] = reference("message.id")
    answer_by: Mapped[datetime]
    answer: Mapped[Reading | None] = mapped_column(word(Reading))
    answered_at: Mapped[datetime | None]
    waiting_no: Mapped[int | None]
    offered_at: Mapped[datetime | None]
    offer_ended_at: Mapped[datetime | None]
    place_at: Mapped[datetime | None]
    place_ended_at: Mapped[datetime | None]
    place_ended_because: Mapped[str | None]
    told_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    attended: Mapped[bool | None]
    attendance_at: Mapped[datetime | None]
    attendance_by: Mapped[str | None]
    thanked_at: Mapped[datetime | None]


class InvitationRound(Base):
    """A wish to invite everybody whom a session fits, until a job has done it; `left_out` counts by reason."""

    __tablename__ = "invitation_round"

    id: Mapped[Id]
    session_id: Mapped[str] = reference("group_session.id", index=True)
    asked_at: Mapped[datetime]
    who: Mapped[str]
    done_at: Mapped[datetime | None]
    invited: Mapped[int | None]
    left_out: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)


def activity_called(session: Session, activity_id: str) -> Activity:
    """The activity with this id; NotFoundError otherwise."""
    found = session.get(Activity, activity_id) if len(activity_id) == 36 else None
    if found is None:
        raise NotFoundError("no activity has this id")
    return found


def group_session_called(session: Session, session_id: str) -> GroupSession:
    """The group session with this id; NotFoundError otherwise."""
    found = session.get(GroupSession, session_id) if len(session_id) == 36 else None
    if found is None:
        raise NotFoundError("no group session has this id")
    return found


def lock_group_session(session: Session, session_id: str) -> GroupSession:
    """The session with its row locked: places are counted and given only by whoever holds this lock.

    People's locks come before it, as they do before everything.
    """
    query = select(GroupSession).where(GroupSession.id == session_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def invitations_to(session: Session, session_id: str) -> list[Invitation]:
    """Everybody asked to this session: those waiting in order, the others by the moment they were asked."""
    query = select(Invitation).where(Invitation.session_id == session_id)
    in_order = query.order_by(Invitation.waiting_no, Invitation.invited_at, Invitation.id)
    return list(session.scalars(in_order.execution_options(populate_existing=True)))
