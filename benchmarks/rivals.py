"""What one would use instead, each installed in an environment of its own; and the Redis that one of them needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.process import line_of, program
from benchmarks.provider import SCRATCH

CELERY = ("celery[redis]==5.7.*", "twilio==9.13.*", "jinja2", "sqlalchemy==2.*")
POST_OFFICE = ("django-post-office==3.12.*", "django==5.2.*")


def python_with(name: str, *packages: str) -> str:
    """The Python of an environment with these packages, installed once."""
    folder = SCRATCH / name
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        (folder / "done").touch()
    return str(python)


def redis_program() -> str:
    """Redis as the system packages it; Debian's is installed where it is missing and we may."""
    may_install = os.geteuid() == 0 and shutil.which("apt-get")
    if not shutil.which("redis-server") and may_install:
        subprocess.run(["apt-get", "install", "-y", "-qq", "redis-server"], check=True, capture_output=True)
    found = shutil.which("redis-server")
    if not found:
        raise RuntimeError("comparing with Celery needs redis-server: install it")
    return found


@contextmanager
def redis(port: int) -> Iterator[int]:
    """Redis on this port, keeping nothing on disk, which is its fastest; yields its pid."""
    words = [redis_program(), "--port", str(port), "--save", "", "--appendonly", "no", "--loglevel", "notice"]
    with program(*words, "--daemonize", "no") as process:
        while "Ready to accept connections" not in line_of(process):
            pass
        yield process.pid


def environment(folder: Path) -> dict[str, str]:
    """For a rival's process: it finds the contestants, and nothing of ours."""
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore"}
