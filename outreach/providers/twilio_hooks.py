"""Twilio's webhooks: checks their signature, reads replies and receipts, and writes the answer as TwiML."""

import hmac
import html
import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator, add_port, remove_port

from outreach.errors import ContactError, HookError, SignatureError
from outreach.ports import POST_AGAIN, InboundMessage, Receipt
from outreach.providers.twilio_codes import receipt_for
from outreach.rules.addresses import read_mobile, read_phone
from outreach.vocabulary import Channel

MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CARRIER_WORDS = frozenset({"STOP", "START", "HELP"})
NOT_IN_XML = re.compile(r"[^\t\n\r -\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
MOST_MEDIA = 10


def sign(secret: str, url: str, form: Mapping[str, str]) -> str:
    """The signature that Twilio would send with this form posted to this address."""
    return str(RequestValidator(secret).compute_signature(url, dict(form)))


def verify(secret: str, url: str, form: Mapping[str, str], signature: str | None) -> None:
    """Raise SignatureError unless whoever holds the secret signed this; in constant time.

    Twilio signs an address now with the port and now without it, so both are tried; each also with the wish to post
    again that we put behind our addresses, in case it is signed along.
    """
    if not secret or not signature:
        raise SignatureError("the signature is missing")
    parts = urlsplit(url)
    addresses = [each(parts) + end for each in (remove_port, add_port) for end in ("", POST_AGAIN)]
    try:
        known = [sign(secret, address, form).encode() for address in addresses]
    except UnicodeEncodeError:
        raise SignatureError("the form holds what no provider sends") from None
    given = signature.encode("utf-8", "replace")
    # All are compared, whatever the first says.
    if not any([hmac.compare_digest(given, each) for each in known]):  # noqa: C419
        raise SignatureError("the signature does not match")


def parse_inbound(form: Mapping[str, str], account: str) -> InboundMessage:
    """What somebody texted. Raises SignatureError for another account's, HookError for what has no usable id."""
    _check_account(form, account)
    carrier = form.get("OptOutType", "").strip().upper()
    media = form.get("NumMedia", "")
    return InboundMessage(
        provider_id=_message_id(form),
        channel=Channel.SMS,
        sender=_address(form.get("From", "")),
        recipient=form.get("To", ""),
        body=form.get("Body", ""),
        media=min(int(media), MOST_MEDIA) if media.isascii() and media.isdecimal() else 0,
        carrier_opt_out=carrier if carrier in CARRIER_WORDS else None,
    )


def parse_receipt(form: Mapping[str, str], account: str) -> Receipt:
    """News of one message; a status or code that nobody here knows is news as well."""
    _check_account(form, account)
    status = form.get("MessageStatus", "") or form.get("SmsStatus", "")
    code = form.get("ErrorCode", "").strip()
    return receipt_for(
        _message_id(form), status.strip().lower(), code if code.isascii() and code.isalnum() else ""
    )


def twiml(text: str, callback: str) -> str:
    """The response that answers with this text and has its receipts posted to `callback`; blank answers nothing."""
    words = html.escape(NOT_IN_XML.sub("", text), quote=False)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    if not words.strip():
        return f"{head}<Response/>"
    action = f' statusCallback="{html.escape(callback)}"' if callback else ""
    return f"{head}<Response><Message{action}>{words}</Message></Response>"


def _check_account(form: Mapping[str, str], account: str) -> None:
    given = form.get("AccountSid", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), account.encode()):
        raise SignatureError("this is about another account")


def _message_id(form: Mapping[str, str]) -> str:
    found = form.get("MessageSid", "") or form.get("SmsSid", "")
    if not MESSAGE_ID.fullmatch(found):
        raise HookError("MessageSid is missing or malformed")
    return found


def _address(raw: str) -> str:
    """E.164 where it is a number; a short code, a name or a withheld sender stays as it came."""
    for read in (read_mobile, read_phone):
        with suppress(ContactError):
            return read(raw)
    return raw.strip()
