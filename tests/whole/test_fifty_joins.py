"""Fifty people answer an invitation at the same moment, and there are twelve places."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from outreach.engines.jobs import tick
from outreach.models import Invitation, Message
from outreach.rules.groups import Standing
from outreach.services import Services
from tests.actions.test_groups import a_group, invite, people, standings, texts


def test_fifty_joins_at_once_for_twelve_places_are_twelve_in_and_the_rest_in_order(
    services: Services,
) -> None:
    session_id = a_group(services)
    for referral_id in people(services, 50):
        invite(services, session_id, referral_id)
    tick(services)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: texts(services, number, "JOIN", sid=f"SM{number}"), range(50)))
    assert sum("You have a place" in answer for answer in answers) == 12
    assert sum("on the list for a place" in answer for answer in answers) == 38
    with services.read() as session:
        rows = list(session.scalars(select(Invitation)))
        told = session.scalar(
            select(func.count()).where(Message.template.in_(["groups/place", "groups/waiting"]))
        )
    waiting = sorted(row.waiting_no for row in rows if row.waiting_no)
    assert (sum(row.place_at is not None for row in rows), waiting, told) == (12, list(range(1, 39)), 50)
    again = [texts(services, number, "JOIN", sid=f"SM{number}") for number in range(50)]
    assert again == answers, "the same post gets the same answer and nothing more"
    assert standings(services, session_id).count(Standing.HAS_A_PLACE) == 12
