"""SendGrid's webhooks: whether a post is theirs, and their news of what became of our emails."""

import base64
import binascii
import hmac
import json
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from outreach.errors import ContactError, HookError, SignatureError
from outreach.ports import AddressFault, Receipt
from outreach.rules.addresses import read_email
from outreach.vocabulary import ReceiptStatus

ATTEMPT = "outreach_attempt"
"""Under this name the attempt travels with an email to SendGrid, and comes back with each piece of news."""

TOLERANCE = timedelta(minutes=5)
"""How far an event post's own time may be from ours: an old one may be played again."""

DEAD_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
STATUSES = {
    "processed": (ReceiptStatus.ACCEPTED, ""),
    "deferred": (ReceiptStatus.ACCEPTED, "the person's mail server asks to wait"),
    "delivered": (ReceiptStatus.DELIVERED, ""),
    "bounce": (ReceiptStatus.UNDELIVERED, "the person's mail server sent it back"),
    "blocked": (ReceiptStatus.UNDELIVERED, "the person's mail server refused it"),
    "dropped": (ReceiptStatus.FAILED, "the email provider did not send it"),
    "spamreport": (ReceiptStatus.DELIVERED, "the person marked it as spam"),
    "unsubscribe": (ReceiptStatus.DELIVERED, "the person stopped our emails at the email provider"),
    "group_unsubscribe": (ReceiptStatus.DELIVERED, "the person stopped our emails at the email provider"),
}
WISHES = frozenset({"spamreport", "unsubscribe", "group_unsubscribe"})
PLAIN = frozenset({"processed", "delivered"})
"""Events that say no more than the status they lead to."""

DROPPED_FOR = {
    "bounced address": AddressFault.UNUSABLE,
    "invalid": AddressFault.UNUSABLE,
    "unsubscribed address": AddressFault.OPTED_OUT,
    "spam reporting address": AddressFault.OPTED_OUT,
}


def verify_secret(secret: str, password: str | None) -> bool:
    """The password in the address that we gave to the provider; in constant time."""
    return password is not None and hmac.compare_digest(
        password.encode("utf-8", "replace"), secret.encode("utf-8", "replace")
    )


def verify_events(
    public_key: str, raw: bytes, *, signature: str | None, timestamp: str | None, now: datetime
) -> None:
    """Raise SignatureError unless the provider signed exactly these bytes within the last five minutes."""
    if not public_key or not signature or not timestamp:
        raise SignatureError("the signature is missing, or no public key is set")
    try:
        at = datetime.fromtimestamp(int(timestamp), UTC)
        key = load_der_public_key(base64.b64decode(public_key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise SignatureError("[email.hooks] events_public_key is not the key of an elliptic curve")
        key.verify(base64.b64decode(signature), timestamp.encode() + raw, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, OverflowError, OSError, binascii.Error):
        raise SignatureError("the signature does not match") from None
    if abs(now - at) > TOLERANCE:
        raise SignatureError("the post is too old, or a clock is wrong")


def parse_events(raw: bytes) -> list[Receipt]:
    """News of our emails, oldest first as posted; events of other kinds are left out. HookError if it is no list."""
    found = [_receipt(event) for event in _events(raw)]
    return [receipt for receipt in found if receipt]


def stopped_addresses(raw: bytes) -> list[str]:
    """The addresses of people who marked an email as spam or unsubscribed at the provider, each once.

    Such news often names no message, and the wish holds all the same.
    """
    addresses = [_text(event, "email") for event in _events(raw) if _text(event, "event") in WISHES]
    found = []
    for address in dict.fromkeys(addresses):
        with suppress(ContactError):
            found.append(read_email(address))
    return found


def attempt_of(receipt: Receipt) -> str | None:
    """The attempt that this news is about: its id begins the Message-ID. None if it is not one of ours."""
    try:
        return str(uuid.UUID(receipt.provider_id.strip("<>").partition("@")[0]))
    except ValueError:
        return None


def _events(raw: bytes) -> list[dict[str, Any]]:
    try:
        events = json.loads(raw)
    except (ValueError, RecursionError):
        raise HookError("this is not JSON") from None
    if not isinstance(events, list):
        raise HookError("this is not a list of events")
    return [event for event in events if isinstance(event, dict)]


def _receipt(event: dict[str, Any]) -> Receipt | None:
    kind = _text(event, "event")
    provider_id = _text(event, ATTEMPT) or _text(event, "smtp-id")
    if kind == "bounce" and _text(event, "type") == "blocked":
        kind = "blocked"
    if kind not in STATUSES or not provider_id:
        return None
    status, reason = STATUSES[kind]
    code = None if kind in PLAIN else (_text(event, "status") or kind)[:20]
    return Receipt(provider_id[:200], status, code=code, reason=reason, address_fault=_fault(kind, event))


def _fault(kind: str, event: dict[str, Any]) -> AddressFault | None:
    if kind in WISHES:
        return AddressFault.OPTED_OUT
    if kind == "bounce" and _text(event, "status") in DEAD_MAILBOX:
        return AddressFault.UNUSABLE
    return DROPPED_FOR.get(_text(event, "reason").lower()) if kind == "dropped" else None


def _text(event: dict[str, Any], key: str) -> str:
    value = event.get(key)
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "ignore").decode().replace("\x00", "").strip()
