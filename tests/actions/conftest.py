"""An action is tested on SQLite, and in the thorough round on PostgreSQL too."""

from collections.abc import Callable

import pytest


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)])
def database_url(request: pytest.FixtureRequest, as_made: Callable[[str], str]) -> str:
    """A database as it was made."""
    return as_made(request.param)
