"""Reads an email that SendGrid's Inbound Parse posts to us, in whatever character set it was written."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.parser import HeaderParser
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import IO, Any
from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from outreach.errors import ContactError, HookError
from outreach.ports import InboundMessage
from outreach.rules.addresses import read_email
from outreach.vocabulary import Channel

CHUNK = 64 * 1024
MOST_PARTS = 500

BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
MACHINES_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-failed-recipients", "list-id")
MACHINES_NAMES = ("mailer-daemon@", "postmaster@", "no-reply@", "noreply@", "do-not-reply@", "donotreply@")
MACHINES_SUBJECTS = ("automatic reply:", "auto-reply:", "autoreply:", "auto reply:", "out of office:")

NOT_SHOWN = frozenset({"head", "script", "style", "title"})
ON_A_LINE_OF_ITS_OWN = frozenset(
    {"p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "table", "ul", "ol"}
)

CANNOT_BE_TAKEN_APART = (ValueError, LookupError, TypeError, AttributeError, HeaderParseError)
"""What the standard library raises for the most broken emails."""

Fields = Mapping[str, bytes]
"""The posted fields by name, as bytes: SendGrid passes text on in the character set of the email."""


def read_form(content_type: str, stream: IO[bytes]) -> tuple[dict[str, bytes], int]:
    """The fields of the posted form, and how many files came with it. HookError if it is no form.

    Files are counted and dropped: nobody here may open them, and staff ask the person instead.
    """
    kind, options = parse_options_header(content_type)
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(stream.read().decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        return {name: value.encode("latin-1") for name, value in reversed(pairs)}, 0
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise HookError("this address takes multipart/form-data")
    fields: dict[str, bytes] = {}
    files = 0
    try:
        for name, data in _parts(
            MultipartDecoder(options["boundary"].encode(), max_parts=MOST_PARTS), stream
        ):
            if name is None:
                files += 1
            else:
                fields.setdefault(name, data)
    except ValueError:
        raise HookError("the form is cut off or malformed") from None
    return fields, files


def _parts(decoder: MultipartDecoder, stream: IO[bytes]) -> Iterator[tuple[str | None, bytes]]:
    """Each part's name and bytes; a file has no name here, and none of its bytes."""
    name: str | None = None
    kept: list[bytes] = []
    while True:
        event = decoder.next_event()
        if isinstance(event, NeedData):
            decoder.receive_data(stream.read(CHUNK) or None)
        elif isinstance(event, Field | File):
            name, kept = (event.name if isinstance(event, Field) else None), []
        elif isinstance(event, Data):
            if name is not None:
                kept.append(event.data)
            if not event.more_data:
                yield name, b"".join(kept)
        elif isinstance(event, Epilogue):
            return


def parse_inbound(fields: Fields, files: int) -> InboundMessage:
    """What somebody emailed. Every word is kept, the quoted ones too; `files` is the number of attachments."""
    fields = {**_unpacked(fields["email"]), **fields} if "email" in fields else fields
    charsets = _json_table(fields.get("charsets", b""))
    envelope = _json_table(fields.get("envelope", b""))
    texts = {name: decoded(value, str(charsets.get(name, "utf-8"))) for name, value in fields.items()}
    headers = _headers(texts.get("headers", ""))
    if envelope.get("from") == "":
        headers["return-path"] = "<>"
    subject, text = texts.get("subject", ""), texts.get("text", "")
    body = text if text.strip() else shown(texts.get("html", ""))
    sender = _sender(texts.get("from", ""), envelope)
    recipients = envelope.get("to")
    return InboundMessage(
        provider_id=_email_id(headers.get("message-id", ""), sender, subject, body),
        channel=Channel.EMAIL,
        sender=sender,
        recipient=str(recipients[0]) if isinstance(recipients, list) and recipients else texts.get("to", ""),
        body=body,
        media=max(files, int(texts.get("files-inside", "0"))),
        subject=subject,
        headers=headers,
    )


def _unpacked(raw: bytes) -> dict[str, bytes]:
    """The same fields from an email that is posted unparsed; all of it as text if it cannot be taken apart."""
    try:
        whole = message_from_bytes(raw, policy=policy.default)
        found = {name: str(whole.get(name, "")) for name in ("from", "to", "subject")}
        found["headers"] = "".join(f"{name}: {value}\n" for name, value in whole.items())
        bodies = {each: whole.get_body((each,)) for each in ("plain", "html")}
        for name, part in (("text", bodies["plain"]), ("html", bodies["html"])):
            payload = part.get_payload(decode=True) if part else None
            if part and isinstance(payload, bytes):
                found[name] = decoded(payload, str(part.get_content_charset("utf-8")))
        found["files-inside"] = str(len(list(whole.iter_attachments())))
    except CANNOT_BE_TAKEN_APART:
        found = {"text": decoded(raw, "utf-8")}
    return {name: value.encode("utf-8", "replace") for name, value in found.items()}


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


def decoded(raw: bytes, charset: str) -> str:
    """The text in the character set it names; where that does not fit, in the likeliest one. Never raises."""
    named = "cp1252" if charset.lower() in ("iso-8859-1", "us-ascii", "latin1") else charset
    for each in ("utf-8", named) if named == "cp1252" else (named, "utf-8", "cp1252"):
        with suppress(LookupError, ValueError):
            return raw.decode(each)
    return raw.decode("latin-1")


class _Shown(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in NOT_SHOWN
        if tag in ON_A_LINE_OF_ITS_OWN:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in NOT_SHOWN))
        if tag in ON_A_LINE_OF_ITS_OWN:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def shown(html: str) -> str:
    """The words of an HTML email as lines of text; the HTML itself if there are none."""
    reader = _Shown()
    reader.feed(html)
    reader.close()
    text = re.sub(r"[^\S\n]+", " ", "".join(reader.words))
    return re.sub(r"\s*\n\s*", "\n", text).strip() or html.strip()


def _headers(raw: str) -> dict[str, str]:
    """The email's headers by lower-case name; of several with one name, the first."""
    found: dict[str, str] = {}
    for name, value in HeaderParser().parsestr(raw).items():
        found.setdefault(name.lower(), str(value))
    return found


def _json_table(raw: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(raw)
        if isinstance(found, dict):
            return found
    return {}


def _sender(header: str, envelope: Mapping[str, Any]) -> str:
    """The address that people see; where there is none, the one the mail servers used."""
    raw = parseaddr(header)[1] or str(envelope.get("from") or "") or header
    with suppress(ContactError):
        return read_email(raw)
    return raw.strip()


def _email_id(message_id: str, sender: str, subject: str, body: str) -> str:
    """The same when the provider posts an email again; another for another email that claims the same Message-ID."""
    whole = "\x00".join((message_id, sender, subject, body)).encode("utf-8", "surrogatepass")
    return f"email-{hashlib.sha256(whole).hexdigest()}"
