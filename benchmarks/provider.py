"""A provider that is never the limit: our own, in C, built when first needed."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.process import line_of, program

HERE = Path(__file__).parent
SCRATCH = HERE / "scratch"
"""Whatever is built, installed or filled for measuring; git-ignored."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One that listens."""

    port: int
    pid: int


def built() -> Path:
    """The compiled provider, newer than its source."""
    source, program_file = HERE / "sink.c", SCRATCH / "sink"
    if not program_file.exists() or program_file.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise RuntimeError("measuring needs a C compiler: install gcc")
        SCRATCH.mkdir(exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", program_file, source], check=True)
    return program_file


@contextmanager
def texts(latency_ms: int = 0) -> Iterator[Provider]:
    """A provider of texts that answers after so many milliseconds."""
    with program(str(built()), "http", "0", str(latency_ms)) as process:
        yield Provider(int(line_of(process)), process.pid)


@contextmanager
def emails() -> Iterator[Provider]:
    """A mail server that takes everything."""
    with program(str(built()), "smtp", "0") as process:
        yield Provider(int(line_of(process)), process.pid)
