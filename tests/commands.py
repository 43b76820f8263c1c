"""Runs commands as whole processes, forked from one that has the program loaded: real arguments, codes and output.

`python -m tests.commands` reads one JSON object a line and answers each with how its command ended.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from outreach.cli import main as outreach

MOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """One command, in this folder, with this added to the environment."""

    words: tuple[str, ...]
    folder: str
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its exit code, below 0 the signal that ended it, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON objects that it wrote, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def record(self) -> dict[str, Any]:
        """The one JSON object that it wrote."""
        (only,) = self.records
        return only

    @property
    def said(self) -> str:
        """Everything, in one line."""
        return " ".join(f"{self.out} {self.err}".split())


class Commands:
    """The loaded process. Called with a folder and the words of a command, it runs `outreach` there."""

    def __enter__(self) -> "Commands":
        command = [sys.executable, "-m", "tests.commands"]
        self._loaded = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loaded.stdin
        assert self._loaded.stdout
        self._loaded.stdin.close()
        self._loaded.wait(10)
        self._loaded.stdout.close()

    def __call__(self, folder: Path, *words: str, **environ: str) -> Ran:
        """Run it to its end, a minute at most."""
        assert self._loaded.stdin
        assert self._loaded.stdout
        self._loaded.stdin.write(json.dumps(asdict(Asked(words, str(folder), environ))) + "\n")
        self._loaded.stdin.flush()
        return Ran(**json.loads(self._loaded.stdout.readline()))


def main() -> None:
    """Fork a process for each line."""
    gc.freeze()
    for line in sys.stdin:
        asked = Asked(**json.loads(line))
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                _live(asked, out.fileno(), err.fileno())
            _, status = os.waitpid(child, 0)
            ran = Ran(os.waitstatus_to_exitcode(status), _all_of(out), _all_of(err))
        print(json.dumps(asdict(ran)), flush=True)


def _all_of(file: Any) -> str:
    file.seek(0)
    text: bytes = file.read()
    return text.decode()


def _live(asked: Asked, out: int, err: int) -> NoReturn:
    """Be the command, as a shell would start it."""
    signal.alarm(MOST_SECONDS)
    for number, opened in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, err)):
        os.dup2(opened, number)
    os.chdir(asked.folder)
    os.environ.update(asked.environ)
    sys.argv = ["outreach", *asked.words]
    code: Any = 0
    try:
        outreach()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - as Python itself ends: with a traceback and 1
        traceback.print_exc()
        code = 1
    gc.collect()  # closes the database, as the end of a process does
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
