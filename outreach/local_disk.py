"""Whether a folder lies on a disk of this machine, where a lock on a file holds for everybody who can see it."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
LOCAL = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "tmpfs", "xfs", "zfs"}
)


def is_on_a_local_disk(folder: Path) -> bool:
    """Over a network, and between virtual machines, a lock may hold for one side only. False when nobody can tell."""
    try:
        return kind_of_disk(folder.resolve(), MOUNTS.read_text(encoding="utf-8", errors="replace")) in LOCAL
    except OSError:
        return False


def kind_of_disk(folder: Path, mounts: str) -> str:
    """The kind of the disk that holds this absolute folder, by Linux's list of what is mounted; blank for none."""
    kind, depth = "", 0
    for line in mounts.splitlines():
        place, _, disk = line.partition(" - ")
        point = Path(re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), place.split(" ")[4]))
        if folder.is_relative_to(point) and len(point.parts) >= depth:  # the last one covers those before it
            kind, depth = disk.split(" ")[0], len(point.parts)
    return kind
