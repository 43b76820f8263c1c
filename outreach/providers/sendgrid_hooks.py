"""SendGrid's webhooks: emails posted to us as forms, and signed news of what became of ours."""

import base64
import binascii
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.parser import HeaderParser
from email.utils import parseaddr
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from outreach.errors import ContactError, HookError, SignatureError
from outreach.ports import AddressFault, InboundMessage, Receipt
from outreach.rules.addresses import read_email
from outreach.vocabulary import Channel, ReceiptStatus

TOLERANCE = timedelta(minutes=5)
"""How far an event post's own time may be from ours: an old one may be played again."""

BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
MACHINES_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "list-id")
MACHINES_NAMES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply")
MACHINES_SUBJECTS = ("automatic reply:", "auto-reply:", "autoreply:", "auto reply:", "out of office:")

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


def parse_inbound(form: Mapping[str, str], files: int) -> InboundMessage:
    """What somebody emailed. Every word is kept, the quoted ones too; `files` is the number of attachments."""
    headers = _headers(form.get("headers", ""))
    envelope = _json_table(form.get("envelope", ""))
    if envelope.get("from") == "":
        headers["return-path"] = "<>"
    sender = parseaddr(form.get("from", ""))[1] or str(envelope.get("from") or "") or form.get("from", "")
    recipients = envelope.get("to")
    subject, body = form.get("subject", ""), form.get("text", "") or form.get("html", "")
    return InboundMessage(
        provider_id=_email_id(headers.get("message-id", ""), sender, subject, body),
        channel=Channel.EMAIL,
        sender=_address(sender),
        recipient=str(recipients[0]) if isinstance(recipients, list) and recipients else form.get("to", ""),
        body=body,
        media=files,
        subject=subject,
        headers=headers,
    )


def is_automatic(inbound: InboundMessage) -> bool:
    """A machine wrote this: a holiday answer, a bounce or a list. Such mail is kept for staff and never answered."""
    headers = inbound.headers
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    return (
        submitted != "no"
        or headers.get("precedence", "").strip().lower() in BULK
        or any(name in headers for name in MACHINES_HEADERS)
        or headers.get("return-path", "").strip() == "<>"
        or headers.get("content-type", "").lower().startswith("multipart/report")
        or inbound.sender.lower().startswith(MACHINES_NAMES)
        or inbound.subject.strip().lower().startswith(MACHINES_SUBJECTS)
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
    try:
        events = json.loads(raw)
    except ValueError:
        raise HookError("this is not JSON") from None
    if not isinstance(events, list):
        raise HookError("this is not a list of events")
    found = [_receipt(event) for event in events if isinstance(event, dict)]
    return [receipt for receipt in found if receipt]


def attempt_of(receipt: Receipt) -> str | None:
    """The attempt whose id is in the Message-ID that this news is about; None if it is not one of ours."""
    try:
        return str(uuid.UUID(receipt.provider_id.strip("<>").partition("@")[0]))
    except ValueError:
        return None


def _receipt(event: dict[str, Any]) -> Receipt | None:
    kind = _text(event, "event")
    provider_id = _text(event, "smtp-id")
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
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def _headers(raw: str) -> dict[str, str]:
    """The email's headers by lower-case name; of several with one name, the first."""
    found: dict[str, str] = {}
    for name, value in HeaderParser().parsestr(raw).items():
        found.setdefault(name.lower(), str(value))
    return found


def _json_table(raw: str) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(raw)
        if isinstance(found, dict):
            return found
    return {}


def _address(raw: str) -> str:
    with suppress(ContactError):
        return read_email(raw)
    return raw.strip()


def _email_id(message_id: str, sender: str, subject: str, body: str) -> str:
    """The same when the provider posts an email again; another for another email that claims the same Message-ID."""
    whole = "\x00".join((message_id, sender, subject, body)).encode("utf-8", "surrogatepass")
    return f"email-{hashlib.sha256(whole).hexdigest()}"
