"""Posts to the hooks as a text provider would, signed with the simulator's own secret."""

import re
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from outreach.providers.twilio_hooks import sign
from outreach.services import Services
from outreach.web.here import SIMULATED_ACCOUNT
from tests import cast

REPLIES = "/hooks/twilio/replies"


def secret_of(services: Services) -> str:
    """What the simulated account signs with."""
    return services.keyring.sign("simulator", SIMULATED_ACCOUNT)


def text_form(sid: str, words: str, *, sender: str = cast.AMINA.mobile, **more: str) -> dict[str, str]:
    """The form of one inbound text."""
    return {
        "MessageSid": sid,
        "AccountSid": SIMULATED_ACCOUNT,
        "From": sender,
        "To": "+447700900999",
        "Body": words,
        "NumMedia": "0",
        **more,
    }


def post(app: Flask, services: Services, path: str, form: dict[str, str], **options: Any) -> TestResponse:
    """Post this form, signed."""
    signature = sign(secret_of(services), f"{services.config.service.public_url}{path}", form)
    headers = {"X-Twilio-Signature": signature}
    return app.test_client().post(path, data=form, headers=headers, **options)


def text(app: Flask, services: Services, sid: str, words: str, **more: str) -> str:
    """Text these words; returns the answer that goes back in the response, blank for none."""
    response = post(app, services, REPLIES, text_form(sid, words, **more))
    assert response.status_code == 200, response.get_data(as_text=True)
    found = re.search(r"<Message[^>]*>(.*)</Message>", response.get_data(as_text=True), re.DOTALL)
    return unescape(found.group(1)) if found else ""
