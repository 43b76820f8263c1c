"""Surveys by message: everybody gets the same link, and it opens the survey that its template is named after."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.take_feedback import survey_address
from outreach.models import Message
from outreach.services import Services
from outreach.vocabulary import Purpose
from tests import cast
from tests.house import MONDAY, clock_of, run_tick
from tests.web.site import Site


@pytest.mark.parametrize(
    ("weeks", "ends"), [(32, "peer-support"), (5, "/feedback")], ids=["peer support", "friends and family"]
)
def test_whoever_is_asked_gets_the_link_that_everybody_gets(
    sqlite_services: Services, weeks: int, ends: str
) -> None:
    services = sqlite_services
    with services.begin() as session:
        for number in range(2):
            details = cast.another(mobile=f"+44770090010{number}")
            who = cast.person(session, services, details, introduced_at=MONDAY - timedelta(days=90))
            cast.referral(
                session,
                services,
                who,
                date(2025, 1, 6),
                local_id=f"R-{number}",
                accepted_on=MONDAY.date() - timedelta(weeks=weeks),
            )
    clock_of(services).set(datetime(2026, 3, 2, 14, 1, tzinfo=UTC))
    run_tick(services)
    with services.read() as session:
        sent = session.scalars(
            select(Message).where(Message.purpose == Purpose.SURVEY, Message.sending_at.is_not(None))
        ).all()
        bodies = {message.opened(services.keyring)[1] for message in sent}
    assert len(sent) == 2
    (body,) = bodies
    base = services.config.service.public_url
    wanted = survey_address(services, ends) if ends != "/feedback" else f"{base}/feedback"
    assert wanted in body
    page = Site(services).anybody().get(wanted.removeprefix(base), follow_redirects=True)
    assert page.status_code == 200
