"""What a sender's journal tells after it was killed, and everything that makes it worth nothing."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from outreach.errors import HeldBackError
from outreach.journal import Journal, Journals, Left, journals_beside
from outreach.local_disk import kind_of_disk
from outreach.models.base import new_id

CLAIM, OTHER_CLAIM = "a" * 32, "b" * 32
PLACE, FIRST, SECOND = new_id(), new_id(), new_id()
DATABASE = "sqlite:////srv/outreach.sqlite3"

SENDER = """
import sys
from pathlib import Path
from outreach.journal import journals_beside
with journals_beside(Path(sys.argv[1]), sys.argv[2]).begin(sys.argv[5]) as journal:
    journal.claims(sys.argv[3])
    journal.hands_over(sys.argv[4])
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    """Those of one installation."""
    made = journals_beside(tmp_path / "keyring.json", DATABASE)
    if not made.can_be_kept:
        pytest.skip("no journal can be believed on this machine's disk")
    return made


def left_by(journals: Journals) -> list[Left]:
    """What dead senders left, as whoever comes first reads it."""
    told: list[Left] = []
    journals.take_over(told.append)
    return told


def files(journals: Journals) -> list[Path]:
    """The journals that are there."""
    assert journals.path
    return sorted(journals.path.parent.glob("*.journal-*"))


def dies(journals: Journals, *handed_over: str) -> Path:
    """A sender that claimed, handed these over, and ended without recording what came of them; its journal."""
    with suppress(ConnectionError), journals.begin(PLACE) as journal:
        journal.claims(CLAIM)
        for attempt in handed_over:
            journal.hands_over(attempt)
        raise ConnectionError
    (file,) = files(journals)
    return file


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may become larger than that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def sender_at_work(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """A sender in a process of its own."""
    words = [sys.executable, "-c", SENDER, str(folder / "keyring.json"), DATABASE, CLAIM, FIRST, PLACE]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as sender:
        assert sender.stdout
        assert sender.stdout.readline() == "ready\n"
        try:
            yield sender
        finally:
            sender.kill()


def test_a_killed_sender_has_left_what_it_claimed_and_handed_over_and_a_suspended_one_nothing(
    journals: Journals, tmp_path: Path
) -> None:
    with sender_at_work(tmp_path) as sender:
        assert left_by(journals) == [], "it lives"
        sender.send_signal(signal.SIGSTOP)
        assert left_by(journals) == [], "it may wake up and go on"
        sender.kill()
        sender.wait()
        assert left_by(journals) == [Left(PLACE, (CLAIM,), frozenset({FIRST}), {})]
    assert left_by(journals) == []
    assert files(journals) == []


def test_a_sender_that_recorded_everything_leaves_nothing(journals: Journals) -> None:
    with journals.begin(PLACE) as journal:
        journal.claims(CLAIM)
        journal.hands_over(FIRST)
        assert len(files(journals)) == 1
    assert files(journals) == []


def test_what_the_provider_answered_is_no_doubt_any_more(journals: Journals) -> None:
    third = new_id()
    with suppress(ConnectionError), journals.begin(PLACE) as journal:
        journal.claims(CLAIM)
        for attempt in (FIRST, SECOND, third):
            journal.hands_over(attempt)
        journal.accepted(FIRST, "<a@example.org>")
        journal.not_taken(SECOND)
        journal.accepted(third, "no id at all")
        raise ConnectionError
    journal.not_taken(third)
    assert left_by(journals) == [Left(PLACE, (CLAIM,), frozenset({third}), {FIRST: "<a@example.org>"})]


def test_nothing_is_handed_over_once_its_journal_may_have_been_read(journals: Journals) -> None:
    with journals.begin(PLACE) as journal:
        journal.hands_over(FIRST)
    with pytest.raises(HeldBackError):
        journal.hands_over(SECOND)


def test_a_conclusion_that_fails_is_drawn_again(journals: Journals) -> None:
    dies(journals, FIRST)

    def fails(_left: Left) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        journals.take_over(fails)
    assert left_by(journals) == [Left(PLACE, (CLAIM,), frozenset({FIRST}), {})]


def test_many_threads_may_hand_over_at_once(journals: Journals) -> None:
    attempts = [new_id() for _ in range(400)]
    with suppress(ConnectionError), journals.begin(PLACE) as journal:
        journal.claims(CLAIM)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(journal.hands_over, attempts))
        raise ConnectionError
    assert left_by(journals) == [Left(PLACE, (CLAIM,), frozenset(attempts), {})]


