"""Reviews that staff ask for: a row says so, a job makes it, and the page shows what came."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from outreach.database import TROUBLE
from outreach.models import ReviewRun
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.review import open_reviews
from outreach.reports.document import as_csv
from outreach.reports.paper import body_of
from outreach.reports.review import Review, review
from outreach.rules.spans import Span
from outreach.services import Services

log = structlog.get_logger()


def ask_review(session: Session, now: datetime, who: str, span: Span) -> ReviewRun:
    """Ask for the review of a period, unless the same one is being made."""
    for standing in open_reviews(session):
        if standing.span == span:
            return standing
    row = ReviewRun(
        id=new_id(), asked_at=now, who=who, first_on=span.first, last_on=span.last, compare_on=span.compare
    )
    session.add(row)
    note(session, now, who, "asked for a review", row)
    return row


def make_reviews(services: Services, now: datetime) -> int:
    """Make every review that is asked for; harmless to repeat. Returns how many were made."""
    with services.read() as session:
        asked = [(each.id, each.span) for each in open_reviews(session)]
    return sum(_make(services, run_id, span, now) for run_id, span in asked)


def _make(services: Services, run_id: str, span: Span, now: datetime) -> bool:
    """Make one. A period that no review can be made of is told as such, and holds up no other."""
    try:
        found = review(services, span)
    except TROUBLE:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, others wait behind it
        log.error("a review could not be made", review=run_id, error=type(fault).__name__)  # noqa: TRY400
        found = None
    with services.begin() as session:
        row = session.get_one(ReviewRun, run_id)
        row.made_at, row.done_at = now, services.now()
        if found:
            row.body, row.tables = str(body_of(found)), _tables(found)
    return found is not None


def _tables(found: Review) -> list[dict[str, str]]:
    """Each table as it may leave the team."""
    return [{"key": each.key, "title": each.title, "csv": as_csv(each)} for each in found.tables]
