"""An appointment: an assessment or a first session, on a local date and perhaps at a local time."""

from datetime import date, datetime, time

from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import AppointmentKind, Attendance


class Appointment(Base):
    """One dated appointment; another date is another row, so that its reminders are new ones."""

    __tablename__ = "appointment"

    id: Mapped[Id]
    referral_id: Mapped[str] = reference("referral.id", index=True)
    kind: Mapped[AppointmentKind] = mapped_column(word(AppointmentKind))
    on_date: Mapped[date]
    at_time: Mapped[time | None]
    place: Mapped[str | None]
    attendance: Mapped[Attendance | None] = mapped_column(word(Attendance))
    attendance_recorded_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None]
    created_at: Mapped[datetime]

    @property
    def is_missed(self) -> bool:
        """The person did not attend, or came too late to be seen."""
        return self.attendance is not None and self.attendance.is_missed

    @property
    def is_called_off(self) -> bool:
        """It will not or did not take place: moved, cancelled by either side, or gone from the list."""
        return self.cancelled_at is not None or (self.attendance is not None and self.attendance.is_cancelled)
