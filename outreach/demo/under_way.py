"""What the admin and the lead have begun when somebody comes to try the demo: a list to confirm, a step paused."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

from outreach.actions.pause import pause_sending
from outreach.actions.uploads import store_upload
from outreach.actions.work_uploads import work_uploads
from outreach.demo.team import Team
from outreach.reports.review_runs import ask_review, make_reviews
from outreach.rules.spans import Span
from outreach.services import Services

NEWCOMER = {
    "referral_id": "R-9001",
    "given_name": "Noor",
    "family_name": "Newcomer",
    "mobile": "07700 900998",
    "ethnicity": "A",
    "safe_to_text": "yes",
}
SLIPS = (
    {"referral_id": "R-9002", "given_name": "Dana", "family_name": "Dateless", "referred_on": "soon"},
    {"referral_id": "R-9003", "family_name": "Nameless", "referred_on": "31/02/2026"},
)
"""Rows as they come out of a hurried export: each is refused, with what to put right."""

REVIEWED = timedelta(days=183)

WHY_PAUSED = "The opening times in it have changed. I am asking for the new ones."


def leave_under_way(services: Services, team: Team, folder: Path, now: datetime) -> None:
    """A file was uploaded and tried, and waits for the admin's word; the lead has paused one step."""
    with services.begin() as session:
        store_upload(
            session, services, _list_of(folder / "waiting-list.csv", now), team.admin, now, is_full=False
        )
        pause_sending(
            session,
            now,
            who=team.lead.name,
            why=WHY_PAUSED,
            schedule="ending-therapy",
            step="eight-weeks-after",
        )
        days = services.calendar.day_of(now)
        went_live = services.config.measures.go_live_on
        span = Span(days - REVIEWED, days, went_live if went_live and went_live > days - REVIEWED else None)
        ask_review(session, now, team.lead.name, span)
    work_uploads(services, now)
    make_reviews(services, now)


def _list_of(known: Path, now: datetime) -> bytes:
    """The list as it stands, with a newcomer, and with two rows that cannot be taken in."""
    with known.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        headers, rows = list(reader.fieldnames or ()), list(reader)
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, headers, restval="")
    writer.writeheader()
    writer.writerows([*rows, {**NEWCOMER, "referred_on": now.date().isoformat()}, *SLIPS])
    return made.getvalue().encode()
