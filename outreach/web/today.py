"""Today: what needs whoever is signed in now."""

from flask import Blueprint, render_template

from outreach.web.here import me

pages = Blueprint("today", __name__)


@pages.get("/today")
def today() -> str:
    """The first page after signing in."""
    return render_template("staff/today.html", member=me())
