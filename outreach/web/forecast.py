"""The coming months: messages, cost, calls and peer hours by week, as the last forecast saw them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect

from outreach.actions.forecast_runs import ask_forecast
from outreach.models.forecast import newest_run, open_run
from outreach.rules.dates import read_date
from outreach.web.here import me, now, services
from outreach.web.permissions import may_open

pages = Blueprint("forecast", __name__, url_prefix="/forecast")


@pages.get("/")
def show() -> str:
    """The newest forecast, and how far the next one is."""
    house = services()
    with house.read() as session:
        made, asked = newest_run(session), open_run(session)
        result: dict[str, Any] = (made.result if made else None) or {}
        weeks = [
            {**week, "name": house.calendar.day_name(read_date(week["monday"])), "year": week["monday"][:4]}
            for week in result.get("weeks", [])
        ]
        return render_template(
            "staff/forecast.html",
            made=made,
            asked=asked,
            result=result,
            weeks=weeks,
            tight=[week for week in weeks if not week["fits"]],
            may_ask=may_open("forecast.ask", me().role),
        )


@pages.post("/")
def ask() -> Redirect:
    """Ask for a new one; a job makes it."""
    with services().begin() as session:
        ask_forecast(session, now(), me().name)
    flash("The forecast is being made. It takes a minute or two.")
    return redirect(url_for("forecast.show"))
