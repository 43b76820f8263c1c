"""The email provider's webhooks: replies as form posts, and signed delivery events."""

from flask import Blueprint, Response, request

from outreach.actions.stop_emails import stop_emails
from outreach.actions.take_receipt import take_receipt
from outreach.actions.take_reply import take_reply
from outreach.errors import SignatureError
from outreach.providers import inbound_email, sendgrid_hooks
from outreach.web.here import services

MOST_BYTES = 40_000_000
"""The provider takes emails of 30 MB; a larger post than that would be refused here and lost."""

pages = Blueprint("hooks_email", __name__, url_prefix="/hooks/email")


@pages.post("/replies")
def replies() -> Response:
    """An email came in. Machines' own answers are kept for staff and never answered."""
    house = services()
    secret = house.config.email.hooks.replies_secret.get_secret_value()
    password = request.authorization.password if request.authorization else None
    if not secret or not sendgrid_hooks.verify_secret(secret, password):
        raise SignatureError("the secret is missing or wrong")
    request.max_content_length = MOST_BYTES
    inbound = inbound_email.parse_inbound(
        *inbound_email.read_form(request.content_type or "", request.stream)
    )
    take_reply(house, inbound, house.now(), automatic=inbound_email.is_automatic(inbound))
    return Response("stored\n", mimetype="text/plain")


@pages.post("/events")
def events() -> Response:
    """Deliveries, bounces and complaints."""
    house = services()
    raw = request.get_data()
    sendgrid_hooks.verify_events(
        house.config.email.hooks.events_public_key,
        raw,
        signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature"),
        timestamp=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp"),
        now=house.now(),
    )
    for receipt in sendgrid_hooks.parse_events(raw):
        take_receipt(house, receipt, house.now(), sendgrid_hooks.attempt_of(receipt))
    for address in sendgrid_hooks.stopped_addresses(raw):
        stop_emails(house, address, house.now())
    return Response(status=204)
