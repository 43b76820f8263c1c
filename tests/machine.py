"""Says what the tests need of the machine, and installs a browser where there is none and we may."""

import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """The installed browser's path."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def main() -> None:
    """Install Debian's Chromium when no browser is there; tests that need one say so where it cannot be had."""
    if browser() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("installing chromium for the browser tests", file=sys.stderr)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
