"""What a sender at work had claimed and handed over, kept in a file beside the keyring that outlives its process.

A killed sender leaves messages that are committed as `sending`; the database cannot tell which of them were handed
over. Its journal can: each line is written before what it tells of, and the system keeps it when a process is killed.
`docs/decisions/journal-of-the-sender.md` says when it may be believed, and what is done otherwise.
"""

import hashlib
import os
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import structlog

from outreach.errors import HeldBackError
from outreach.local_disk import is_on_a_local_disk

try:
    import fcntl
except ImportError:  # not Unix: no lock tells the living from the dead
    fcntl = None  # type: ignore[assignment]

log = structlog.get_logger()

BOOT = Path("/proc/sys/kernel/random/boot_id")

ANOTHERS = re.compile(rb"J \S+ \S+ \d+ \S*")
TOLD = re.compile(rb"(?:(?:C [0-9a-f]{32}|[HN] [0-9a-f-]{36}|A [0-9a-f-]{36} [!-~]+)\n)*")
PROVIDER_ID = re.compile(r"[!-~]+")


class Journal:
    """Notes for whoever comes after this sender, for the length of a `with` block; safe to use from any thread.

    Without a file nothing is noted, and what a crash leaves behind is settled without it.
    """

    def __init__(self, file: int | None = None, path: Path | None = None) -> None:
        self._file, self._path = file, path
        self._one_at_a_time = threading.Lock()
        self._is_over = False

    def claims(self, token: str) -> None:
        """Before anything under this claim is begun."""
        self._note(f"C {token}\n")

    def hands_over(self, attempt_id: str) -> None:
        """Right before the provider may get anything of this attempt. HeldBackError: it must not be handed over."""
        self._note(f"H {attempt_id}\n")

    def accepted(self, attempt_id: str, provider_id: str) -> None:
        """After the provider has said that it has it: nobody need ask it again."""
        if PROVIDER_ID.fullmatch(provider_id):
            self._note_if_possible(f"A {attempt_id} {provider_id}\n")

    def not_taken(self, attempt_id: str) -> None:
        """After the provider has said that it did not take it, nor ever will: it may go again."""
        self._note_if_possible(f"N {attempt_id}\n")

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is handed over after this. The file goes if everything was recorded, and tells on otherwise."""
        with self._one_at_a_time:
            self._is_over = self._file is not None
            if self._file is not None:
                if kind is None:
                    _delete(self._path)
                self._let_go()

    def _note_if_possible(self, line: str) -> None:
        """Without this line the doubt is greater, and nothing is wrong."""
        with suppress(HeldBackError):
            self._note(line)

    def _note(self, line: str) -> None:
        with self._one_at_a_time:
            if self._is_over:
                raise HeldBackError("not handed over: its sender had ended")
            if self._file is None:
                return
            said = line.encode("ascii")
            try:
                if os.write(self._file, said) == len(said):
                    return
                why = "no room"
            except OSError as fault:
                why = type(fault).__name__
            self._give_up(self._file, why)

    def _give_up(self, file: int, why: str) -> None:
        """Make what is written worthless before anything happens that is not in it, and go on without."""
        try:
            os.ftruncate(file, 0)
        except OSError as fault:
            reason = f"not handed over: the sender's journal cannot be written ({type(fault).__name__})"
            raise HeldBackError(reason) from None
        _delete(self._path)
        self._let_go()
        log.error("the sender's journal cannot be kept; sending goes on without it", error=why)

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


@dataclass(frozen=True, slots=True)
class Left:
    """What a dead sender's journal tells: its claims, and which attempts the provider may have. It has no others.

    `accepted` are those that it said it has, with its ids. `place` is what the sender was told to be the place of the
    database.
    """

    place: str
    claims: tuple[str, ...]
    doubtful: frozenset[str]
    accepted: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Journals:
    """The journals of the senders on this machine that work on one database; without a path there are none."""

    path: Path | None = None
    database: str = ""

    @property
    def can_be_kept(self) -> bool:
        """Whether a killed sender's journal can be believed here; without, what it had begun goes to staff."""
        return self.path is not None and bool(self._boot()) and os.access(self.path.parent, os.W_OK)

    def begin(self, place: str) -> Journal:
        """A journal for a sender that begins now; one without a file where it could not be believed later.

        `place` is the id under which the database is known to be the one that sends.
        """
        boot = self._boot()
        if self.path is None or not boot:
            return Journal()
        path = self.path.with_name(f"{self.path.name}-{secrets.token_hex(8)}")
        try:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return Journal()
        try:
            first = self._beginning(boot, file) + f"{place}\n".encode("ascii")
            if _lock(file) and os.write(file, first) == len(first) and os.fstat(file).st_nlink:
                return Journal(file, path)
        except OSError as fault:
            log.warning("a sender's journal could not be begun", error=type(fault).__name__)
        _delete(path)
        os.close(file)
        return Journal()

    def take_over(self, conclude: Callable[[Left], object]) -> None:
        """Let `conclude` draw its conclusions from each journal of a dead sender; one that raises sees it again.

        A journal from before the machine was started, a copy and one with a torn line are deleted unread.
        """
        there = self._there()
        boot = self._boot() if there else ""
        for path in there if boot else ():
            try:
                file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            except OSError:
                continue  # another has just taken it over
            try:
                if _lock(file) and os.fstat(file).st_nlink and self._is_settled(file, boot, conclude):
                    _delete(path)
            finally:
                os.close(file)

    def _there(self) -> list[Path]:
        """Every journal beside the keyring, the living ones too."""
        if self.path is None:
            return []
        try:
            with os.scandir(self.path.parent) as files:  # seldom any, and looked for often
                names = [file.name for file in files if file.name.startswith(f"{self.path.name}-")]
        except OSError:
            return []
        return [self.path.with_name(name) for name in sorted(names)]

    def _boot(self) -> str:
        """What the system calls the time since it was started; blank where a journal could not be believed."""
        if self.path is None or fcntl is None or not is_on_a_local_disk(self.path.parent):
            return ""
        try:
            return BOOT.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def _beginning(self, boot: str, file: int) -> bytes:
        """A copy is another file, and so no journal."""
        return f"J {self.database} {boot} {os.fstat(file).st_ino} ".encode("ascii")

    def _is_settled(self, file: int, boot: str, conclude: Callable[[Left], object]) -> bool:
        """Whether nobody needs it any more; that of another database is its own senders' to read."""
        try:
            os.fsync(file)  # a disk that failed to keep a line says so here
            told = _all_of(file)
        except OSError:
            return True
        beginning = self._beginning(boot, file)
        first, _, rest = told.partition(b"\n")
        if first.startswith(beginning) and TOLD.fullmatch(rest):
            conclude(_left(first.removeprefix(beginning), rest))
            return True
        return not (
            ANOTHERS.fullmatch(first) and boot.encode() in first and self.database.encode() not in first
        )


def journals_beside(keyring: Path, database_url: str) -> Journals:
    """The journals of the installation with this keyring file and this database."""
    name = hashlib.sha256(database_url.encode()).hexdigest()[:16]
    return Journals(keyring.with_name(f"{keyring.name}.journal"), name)


def _left(place: bytes, told: bytes) -> Left:
    lines = [line.split(" ") for line in told.decode("ascii").splitlines()]
    ids = {letter: [each for kind, each, *_ in lines if kind == letter] for letter in "CHN"}
    accepted = {each: rest[0] for kind, each, *rest in lines if kind == "A"}
    doubtful = frozenset(ids["H"]) - frozenset(ids["N"]) - accepted.keys()
    return Left(place.decode("ascii", "replace"), tuple(ids["C"]), doubtful, accepted)


def _all_of(file: int) -> bytes:
    with os.fdopen(file, "rb", closefd=False) as reader:
        return reader.read()


def _lock(file: int) -> bool:
    """Hold it for as long as this file is open; False when another does. It is free as soon as its holder is dead."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _delete(path: Path | None) -> None:
    if path is not None:
        try:
            path.unlink(missing_ok=True)
        except OSError as fault:
            log.warning("a sender's journal cannot be deleted", error=type(fault).__name__)
