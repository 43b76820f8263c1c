"""The audit trail is only added to: the database itself refuses anything else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from outreach.models.event import note
from outreach.services import Services
from outreach.vocabulary import Role
from tests import cast


@pytest.mark.parametrize("change", ["UPDATE event SET who = 'nobody'", "DELETE FROM event"])
def test_an_event_can_neither_be_changed_nor_removed(services: Services, change: str) -> None:
    with services.begin() as session:
        member = cast.staff(session, services, "Pat Peer", Role.PEER_WORKER)
        note(session, services.now(), "Pat Peer", "joined", member)
    with pytest.raises(DatabaseError, match="only added to"), services.begin() as session:
        session.execute(text(change))
    with services.read() as session:
        assert session.scalars(text("SELECT count(*) FROM event WHERE who = 'Pat Peer'")).one() == 1
