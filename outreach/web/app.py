"""Builds the web application from its services."""

from flask import Flask, Response
from sqlalchemy.exc import OperationalError

from outreach.errors import HookError, SignatureError
from outreach.services import Services
from outreach.web import handset, health, home, hooks_email, hooks_twilio, unsubscribe

MOST_BYTES = 1_000_000
MOST_FIELDS = 200

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def create_app(services: Services) -> Flask:
    """The application with these services."""
    app = Flask(__name__, template_folder="pages", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_FIELDS
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.extensions["outreach"] = services
    for part in (home, health, hooks_twilio, hooks_email, unsubscribe):
        app.register_blueprint(part.pages)
    if services.config.service.demo and services.texts.is_simulated:
        app.register_blueprint(handset.pages)
    app.register_error_handler(SignatureError, _forbidden)
    app.register_error_handler(HookError, _bad_request)
    app.register_error_handler(OperationalError, _busy)
    app.after_request(_secured)
    return app


def _forbidden(_fault: Exception) -> Response:
    return Response("forbidden: the signature is missing or does not match\n", 403, mimetype="text/plain")


def _bad_request(fault: Exception) -> Response:
    return Response(f"bad request: {fault}\n", 400, mimetype="text/plain")


def _busy(_fault: Exception) -> Response:
    """The database did not answer in time; nothing was lost, because nothing was accepted."""
    return Response("busy, please try again\n", 503, headers={"Retry-After": "10"}, mimetype="text/plain")


def _secured(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
