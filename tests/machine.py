"""Says what the tests need and may use of the machine, and installs a browser where there is none and we may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """The installed browser's path."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def processes(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many test processes this machine carries: one for each processor that we may use, 2 to 6.

    A container may see more processors than the time it is given. More than six would be many for one PostgreSQL.
    """
    usable = float(len(os.sched_getaffinity(0)))
    if quota.exists():
        most, _, period = quota.read_text(encoding="ascii").strip().partition(" ")
        usable = usable if most == "max" else min(usable, int(most) / int(period))
    return max(2, min(6, int(usable)))


def main() -> None:
    """Install Debian's Chromium when no browser is there; tests that need one say so where it cannot be had."""
    if "--processes" in sys.argv:
        print(processes())
        return
    if browser() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("installing chromium for the browser tests", file=sys.stderr)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
