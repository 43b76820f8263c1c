"""Forecasts that staff ask for: a row says so, a job makes it, and the page shows what came."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from outreach.actions.forecast import Forecast, forecast
from outreach.models import ForecastRun
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.forecast import open_run
from outreach.services import Services


def ask_forecast(session: Session, now: datetime, who: str) -> ForecastRun:
    """Ask for a forecast, unless one is being made."""
    standing = open_run(session)
    if standing:
        return standing
    row = ForecastRun(id=new_id(), asked_at=now, who=who)
    session.add(row)
    note(session, now, who, "asked for a forecast", row)
    return row


def make_forecasts(services: Services, now: datetime) -> int:
    """Make the forecast that is asked for, if any; harmless to repeat. Returns how many were made."""
    with services.read() as session:
        run = open_run(session)
        run_id = run.id if run else None
    if run_id is None:
        return 0

    def told(done: int, of: int) -> None:
        with services.begin() as session:
            session.execute(update(ForecastRun).where(ForecastRun.id == run_id).values(done=done, of=of))

    found = forecast(services, now, told=told)
    with services.begin() as session:
        row = session.get_one(ForecastRun, run_id)
        row.result, row.done_at = as_record(found), services.now()
    return 1


def as_record(found: Forecast) -> dict[str, Any]:
    """A forecast as plain values, with days in ISO 8601."""
    weeks = [
        {
            **{
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in asdict(week).items()
            },
            "fits": week.fits,
        }
        for week in found.weeks
    ]
    return {
        "made_at": found.made_at.isoformat(),
        "people": found.people,
        "futures": found.futures,
        "pounds": found.pounds,
        "totals": {name: found.total(name) for name in ("texts", "emails", "letters", "calls", "asked")},
        "weeks": weeks,
    }
