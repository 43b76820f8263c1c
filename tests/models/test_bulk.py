"""Many rows written at once."""

from datetime import UTC, datetime

from sqlalchemy import select

from outreach.models import Enrolment
from outreach.models.base import new_id
from outreach.models.bulk import insert_rows, update_rows
from outreach.services import Services
from tests import cast

NOW = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
LATER = datetime(2026, 6, 5, 9, 30, tzinfo=UTC)


def test_each_row_gets_its_own_changes_and_no_other_row_or_column_is_touched(services: Services) -> None:
    _, referral = cast.amina(services)
    first, second, third = ids = [new_id() for _ in range(3)]
    rows = [
        {"id": each, "referral_id": referral, "schedule": each[-8:], "started_at": NOW, "next_step": "old"}
        for each in ids
    ]
    with services.begin() as session:
        insert_rows(session, Enrolment, rows)
        update_rows(
            session,
            Enrolment,
            [
                {"id": first, "next_due_at": LATER, "next_step": "new"},
                {"id": second, "next_due_at": None, "next_step": None},
            ],
        )
        update_rows(session, Enrolment, [])
    columns = select(Enrolment.id, Enrolment.next_due_at, Enrolment.next_step, Enrolment.started_at)
    with services.read() as session:
        found = {row.id: tuple(row)[1:] for row in session.execute(columns.where(Enrolment.id.in_(ids)))}
    assert found == {first: (LATER, "new", NOW), second: (None, None, NOW), third: (None, "old", NOW)}
