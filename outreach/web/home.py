"""The front door: says that the service runs; in a demo it leads to the handsets."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from outreach.web.here import services

pages = Blueprint("home", __name__)


@pages.get("/")
def home() -> str | Response:
    """What a browser shows first."""
    if services().config.service.demo:
        return redirect(url_for("handset.handsets"))
    return render_template("home.html", service=services().config.service)
