"""Finds out how the text of a CSV file is encoded; what is uncertain is refused rather than garbled."""

import codecs
import io
import re

from outreach.errors import WaitlistError

SAVE_AGAIN = 'save it again as "CSV UTF-8"'
BLOCK = 1 << 20
TWO_BYTE_LETTER = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
"""An accented letter in UTF-8; as Windows-1252 it would be a capital Ã, Ä or Å before a sign, which no name has."""


def encoding_of(content: bytes, name: str) -> str:
    """The name of the encoding in which all of the content reads. Raises WaitlistError."""
    encoding = _marked(content) or _unmarked_utf16(content)
    if encoding:
        if not _reads(content, encoding):
            raise WaitlistError(f"{name} is damaged or cut off; {SAVE_AGAIN}")
        return encoding
    if b"\0" in content:
        raise WaitlistError(f"{name} holds NUL bytes, so it is no text or is damaged; {SAVE_AGAIN}")
    if _reads(content, "utf-8"):
        return "utf-8"
    if TWO_BYTE_LETTER.search(content) or not _reads(content, "cp1252"):
        raise WaitlistError(f"{name} mixes two ways of writing accented letters, or is cut off; {SAVE_AGAIN}")
    return "cp1252"


def _marked(content: bytes) -> str | None:
    """The encoding that a byte order mark at the beginning names."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of the headers, which are plain letters, is NUL."""
    beginning = content[:64]
    if len(content) % 2 or len(beginning) < 8:
        return None
    if not any(beginning[1::2]) and all(beginning[::2]):
        return "utf-16-le"
    if not any(beginning[::2]) and all(beginning[1::2]):
        return "utf-16-be"
    return None


def _reads(content: bytes, encoding: str) -> bool:
    """All of it decodes, and holds no NUL character."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    try:
        while block := text.read(BLOCK):
            if "\0" in block:
                return False
    except UnicodeError:
        return False
    return True
