"""Stops and resumes a step, a schedule or all sending, with who and why."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Pause
from outreach.models.event import note


def pause_sending(
    session: Session,
    now: datetime,
    *,
    who: str,
    why: str,
    schedule: str | None = None,
    step: str | None = None,
) -> Pause:
    """Pause, once: while the same pause is open no second one is made."""
    same = select(Pause).where(
        Pause.resumed_at.is_(None),
        Pause.schedule.is_not_distinct_from(schedule),
        Pause.step.is_not_distinct_from(step),
    )
    standing = session.scalar(same)
    if standing:
        return standing
    pause = Pause(schedule=schedule, step=step, at=now, who=who, why=why)
    session.add(pause)
    note(session, now, who, "paused", pause, schedule=schedule, step=step)
    return pause


def resume_sending(session: Session, pause: Pause, now: datetime, *, who: str, why: str) -> None:
    """End a pause; what it held goes on by itself if its time has not passed."""
    pause.resumed_at, pause.resumed_by, pause.resumed_why = now, who, why
    note(session, now, who, "resumed", pause)
