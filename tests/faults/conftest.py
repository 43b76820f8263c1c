"""What the kill tests share. Each file brings its world, `here`."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.scene import PEOPLE, Counts, Scene, Tell, World


@pytest.fixture
def scene(here: World, database_url: str) -> Iterator[Scene]:
    """A crowd with a message due."""
    made = Scene(here, database_url, PEOPLE)
    yield made
    made.close()


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Shows a balance at the end of the run, and holds the two promises."""

    def told(counts: Counts) -> None:
        record_property("balance", str(counts))
        assert counts.twice == 0, str(counts)
        assert counts.unaccounted == 0, str(counts)

    return told
