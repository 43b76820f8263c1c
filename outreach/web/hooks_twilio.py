"""Twilio's webhooks: replies and delivery receipts, each with its signature checked before anything is read."""

from flask import Blueprint, Response, request

from outreach.actions.compose import receipt_url
from outreach.actions.take_receipt import take_receipt
from outreach.actions.take_reply import take_reply
from outreach.errors import SignatureError
from outreach.providers import twilio_hooks
from outreach.web.here import form_of, public_address, services, text_account

pages = Blueprint("hooks_twilio", __name__, url_prefix="/hooks/twilio")

FORM = "application/x-www-form-urlencoded"


@pages.post("/replies")
def replies() -> Response:
    """A text came in: stored, acted on, and answered in this very response."""
    house = services()
    form = _signed_form()
    inbound = twilio_hooks.parse_inbound(form, _account())
    answered = take_reply(house, inbound, house.now())
    callback = receipt_url(house, answered.attempt_id) if answered.attempt_id else ""
    return Response(twilio_hooks.twiml(answered.text, callback), mimetype="text/xml")


@pages.post("/receipts/<attempt>")
def receipts(attempt: str) -> Response:
    """News of one attempt, whose id is signed into the address."""
    house = services()
    form = _signed_form()
    attempt_id = house.keyring.verified("receipt", attempt)
    if attempt_id is None:
        raise SignatureError("the attempt in the address is not one of ours")
    take_receipt(house, twilio_hooks.parse_receipt(form, _account()), house.now(), attempt_id)
    return Response(status=204)


def _signed_form() -> dict[str, str]:
    form = form_of(FORM)
    _, secret = text_account()
    twilio_hooks.verify(secret, public_address(), form, request.headers.get("X-Twilio-Signature"))
    return form


def _account() -> str:
    return text_account()[0]
