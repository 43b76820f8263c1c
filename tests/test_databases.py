"""What one test does to the shared databases never reaches the next."""

import pytest
from sqlalchemy import select, text

from outreach.models import Base
from tests.databases import SharedFile, SharedPostgres, engine_at

CHANGES = [
    "UPDATE template_version SET source = 'changed' WHERE key = 'answers/thanks'",
    "DELETE FROM template_version WHERE key = 'answers/thanks'",
    "DELETE FROM template_version",
    "UPDATE schedule_version SET version = version",
    "INSERT INTO heartbeat (job, error) VALUES ('plan', '')",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("which", ["shared_sqlite", "shared_postgres"])
def test_whatever_a_test_changes_is_put_back(request: pytest.FixtureRequest, which: str, change: str) -> None:
    shared: SharedFile | SharedPostgres = request.getfixturevalue(which)
    shared.put_back()
    before = _rows(shared.url)
    with engine_at(shared.url).begin() as connection:
        connection.execute(text(change))
    shared.put_back()
    assert before["template_version"]
    assert _rows(shared.url) == before


def _rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    with engine_at(url).connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }
