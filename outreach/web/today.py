"""Today: what needs whoever is signed in now, whether the service is alive, and what goes out this week."""

from flask import Blueprint, render_template

from outreach.actions.readiness import blocks_going_live
from outreach.vocabulary import Role
from outreach.web.here import me, now, services
from outreach.web.needs import needs_of
from outreach.web.pulse import coming_week, signs
from outreach.web.trail import saw_list

pages = Blueprint("today", __name__)

RUNS_IT = (Role.PEER_LEAD, Role.ADMIN, Role.CLINICIAN)
"""Who is told what still blocks going live."""

PARTS_OF_A_DAY = ((12, "Good morning"), (18, "Good afternoon"), (24, "Good evening"))


@pages.get("/today")
def today() -> str:
    """The first page after signing in."""
    house, member = services(), me()
    with house.read() as session:
        needs = needs_of(session, house, member, now())
        alive = signs(session, house, now())
        week = coming_week(session, house, now())
        blocks = blocks_going_live(session, house, now()) if member.role in RUNS_IT else []
    saw_list(needs.people)
    return render_template(
        "staff/today.html",
        greeting=_greeting(),
        member=member,
        date=house.calendar.day_name(house.calendar.day_of(now())),
        needs=needs,
        signs=alive,
        week=week,
        blocks=blocks,
    )


def _greeting() -> str:
    hour = services().calendar.local(now()).hour
    return next(words for until, words in PARTS_OF_A_DAY if hour < until)
