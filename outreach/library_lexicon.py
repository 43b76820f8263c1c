"""Reads the lexicon's file: the one that comes with Outreach, or a reviewed one of the service's own."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from outreach.errors import Fault, LibraryError
from outreach.rules.reading_lexicon import Lexicon, parse_lexicon


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with this version, read once in the life of a process."""
    return parse_lexicon((files("outreach") / "lexicon.toml").read_text(encoding="utf-8"))


def load_lexicon(path: Path) -> Lexicon:
    """The lexicon in a file; raises `LibraryError` naming every fault by line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError([Fault(str(path), 1, f"cannot be read: {error}")]) from error
    return parse_lexicon(text, str(path))
