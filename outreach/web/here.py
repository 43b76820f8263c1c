"""What every page and hook needs from the request at hand."""

from datetime import datetime

from flask import current_app, g, request
from sqlalchemy.orm import Session

from outreach.actions.sign_in import Present
from outreach.errors import HookError, SignatureError
from outreach.models import StaffMember
from outreach.services import Services

MOST_FIELDS = 200
"""In one form; our providers send about thirty."""

SIMULATED_ACCOUNT = "AC" + "0" * 32


def services() -> Services:
    """This application's services."""
    found: Services = current_app.extensions["outreach"]
    return found


def now() -> datetime:
    """The time of this request: the same from its beginning to its end."""
    if "now" not in g:
        g.now = services().now()
    moment: datetime = g.now
    return moment


def signed_in() -> Present | None:
    """Who is signed in, if anybody is."""
    found: Present | None = g.get("present")
    return found


def me() -> StaffMember:
    """The staff member who is signed in; the gate lets nobody else near a page that asks."""
    present = signed_in()
    if present is None:
        raise RuntimeError("a page asked who is signed in, and its route is public")
    return present.member


def in_session(session: Session) -> StaffMember:
    """Whoever is signed in, as a row of this session."""
    return session.get_one(StaffMember, me().id)


def is_demo() -> bool:
    """Everybody here is made up and nothing leaves this machine: signing in takes one press."""
    house = services()
    return house.config.service.demo and house.texts.is_simulated and house.emails.is_simulated


def public_address() -> str:
    """The address under which the caller reached us, from our settings: the Host header is anybody's to write."""
    base = services().config.service.public_url
    query = request.query_string.decode("latin-1")
    return f"{base}{request.path}?{query}" if query else f"{base}{request.path}"


def form_of(*content_types: str) -> dict[str, str]:
    """The posted form as plain text by name.

    HookError for another content type or too many fields, SignatureError for a field twice.
    """
    if request.mimetype not in content_types:
        raise HookError(f"this address takes {' or '.join(content_types)}")
    if len(request.form) > MOST_FIELDS:
        raise HookError(f"more than {MOST_FIELDS} fields")
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise SignatureError("a field was sent twice, which our provider never does")
    return request.form.to_dict()


def text_account() -> tuple[str, str]:
    """The account id and secret under which texts are posted to us; the simulator has its own secret."""
    house = services()
    if house.texts.is_simulated:
        return SIMULATED_ACCOUNT, house.keyring.sign("simulator", SIMULATED_ACCOUNT)
    twilio = house.config.sms.twilio
    return twilio.account_sid, twilio.auth_token.get_secret_value()
