"""The version of the program before the newest migration, from the history of this repository."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parent.parent.parent
MIGRATIONS = "outreach/migrations/versions"


def earlier_version(folder: Path) -> bool:
    """Put its files into this new folder; False where there is no history."""
    newest = max(path.name for path in (HERE / MIGRATIONS).glob("0*.py"))
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", f"{MIGRATIONS}/{newest}")
    if not added:
        return False
    folder.mkdir()
    archive = subprocess.Popen(
        ["git", "-C", str(HERE), "archive", f"{added}^", "outreach", "tests"], stdout=subprocess.PIPE
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)
    return archive.wait() == 0


def _git(*words: str) -> str:
    try:
        ran = subprocess.run(["git", "-C", str(HERE), *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return ran.stdout.strip()
