"""How pages look: the NHS components, our own files beside them, the navigation, and words for moments."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request, send_from_directory, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import ChainableUndefined, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from outreach.errors import ConfigError
from outreach.rules.due_words import due_in_words, moment_in_words
from outreach.vocabulary import Role
from outreach.web import fields
from outreach.web.headers import nonce
from outreach.web.here import is_demo, now, services, signed_in
from outreach.web.permissions import may_open

pages = Blueprint("look", __name__)

ASSETS = Path(__file__).parent / "assets"
FOR_GOOD = "public, max-age=31536000, immutable"

COMPONENTS = {
    "action_link": ("action-link", "actionLink"),
    "back_link": ("back-link", "backLink"),
    "button": ("button", "button"),
    "card": ("card", "card"),
    "checkboxes": ("checkboxes", "checkboxes"),
    "details": ("details", "details"),
    "error_summary_box": ("error-summary", "errorSummary"),
    "file_upload": ("file-upload", "fileUpload"),
    "header": ("header", "header"),
    "input": ("input", "input"),
    "inset_text": ("inset-text", "insetText"),
    "notification_banner": ("notification-banner", "notificationBanner"),
    "pagination_links": ("pagination", "pagination"),
    "password_input": ("password-input", "passwordInput"),
    "radios": ("radios", "radios"),
    "select": ("select", "select"),
    "summary_list": ("summary-list", "summaryList"),
    "tag": ("tag", "tag"),
    "textarea": ("textarea", "textarea"),
    "warning_callout": ("warning-callout", "warningCallout"),
}
"""Our name for each component of nhsuk-frontend, its folder there, and its macro's name."""

NAVIGATION = (
    ("today.today", "Today"),
    ("tasks.tasks", "Tasks"),
    ("replies.replies", "Replies"),
    ("people.people", "People"),
    ("templates.templates", "Templates"),
    ("schedules.schedules", "Schedules"),
    ("messages.messages", "Messages"),
    ("letters.letters", "Letters"),
    ("activities.activities", "Activities"),
    ("reports.reports", "Reports"),
    ("forecast.show", "Forecast"),
    ("staff.members", "Staff"),
    ("audit.audit", "Audit"),
)
"""The main pages, in order; each shows for the roles that may open it, once it exists."""

ROLE_NAMES = {
    Role.PEER_WORKER: "Peer worker",
    Role.PEER_LEAD: "Peer lead",
    Role.CLINICIAN: "Clinician",
    Role.ADMIN: "Admin",
    Role.ANALYST: "Analyst",
}


def dress(app: Flask) -> None:
    """Give pages their components, filters and names.

    The components need undefined values to pass silently, which would hide a slip in a page of ours. So they live in
    an environment of their own, and our pages stop at the first name that does not exist.
    """
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    components = nhsuk_components()
    app.jinja_env.globals.update(
        components,
        asset=_asset_address,
        static_file=_static_address,
        nonce=nonce,
        csrf_field=csrf_field,
        csrf_token=generate_csrf,
        navigation=navigation,
        signed_in=signed_in,
        is_demo=is_demo,
        roles=ROLE_NAMES,
        house_settings=lambda: services().config,
        **fields.for_pages(components),
    )
    app.jinja_env.filters.update(
        due=lambda at: due_in_words(at, now(), services().calendar),
        moment=lambda at: moment_in_words(at, now(), services().calendar),
        day=_day,
        words=lambda value: str(value).replace("_", " ").replace("-", " "),
        pair=lambda value: (value, str(value).replace("_", " ")),
        capital=lambda text: text[:1].upper() + text[1:],
    )
    app.register_blueprint(pages)


def nhsuk_components() -> dict[str, Any]:
    """The components as functions of one dict of parameters, each giving safe HTML."""
    loader = PackageLoader("nhsuk_frontend_jinja")
    nhsuk = Environment(
        loader=loader, undefined=ChainableUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return {
        ours: getattr(nhsuk.get_template(f"nhsuk/components/{folder}/macro.jinja").module, theirs)
        for ours, (folder, theirs) in COMPONENTS.items()
    }


@pages.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A front-end file that the build put into the package."""
    return _kept_long(send_from_directory(ASSETS, name))


def _kept_long(response: Response) -> Response:
    """A file asked for by its content's digest never changes under that address."""
    if "v" in request.args:
        response.headers["Cache-Control"] = FOR_GOOD
    return response


def _asset_address(name: str) -> str:
    return url_for("look.asset", name=name, v=_digest(ASSETS / name))


def _static_address(name: str) -> str:
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder or "") / name))


@cache
def _digest(path: Path) -> str:
    if not path.exists():
        raise ConfigError(f"{path.name} is missing: run `make front-end`, or install the package again")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def csrf_field() -> Markup:
    """The hidden field that every form of ours carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def navigation() -> list[dict[str, Any]]:
    """The main pages that whoever is signed in may open, with the present one marked."""
    present = signed_in()
    if present is None:
        return []
    return [
        {"href": url_for(endpoint), "text": name, "current": request.path.startswith(url_for(endpoint))}
        for endpoint, name in NAVIGATION
        if endpoint in current_app.view_functions and may_open(endpoint, present.member.role)
    ]


def _day(value: Any) -> str:
    """A date, or the local date of a moment, as "Tuesday 3 March 2026"."""
    calendar = services().calendar
    day = calendar.day_of(value) if isinstance(value, datetime) else value
    return f"{calendar.day_name(day)} {day.year}"
