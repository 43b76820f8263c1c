"""Every error that Outreach raises on purpose; the text says what is wrong, where, and what to do next."""

from dataclasses import dataclass


class OutreachError(Exception):
    """Something the reader can put right; the command line prints the text and exits with code 1."""


class ConfigError(OutreachError):
    """A setting is missing or wrong."""


class KeyringError(OutreachError):
    """The keyring is missing, readable by others, or lacks the key that sealed a value."""


class DatabaseError(OutreachError):
    """The database is missing, out of date or busy."""


class ContactError(OutreachError):
    """A phone number, email address or NHS number cannot be used."""


class DateError(OutreachError):
    """A date cannot be read with certainty."""


class CodeError(OutreachError):
    """A cell holds none of the codes or words that its column allows."""


class WaitlistError(OutreachError):
    """A waiting-list file cannot be read at all."""


class HookError(OutreachError):
    """A webhook's request is not what its provider sends."""


class SignatureError(HookError):
    """A webhook's signature is missing or does not match."""


class UnreachableError(OutreachError):
    """A provider could not be asked; it is asked again later."""


class HeldBackError(OutreachError):
    """A message was not handed over: after a crash nobody could have told what came of it. It is planned again."""


class NotFoundError(OutreachError):
    """Nothing is stored under this id."""


class RefusedError(OutreachError):
    """The rules do not allow this; the text says which rule and what may be done instead."""


class TemplateRefusedError(OutreachError):
    """A message template uses something that is not allowed; `line` and `column` say where."""

    def __init__(self, what: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {what}")
        self.what = what
        self.line = line
        self.column = column


class ConflictError(OutreachError):
    """Somebody else has changed this meanwhile; `newest` is the number of their version, and nothing was saved."""

    def __init__(self, what: str, newest: int) -> None:
        super().__init__(what)
        self.newest = newest


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault found in a file: where it is, what is wrong and how to put it right."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class FaultyError(OutreachError):
    """Something has faults; each is named with its place, so that one look shows them all."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class LibraryError(FaultyError):
    """Schedule or template files have faults; every fault is named by file and line."""


class WordingError(FaultyError):
    """The words of a message break a rule; every fault is named by template, line and column."""


class TranslationError(FaultyError):
    """A translator's sheet has faults; every fault is named by file and row, and nothing of it was taken."""
