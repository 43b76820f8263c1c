"""Writes an email as the bytes that travel: short headers by hand, everything unusual by the standard library.

Only what differs between people is written for each email; a body is encoded in one pass, whatever it holds.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from email.headerregistry import Address
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate
from functools import lru_cache

BOUNDARY = "=_part"
"""It stands in no encoded body: "_" is no letter of base64, and "=" is followed by digits in quoted-printable."""

LONGEST_LINE = 998
"""Characters of a line without its end (RFC 5322)."""

_TO_BASE64 = 1.5
"""Words in other scripts take up to three times their bytes as quoted-printable; from here on base64 is shorter."""

_PLAIN_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[\w.-]{1,190}", re.ASCII)
_DOTS_ASTRAY = re.compile(r"^\.|\.\.|\.@|@\.|\.$")


def write_email(
    *,
    sender: tuple[str, str],
    to: str,
    subject: str,
    headers: Iterable[tuple[str, str]],
    text: str,
    html: str,
) -> bytes:
    """The whole email from `sender` (name, address), with `html` as the better of two forms unless it is blank.

    All of it is ASCII, except where the address `to` is not. Raises ValueError for what cannot be written.
    """
    known = (("Date", formatdate()), ("Auto-Submitted", "auto-generated"))  # RFC 3834: no holiday answers
    head = [_from(*sender), _to(to), _subject(" ".join(subject.split()))]
    head += [_line(name, value) for name, value in (*known, *headers)]
    return "".join([*head, "MIME-Version: 1.0\r\n"]).encode() + _body(text, html)


@lru_cache(maxsize=8)
def _from(name: str, address: str) -> str:
    return _folded("From", Address(name, addr_spec=address))


def _to(address: str) -> str:
    if _PLAIN_ADDRESS.fullmatch(address) and not _DOTS_ASTRAY.search(address):
        return f"To: {address}\r\n"
    name, _, domain = address.rpartition("@")
    if not (name and domain):
        raise ValueError("an address needs a name and a domain")
    return _folded("To", Address(username=name, domain=domain), in_utf8=not address.isascii())


@lru_cache(maxsize=512)
def _subject(subject: str) -> str:
    """Folded, and encoded where it is not ASCII; most are the same in every email from one template."""
    return _folded("Subject", subject)


def _folded(name: str, value: str | Address, *, in_utf8: bool = False) -> str:
    policy = SMTPUTF8 if in_utf8 else SMTP
    line: str = policy.fold(name, policy.header_factory(name, value))
    return line


def _line(name: str, value: str) -> str:
    line = f"{name}: {value}"
    if not (line.isascii() and line.isprintable() and len(line) <= LONGEST_LINE):
        raise ValueError(f"the header {name} cannot be written on one line")
    return f"{line}\r\n"


def _body(text: str, html: str) -> bytes:
    if not html:
        return _part("plain", text)
    opening, closing = f"--{BOUNDARY}\r\n".encode(), f"--{BOUNDARY}--\r\n".encode()
    kind = f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'.encode()
    return kind + opening + _part("plain", text) + opening + _part("html", html) + closing


def _part(kind: str, content: str) -> bytes:
    """One form of the words in 7 bits: not every server between us and them passes the eighth on."""
    raw = b"\r\n".join([*content.encode().splitlines(), b""])
    encoded, encoding = binascii.b2a_qp(raw), "quoted-printable"
    if len(encoded) > _TO_BASE64 * len(raw):
        encoded, encoding = base64.encodebytes(raw).replace(b"\n", b"\r\n"), "base64"
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + encoded