@pytest.mark.parametrize("cut", [1, 20, 38], ids=["the last sign", "half a line", "all but a letter"])
def test_a_torn_line_makes_a_journal_worth_nothing(journals: Journals, cut: int) -> None:
    file = dies(journals, FIRST, SECOND)
    os.truncate(file, file.stat().st_size - cut)
    assert left_by(journals) == []
    assert files(journals) == []


def test_a_line_that_is_none_makes_a_journal_worth_nothing(journals: Journals) -> None:
    file = dies(journals, FIRST)
    with file.open("ab") as more:
        more.write(b"\0" * 39)
    assert left_by(journals) == []
    assert files(journals) == []


def test_a_journal_from_before_the_machine_was_started_is_worth_nothing(journals: Journals) -> None:
    file = dies(journals, FIRST)
    first, _, rest = file.read_text().partition("\n")
    letter, database, boot, number, place = first.split(" ")
    before = boot.replace(boot[0], "0" if boot[0] != "0" else "1")
    file.write_text(f"{letter} {database} {before} {number} {place}\n{rest}")
    assert left_by(journals) == []
    assert files(journals) == []


def test_a_copy_of_a_journal_is_worth_nothing(journals: Journals) -> None:
    file = dies(journals, FIRST)
    shutil.copy(file, file.with_name(f"{file.name}0"))
    assert left_by(journals) == [Left(PLACE, (CLAIM,), frozenset({FIRST}), {})]
    assert files(journals) == []


def test_a_journal_of_another_database_is_left_to_its_own_senders(journals: Journals) -> None:
    dies(journals, FIRST)
    assert journals.path
    others = journals_beside(journals.path.with_name("keyring.json"), "postgresql+psycopg:///outreach")
    assert left_by(others) == []
    assert left_by(journals) == [Left(PLACE, (CLAIM,), frozenset({FIRST}), {})]


def test_a_journal_without_room_for_a_line_is_given_up_before_anything_goes_that_it_lacks(
    journals: Journals,
) -> None:
    with suppress(ConnectionError), journals.begin(PLACE) as journal:
        journal.claims(CLAIM)
        (file,) = files(journals)
        with capture_logs() as logs, room_for(file.stat().st_size + 10):
            journal.hands_over(FIRST)  # and now it goes out
        assert [line["error"] for line in logs] == ["no room"]
        journal.claims(OTHER_CLAIM)
        journal.hands_over(SECOND)
        assert files(journals) == []
        raise ConnectionError
    assert left_by(journals) == []


def test_a_journal_that_can_neither_be_written_nor_given_up_holds_messages_back() -> None:
    with Journal(os.open("/dev/full", os.O_WRONLY)) as journal, pytest.raises(HeldBackError):
        journal.hands_over(FIRST)


def test_a_file_that_is_not_a_journal_yet_has_nothing_to_tell(journals: Journals) -> None:
    assert journals.path
    journals.path.with_name(f"{journals.path.name}-0").touch()
    assert left_by(journals) == []
    assert files(journals) == []


@pytest.mark.parametrize("gone", [None, Path("/nowhere/at/all/keyring.json.journal")])
def test_without_a_place_for_it_sending_goes_on_without_a_journal(
    journals: Journals, gone: Path | None
) -> None:
    nowhere = replace(journals, path=gone)
    assert not nowhere.can_be_kept
    with nowhere.begin(PLACE) as journal:
        journal.claims(CLAIM)
        journal.hands_over(FIRST)
    assert left_by(nowhere) == []


MOUNTED = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 27 0:40 / /srv/shared\040keys rw,relatime shared:9 master:2 - nfs4 files:/keys rw,vers=4.2
32 27 0:41 / /srv/twice rw - ext4 /dev/vdb rw
33 27 0:42 / /srv/twice rw - virtiofs twice rw
34 27 0:43 / /srv/twice/own rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/etc/outreach", "ext4"),
        ("/srv/shared keys/outreach", "nfs4"),
        ("/srv/shared", "ext4"),
        ("/srv/twice", "virtiofs"),
        ("/srv/twice/own", "tmpfs"),
    ],
)
def test_the_kind_of_disk_is_that_of_what_is_mounted_last_and_nearest(folder: str, kind: str) -> None:
    assert kind_of_disk(Path(folder), MOUNTED) == kind
