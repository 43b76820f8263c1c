"""Error pages: what happened, what to do now, and what was typed, in plain words."""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from outreach.errors import HookError, NotFoundError, OutreachError, SignatureError
from outreach.web import kept
from outreach.web.permissions import MACHINES

log = structlog.get_logger()

BUSY_SECONDS = "10"


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error page says."""

    title: str
    what_now: str


KNOWN = {
    400: Fault(
        "That did not work", "Something in the request was not as it should be. Go back and try again."
    ),
    401: Fault("Please sign in", "Sign in to see this page."),
    403: Fault(
        "This page is not open to you",
        "Your role does not include it, or it is about somebody whose record you do not work with. "
        "If you need it, ask your lead.",
    ),
    404: Fault("There is no such page", "The address may be wrong, or what it showed has been removed."),
    405: Fault("That did not work", "This address cannot be used that way. Go back and try again."),
    409: Fault("This could not be done", "Nothing was changed."),
    413: Fault("That is too much at once", "Send less, or a smaller file. Nothing was changed."),
    429: Fault("Too many requests", "Wait a minute, then try again."),
    500: Fault(
        "Something went wrong here",
        "It is our fault, and it has been noted. Nothing is half-done.",
    ),
    503: Fault("The service is busy", "Nothing was changed. Wait a moment, then try again."),
}

STALE = Fault(
    "This page was open for too long",
    "You may have signed in again meanwhile, perhaps in another tab. Nothing was changed.",
)


def explain(app: Flask) -> None:
    """Answer every error of this application with a page that helps, or with one plain line to a machine."""
    app.register_error_handler(SignatureError, _forbidden)
    app.register_error_handler(HookError, _bad_request)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(OutreachError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _forbidden(_fault: Exception) -> Response:
    return Response("forbidden: the signature is missing or does not match\n", 403, mimetype="text/plain")


def _bad_request(fault: Exception) -> Response:
    return Response(f"bad request: {fault}\n", 400, mimetype="text/plain")


def _busy(_fault: Exception) -> Response:
    """The database did not answer in time; nothing was lost, because nothing was accepted."""
    response = _page(503, KNOWN[503], "busy, please try again\n")
    response.headers["Retry-After"] = BUSY_SECONDS
    return response


def _stale(_fault: CSRFError) -> Response:
    return _page(400, STALE, "bad request\n")


def _refused(fault: OutreachError) -> Response:
    """A rule said no; its own words say which, and what may be done instead."""
    code = 404 if isinstance(fault, NotFoundError) else 409
    return _page(code, Fault(KNOWN[code].title, _sentence(str(fault))), f"{fault}\n")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def _http(fault: HTTPException) -> Response:
    code = fault.code or 500
    if code < 400 or fault.response is not None:
        return make_response(fault.get_response())
    known = KNOWN.get(code, KNOWN[400] if code < 500 else KNOWN[500])
    return _page(code, known, f"{fault.name.lower()}\n")


def _bug(fault: Exception) -> Response:
    """A bug is told by its kind only: its text may hold a person's data."""
    log.error("page failed", endpoint=request.endpoint, error=type(fault).__name__)
    return _page(500, KNOWN[500], "error\n")


def _page(code: int, fault: Fault, line: str) -> Response:
    if request.endpoint in MACHINES or request.path.startswith(("/hooks/", "/health/", "/metrics")):
        return Response(line, code, mimetype="text/plain")
    page = render_template("staff/fault.html", code=code, fault=fault, kept=kept.typed())
    return kept.whole_page(make_response(page, code))
