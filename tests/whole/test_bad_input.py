"""Whatever is wrong, a command ends with 1 or 2, one message with place and fix, no traceback, nothing changed."""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import Commands
from tests.lists import AMINA, NO_DATE, csv_file

HERE = Path(__file__).parent.parent.parent
TWILIO = {
    "OUTREACH_SMS__PROVIDER": "twilio",
    "OUTREACH_SMS__TWILIO__ACCOUNT_SID": "AC1",
    "OUTREACH_SMS__TWILIO__AUTH_TOKEN": "not-a-real-token",
    "OUTREACH_SMS__TWILIO__FROM_NUMBER": "+447700900999",
}


def _nothing(_folder: Path) -> None:
    """All is as `outreach init` left it."""


def _write(name: str, content: str | bytes) -> Callable[[Path], object]:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def _remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def _damage(folder: Path) -> None:
    """A table is gone."""
    with closing(sqlite3.connect(folder / "outreach.sqlite3")) as database:
        database.execute("DROP TABLE attempt")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, the command, and words of the message: the place and the fix."""

    what: str
    words: tuple[str, ...]
    says: tuple[str, ...]
    prepare: Callable[[Path], object] = _nothing
    code: int = 1
    environ: tuple[tuple[str, str], ...] = ()


IMPORT = ("waitlist", "import", "list.csv")
CASES = (
    Wrong(
        "no settings",
        ("tick",),
        ("config.toml does not exist", "run `outreach init`"),
        _remove("config.toml"),
    ),
    Wrong("broken TOML", ("tick",), ("config.toml", "line 2"), _write("config.toml", "[service]\nname = \n")),
    Wrong(
        "settings in another encoding",
        ("tick",),
        ("config.toml is not written in UTF-8", "save it in that encoding"),
        _write("config.toml", b'a = "\xe9"'),
    ),
    Wrong(
        "an unknown key",
        ("check",),
        ("config.toml: [sending] windowstart", "is not a known key; compare with config.example.toml"),
        _write("config.toml", '[sending]\nwindowstart = "09:00"\n'),
    ),
    Wrong(
        "an unknown table",
        ("check",),
        ("config.toml: sendings", "is not a known key"),
        _write("config.toml", "[sendings]\n"),
    ),
    Wrong(
        "a value out of range",
        ("tick",),
        ("[sending] max_in_flight", "less than or equal to 100"),
        _write("config.toml", "[sending]\nmax_in_flight = 200\n"),
    ),
    Wrong(
        "a window that ends before it begins",
        ("tick",),
        ("config.toml: [sending] window_end must be at least an hour after window_start",),
        _write("config.toml", '[sending]\nwindow_start = "18:00"\nwindow_end = "09:00"\n'),
    ),
    Wrong(
        "a provider without its password",
        ("serve",),
        ("config.toml: [sms.twilio] auth_token is missing",),
        environ=tuple({**TWILIO, "OUTREACH_SMS__TWILIO__AUTH_TOKEN": ""}.items()),
    ),
    Wrong(
        "a wrong setting in the environment",
        ("tick",),
        ("[sending] daily_cap",),
        environ=(("OUTREACH_SENDING__DAILY_CAP", "many"),),
    ),
    Wrong("no keyring", ("check",), ("keyring.json", "does not exist"), _remove("keyring.json")),
    Wrong(
        "a keyring that others can read",
        ("check",),
        ("keyring.json", "chmod 600"),
        lambda folder: (folder / "keyring.json").chmod(0o644),
    ),
    Wrong("a damaged keyring", ("check",), ("keyring.json",), _write("keyring.json", "{}")),
    Wrong("no database", ("tick",), ("database", "run `outreach init`"), _remove("outreach.sqlite3")),
    Wrong(
        "no database, and staff try to look",
        ("serve",),
        ("run `outreach init`",),
        _remove("outreach.sqlite3"),
    ),
    Wrong(
        "a file that is no database",
        ("tick",),
        ("[database] url leads to no database that can be read", "put a backup in its place"),
        _write("outreach.sqlite3", "this is not a database " * 100),
    ),
    Wrong(
        "a damaged database",
        ("tick",),
        ("the database failed", "is it busy, full, away or damaged?"),
        _damage,
    ),
    Wrong(
        "a kind of database that is not known",
        ("tick",),
        ("[database] url", "write sqlite:///"),
        _write("config.toml", '[database]\nurl = "oracle://somewhere"\n'),
    ),
    Wrong(
        "a server that is not there",
        ("tick",),
        ("database cannot be reached",),
        _write("config.toml", '[database]\nurl = "postgresql+psycopg://nobody@127.0.0.1:1/none"\n'),
    ),
    Wrong("no such list", ("waitlist", "import", "none.csv"), ("none.csv",)),
    Wrong(
        "a folder instead of a list",
        ("waitlist", "import", "lists"),
        ("lists cannot be opened: Is a directory",),
        lambda folder: (folder / "lists").mkdir(),
    ),
    Wrong("an empty list", IMPORT, ("list.csv", "empty"), _write("list.csv", b"")),
    Wrong("headers and no row", IMPORT, ("list.csv", "no row"), _write("list.csv", csv_file())),
    Wrong(
        "a picture", IMPORT, ("list.csv",), _write("list.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)
    ),
    Wrong("another file", IMPORT, ("referral_id",), _write("list.csv", "Date,Amount\n2026-01-01,3.50\n")),
    Wrong(
        "rows that all have a wrong date",
        IMPORT,
        ("row 2, referred_on", "no row of list.csv could be taken in"),
        _write("list.csv", csv_file(NO_DATE)),
    ),
    Wrong(
        "a part of the list called full",
        ("waitlist", "import", "list.csv", "--full"),
        ("no row of list.csv",),
        _write("list.csv", csv_file(NO_DATE)),
    ),
    Wrong(
        "an unknown referral", ("timeline", "R-404"), ("no referral has this id", "outreach messages --json")
    ),
    Wrong(
        "an unknown member of staff", ("pause", "--by", "Nobody", "--why", "a test"), ("outreach staff list",)
    ),
    Wrong("an unknown task", ("task", "claim", "T-404", "--by", "Nobody"), ("outreach staff list",)),
    Wrong("an unknown command", ("ticks",), ("No such command 'ticks'",), code=2),
    Wrong("an unknown flag", ("tick", "--when", "now"), ("No such option: --when",), code=2),
    Wrong("a missing argument", ("timeline",), ("Missing argument 'referral_id'",), code=2),
    Wrong("a moment that is none", ("tick", "--at", "soon"), ("--at", "2026-12-01T10:30"), code=2),
    Wrong("a port that is none", ("serve", "--port", "99999"), ("--port", "65535"), code=2),
    Wrong("a day that is none", ("report", "--from", "yesterday", "--to", "2026-01-31"), ("yesterday",)),
    Wrong(
        "a pretended time with a real provider",
        ("tick", "--at", "2026-12-01T10:30"),
        ("--at would send real messages at a pretended time", "simulators or a loopback address"),
        environ=tuple(TWILIO.items()),
    ),
)


@pytest.mark.parametrize("wrong", CASES, ids=lambda each: each.what)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_changed(
    commands: Commands, made: Path, tmp_path: Path, wrong: Wrong
) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    wrong.prepare(tmp_path)
    before = _files(tmp_path)
    ran = commands(tmp_path, *wrong.words, **dict(wrong.environ))
    assert ran.code == wrong.code, ran
    for words in wrong.says:
        assert words in ran.said
    assert "Traceback" not in ran.said
    assert "not-a-real-token" not in ran.said
    assert len(ran.err.splitlines()) <= 8
    assert _files(tmp_path) == before


def _files(folder: Path) -> dict[str, str]:
    """A digest of every file; what SQLite keeps beside a database while it is open is none of them."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_good_rows_are_taken_and_bad_ones_named_with_row_column_and_fix(
    commands: Commands, made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    (tmp_path / "list.csv").write_bytes(csv_file(AMINA, NO_DATE))
    ran = commands(tmp_path, *IMPORT)
    assert ran.code == 0
    assert "row 3, referred_on" in ran.out
    assert "1 new, 0 updated" in ran.out
    assert "1 rows refused" in ran.out
    assert "are spread out, at most 40 a day: the last goes on " in ran.out


