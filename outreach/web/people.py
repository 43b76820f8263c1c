"""People: find somebody, see where they are on the pathway and whether anything reaches them."""

from flask import Blueprint, make_response, render_template, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.find_people import find_people
from outreach.actions.waits import load_people
from outreach.models import Hold, Person, Referral
from outreach.vocabulary import Stage
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import people_open_to, person_or_404
from outreach.web.paging import ids_after
from outreach.web.people_shown import (
    STAGES,
    contact_of,
    current,
    dates_of,
    full_name,
    languages,
    marks_of,
    rows_of,
)
from outreach.web.permissions import may_open
from outreach.web.trail import saw, saw_list

pages = Blueprint("people", __name__, url_prefix="/people")

MOST_FOUND = 50
HELD = "held"


@pages.get("/")
def people() -> str:
    """A way to search, and everybody, the newest first: all, by stage, or those whose messages are on hold."""
    house, show = services(), request.args.get("show", "")
    with house.read() as session:
        listed = _listed(session, show)
        page = ids_after(session, listed, Person.id, request.args.get("after", ""))
        rows = rows_of(session, house, page.rows, now())
        total = session.scalar(select(func.count()).select_from(listed.subquery())) or 0
    saw_list([row.id for row in rows])
    return render_template(
        "staff/people.html",
        form=None,
        rows=rows,
        total=total,
        show=show,
        after=page.after,
        stages=STAGES,
        may_import=may_open("imports.upload", me().role),
    )


def _listed(session: Session, show: str) -> Select[str]:
    """The ids of those this list is about, as far as whoever is signed in may see them."""
    query = select(Person.id).where(people_open_to(session, me(), services().calendar, now()))
    if show == HELD:
        return query.where(Person.id.in_(select(Hold.person_id).where(Hold.released_at.is_(None))))
    if show in set(Stage):
        return query.where(Person.id.in_(select(Referral.person_id).where(Referral.stage == Stage(show))))
    return query


@pages.post("/search")
def search() -> str | Answer:
    """Whoever the words fit. A post, so that no name or number ever stands in an address."""
    form, house = Form(request.form), services()
    words = form.text("words", "Enter a name, a number or a referral id", most=100)
    if not form.is_good:
        return make_response(render_template("staff/people_found.html", form=form, rows=[], more=0), 422)
    with house.read() as session:
        fitting = find_people(session, house.keyring, words)
        allowed = people_open_to(session, me(), house.calendar, now())
        open_ids = set(session.scalars(select(Person.id).where(Person.id.in_(fitting), allowed)))
        found = [person_id for person_id in fitting if person_id in open_ids]
        rows = rows_of(session, house, found[:MOST_FOUND], now())
    saw_list([row.id for row in rows])
    return render_template("staff/people_found.html", form=form, rows=rows, more=len(found) - len(rows))


@pages.get("/<person_id>")
def person(person_id: str) -> str:
    """One person: what to know before ringing, where they are, how to reach them."""
    house = services()
    with house.read() as session:
        row = person_or_404(session, person_id)
        whole = load_people(session, house.keyring, [person_id])[person_id]
        marks = marks_of(whole, house, languages(session, house), now())
    saw(row)
    wait = current(whole)
    waits = [
        (STAGES[each.stage], each.local_id, dates_of(each, house))
        for each in sorted(whole.waits, key=lambda each: each is not wait)
    ]
    return render_template(
        "staff/person.html",
        name=full_name(whole),
        person=whole,
        marks=marks,
        waits=waits,
        contact=contact_of(whole),
    )
