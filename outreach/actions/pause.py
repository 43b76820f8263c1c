"""Stops and resumes a step, a schedule or all sending, with who and why."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Pause
from outreach.models.event import note
from outreach.models.place import unsettled_place


def pause_sending(
    session: Session,
    now: datetime,
    *,
    who: str,
    why: str,
    schedule: str | None = None,
    step: str | None = None,
) -> Pause:
    """Pause, once: while the same pause is open no second one is made. RefusedError for an unknown step."""
    _must_exist(session, schedule, step)
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


def _must_exist(session: Session, schedule: str | None, step: str | None) -> None:
    """A slip of the pen must not look like a pause."""
    if schedule is None:
        if step is not None:
            raise RefusedError("name the schedule of this step as well")
        return
    known = in_force(session)
    if schedule not in known:
        raise RefusedError(f"no schedule is called {schedule!r}; in force: {', '.join(sorted(known))}")
    keys = [each.key for each in known[schedule].steps]
    if step is not None and step not in keys:
        raise RefusedError(f"{schedule} has no step {step!r}; it has: {', '.join(keys)}")


def resume_sending(session: Session, pause: Pause, now: datetime, *, who: str, why: str) -> None:
    """End a pause; what it held goes on by itself if its time has not passed.

    RefusedError while the database is a restored one that nobody has reconciled: it would send again.
    """
    if pause.schedule is None and unsettled_place(session):
        raise RefusedError(
            "the database was restored from a backup, and would send again what has gone since; "
            "`outreach reconcile` finds out, and ends this pause"
        )
    pause.resumed_at, pause.resumed_by, pause.resumed_why = now, who, why
    note(session, now, who, "resumed", pause)


def open_pause(session: Session, *, schedule: str | None = None, step: str | None = None) -> Pause:
    """The open pause of exactly this; NotFoundError says which pauses are open."""
    pauses = list(session.scalars(select(Pause).where(Pause.resumed_at.is_(None)).order_by(Pause.at)))
    for pause in pauses:
        if (pause.schedule, pause.step) == (schedule, step):
            return pause
    named = [" ".join(filter(None, (each.schedule, each.step))) or "all sending" for each in pauses]
    raise NotFoundError(f"nothing like this is paused; paused: {', '.join(named) or 'nothing'}")
