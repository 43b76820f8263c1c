"""`python -m tests.whole.forecast_of_the_demo [PEOPLE] [WEEKS]`: the forecast of the demo's list beside those months.

The demo's people live on by events drawn once. The forecast is given these events, and then the real planner and
sender live through them. Each week in which the two differ is printed, and ends it with 1. The forecast knows
no holds, pauses and rota, so these end first.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, update

from outreach.app import wire
from outreach.demo.installation import Wanted, make_demo
from outreach.engines.jobs import tick
from outreach.models import Hold, Pause
from outreach.models.staff import Duty
from outreach.services import Services
from tests import cast
from tests.house import Clock, clock_of
from tests.whole.test_forecast import WEEKS, Lived, forecast_of, fortunes, people

NOW = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
WHO = "the comparison"


def main() -> int:
    """Make, foretell, live, compare."""
    count, weeks = (int(given) for given in (sys.argv[1:] + ["300", str(WEEKS)][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as place:
        folder = make_demo(Path(place), Wanted(count, "http://127.0.0.1:8000", NOW))
        services = wire(folder / "config.toml", clock=Clock(NOW))
        _set_free(services)
        until = services.now() + timedelta(weeks=weeks)
        whom = people(services)
        news = fortunes(services, whom, until, seed=3)
        told = forecast_of(services, whom, news, until)
        lived = Lived(services, news).until(until)
        services.engine.dispose()
    differ = [key for key in sorted(told.keys() | lived.keys()) if told[key] != lived[key]]
    for monday, channel in differ:
        key = monday, channel
        print(f"week of {monday}, {channel}: {told[key]} foretold, {lived[key]} sent")
    print(
        f"{len(whom)} people, {weeks} weeks, {sum(map(len, news.values()))} events: {sum(told.values())} messages "
        f"foretold, {sum(lived.values())} sent, {len(differ)} weeks differ"
    )
    return 1 if differ else 0


def _set_free(services: Services) -> None:
    """End what the forecast leaves out, and send what it had kept back."""
    now = services.now()
    with services.begin() as session:
        session.execute(update(Pause).values(resumed_at=now, resumed_by=WHO, resumed_why="for a comparison"))
        held = update(Hold).where(Hold.released_at.is_(None))
        session.execute(held.values(released_at=now, released_by=WHO))
        session.execute(delete(Duty))
        cast.replan_all(session, services)
    tick(services)
    clock_of(services).forward(minutes=1)


if __name__ == "__main__":
    raise SystemExit(main())