def test_init_is_safe_to_repeat_and_makes_no_second_keyring_for_a_sealed_database(
    commands: Commands, made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    before = _files(tmp_path)
    assert "Everything is there already." in commands(tmp_path, "init").out
    assert _files(tmp_path) == before
    (tmp_path / "keyring.json").unlink()
    refused = commands(tmp_path, "init")
    assert (refused.code, (tmp_path / "keyring.json").exists()) == (1, False)
    assert "keyring.json" in refused.err


BROKEN = (
    ("schedules/before-assessment.toml", 'at = "10:30"', 'at = "half past ten"'),
    ("templates/en/before-assessment/reminder-7.sms.txt", "{{", "{{ lipsum() }}{{"),
)


def test_faulty_schedules_and_templates_are_all_named_by_file_and_line_and_none_is_applied(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "at", dirs_exist_ok=True)
    for part in ("outreach", "schedules", "templates"):
        shutil.copytree(HERE / part, tmp_path / part, ignore=shutil.ignore_patterns("assets", "__pycache__"))
    for name, right, wrong in BROKEN:
        path = tmp_path / name
        path.write_text(path.read_text(encoding="utf-8").replace(right, wrong, 1), encoding="utf-8")
    before = _files(tmp_path / "at")
    for words in (("check",), ("schedules", "apply")):
        ran = subprocess.run(
            [sys.executable, "-m", "outreach", *words],
            cwd=tmp_path / "at",
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "Traceback" not in ran.stderr
        assert re.search(r"schedules/before-assessment\.toml:\d+: .*at", ran.stderr)
        if words == ("check",):
            assert re.search(r"reminder-7\.sms\.txt:1: ", ran.stderr)
    assert _files(tmp_path / "at") == before
