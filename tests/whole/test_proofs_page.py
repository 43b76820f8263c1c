"""The page of proofs names only what is there."""

import re
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent.parent.parent
PAGE = (HERE / "docs" / "proofs.md").read_text(encoding="utf-8")


def test_every_test_and_command_on_the_page_of_proofs_exists() -> None:
    files, modules = set(re.findall(r"`(tests/[\w/.]+)`", PAGE)), set(re.findall(r"python -m ([\w.]+)", PAGE))
    assert len(files) > 15
    assert [name for name in sorted(files) if not (HERE / name).is_file()] == []
    assert [name for name in sorted(modules) if find_spec(name) is None] == []


def test_every_promise_has_its_proof() -> None:
    assert re.findall(r"^\| \*\*(\d) ", PAGE, re.MULTILINE) == list("12345678")
