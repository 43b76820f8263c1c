"""What every page and hook needs from the request at hand."""

from flask import current_app, request

from outreach.errors import HookError, SignatureError
from outreach.services import Services

SIMULATED_ACCOUNT = "AC" + "0" * 32


def services() -> Services:
    """This application's services."""
    found: Services = current_app.extensions["outreach"]
    return found


def public_address() -> str:
    """The address under which the caller reached us, from our settings: the Host header is anybody's to write."""
    base = services().config.service.public_url
    query = request.query_string.decode("latin-1")
    return f"{base}{request.path}?{query}" if query else f"{base}{request.path}"


def form_of(content_type: str) -> dict[str, str]:
    """The posted form as plain text by name; HookError for another content type, SignatureError for a field twice."""
    if request.mimetype != content_type:
        raise HookError(f"this address takes {content_type}")
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
