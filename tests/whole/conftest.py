"""Installations in folders of their own, run by their commands as an operator runs them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import Commands


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """`commands(folder, "check")` runs `outreach check` there, as a process of its own."""
    with Commands() as loaded:
        yield loaded


@pytest.fixture(scope="session")
def made(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `outreach init` has run, to be copied and never changed."""
    folder = tmp_path_factory.mktemp("made")
    assert commands(folder, "init").code == 0
    return folder
