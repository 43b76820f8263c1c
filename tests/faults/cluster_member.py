"""One process of an installation, `cluster_member work|one|web URL API AT DISK`: runs jobs, or serves the hooks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from werkzeug.serving import make_server

from outreach.engines import many_machines, one_machine
from outreach.web.app import create_app
from tests.faults.scene import World
from tests.faults.victims import Work, services_for

LAST_SECONDS = 60
"""For a member to finish what it has under way."""


@contextmanager
def start(
    what: str,
    url: str,
    here: World,
    *,
    tree: Path | None = None,
    inside: tuple[str, ...] = (),
    address: str = "127.0.0.1",
    disk: Path | None = None,
) -> Iterator["subprocess.Popen[str]"]:
    """A member in a process of its own, from this tree of files or another; told to stop at the end of the block.

    `inside` are words of a command that runs it somewhere else, such as in a network of its own; `disk` is a
    folder of the machine on which it runs.
    """
    words = [sys.executable, "-m", "tests.faults.cluster_member", what, url, here.api, here.now().isoformat()]
    words.append(str(disk or here.disk))
    words += [address] if what == "web" else []
    out = subprocess.PIPE if what == "web" else subprocess.DEVNULL
    heard = None if os.environ.get("LOUD") else subprocess.DEVNULL
    environ = {**os.environ, "PYTHONPATH": str(tree)} if tree else None
    member = subprocess.Popen(
        [*inside, *words], stdout=out, stderr=heard, text=True, cwd=tree, env=environ, bufsize=1
    )
    try:
        yield member
    finally:
        member.terminate()
        with suppress(subprocess.TimeoutExpired):
            member.wait(LAST_SECONDS)
        member.kill()
        member.wait()
        if member.stdout:
            member.stdout.close()


def main() -> None:
    """Until it is told to stop, or killed."""
    what, url, api, at, disk, *address = sys.argv[1:]
    services = services_for(Work(what, url, api, at, disk=disk))
    if what in ("work", "one"):
        (many_machines if what == "work" else one_machine).work(services)
        return
    server = make_server(address[0], 0, create_app(services), threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
