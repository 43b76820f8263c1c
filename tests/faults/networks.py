"""A network of its own for each member of a cluster, joined by a bridge that leads nowhere else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

HUB = "10.213.7.1"


@dataclass(frozen=True, slots=True)
class Networks:
    """Where members run; without `names` they share this machine's own, and `why` says so."""

    names: tuple[str, ...] = ()
    why: str = ""

    @property
    def hub(self) -> str:
        """The address under which members find what all of them share."""
        return HUB if self.names else "127.0.0.1"

    def address(self, member: int) -> str:
        """The address of this member."""
        return _address(member) if self.names else "127.0.0.1"

    def inside(self, member: int) -> tuple[str, ...]:
        """The words before a command that run it in this member's network."""
        return ("ip", "netns", "exec", self.names[member]) if self.names else ()

    def __str__(self) -> str:
        if self.names:
            return f"{len(self.names)} members, each in a network namespace of its own, joined by a bridge"
        return f"all members in one network namespace: {self.why}"


@contextmanager
def networks(members: int) -> Iterator[Networks]:
    """Made while the block lasts, where this machine allows it."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        yield Networks(why="it takes root and iproute2 to make others")
        return
    tag = f"out{os.getpid() % 100_000}"
    names = tuple(f"{tag}-{number}" for number in range(members))
    with ExitStack() as undo:
        try:
            _make(tag, names, undo)
        except subprocess.CalledProcessError as fault:
            undo.close()
            yield Networks(why=f"this machine refuses `{' '.join(fault.cmd)}`")
            return
        yield Networks(names)


def _make(tag: str, names: tuple[str, ...], undo: ExitStack) -> None:
    bridge = f"{tag}b"
    _ip("link", "add", bridge, "type", "bridge")
    undo.callback(_ip, "link", "del", bridge)
    _ip("address", "add", f"{HUB}/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    for number, name in enumerate(names):
        ours, theirs = f"{tag}v{number}", f"{tag}w{number}"
        _ip("netns", "add", name)
        undo.callback(_ip, "netns", "del", name)
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _ip("link", "set", ours, "master", bridge, "up")
        _ip("-n", name, "address", "add", f"{_address(number)}/24", "dev", theirs)
        _ip("-n", name, "link", "set", theirs, "up")
        _ip("-n", name, "link", "set", "lo", "up")


def _address(member: int) -> str:
    return f"10.213.7.{10 + member}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def relay(inside: tuple[str, ...], port: int) -> Iterator[None]:
    """In a member's network the provider stands on loopback, so that it counts as a stand-in there too."""
    words = [*inside, sys.executable, "-m", "tests.faults.relay", str(port), HUB]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.terminate()
