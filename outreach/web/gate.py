"""The gate that every request passes: who is this, may they open this, and did they mean to press that button."""

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as Answer

from outreach.actions.sign_in import Present, present
from outreach.actions.uploads import LARGEST_UPLOAD
from outreach.web import kept
from outreach.web.here import now, services, signed_in
from outreach.web.permissions import BY_LINK, MACHINES, PUBLIC, may_open

TOKEN = "token"  # noqa: S105 - a name, no secret
"""Where the signed cookie keeps the session's token."""

LARGER = {"imports.upload": LARGEST_UPLOAD + 100_000}
"""Routes that take more bytes than others: a waiting list."""

csrf = CSRFProtect()


def guard(app: Flask) -> None:
    """Put the gate in front of every route of this application."""
    house = app.extensions["outreach"]
    secure = house.config.service.public_url.startswith("https:")
    app.config.update(
        SECRET_KEY=house.keyring.sign("web", "session"),
        SESSION_COOKIE_NAME="__Host-outreach" if secure else "outreach",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)
    app.before_request(_let_in)


def _let_in() -> Answer | None:
    """Nothing behind this is reached by somebody who may not reach it."""
    endpoint = request.endpoint
    if endpoint is None:  # no such page: the error page says so, with the navigation of whoever asks
        g.present = _known()
        return None
    if endpoint in MACHINES | BY_LINK or endpoint in ("static", "look.asset"):
        return None
    g.present = _known()
    if endpoint not in PUBLIC:
        who = signed_in()
        if who is None:
            return _ask_to_sign_in()
        if not may_open(endpoint, who.member.role):
            abort(403)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        request.max_content_length = LARGER.get(endpoint, request.max_content_length)
        csrf.protect()
    return None


def _known() -> Present | None:
    token = session.get(TOKEN)
    return present(services(), token, now()) if token else None


def _ask_to_sign_in() -> Answer:
    """Reading goes on after signing in; what was typed into a form is kept until then."""
    if request.method in ("GET", "HEAD"):
        address = url_for("sign_in.ask", next=request.path)
        if request.headers.get("HX-Request"):
            return Response(status=204, headers={"HX-Redirect": url_for("sign_in.ask")})
        return redirect(address)
    return kept.signed_out_page()


def begin_session(token: str) -> None:
    """Remember a new sign-in in the cookie; nothing of what the cookie held before it stays."""
    session.clear()
    g.pop("csrf_token", None)
    session[TOKEN] = token


def end_session() -> None:
    """Forget the sign-in, and all else that the cookie holds."""
    session.clear()
    g.pop("csrf_token", None)
    g.present = None
