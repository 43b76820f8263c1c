"""The review in the site: a period, charts and tables to read and print, each table as CSV, and whom to reach."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from outreach.errors import RefusedError
from outreach.models import Person
from outreach.reports.document import as_csv
from outreach.reports.paper import body_of, styles
from outreach.reports.reach import people_reached, unreached
from outreach.reports.review import Review, review
from outreach.rules.spans import Span
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import people_open_to
from outreach.web.people_shown import rows_of
from outreach.web.permissions import may_open
from outreach.web.trail import saw_list

pages = Blueprint("reports", __name__, url_prefix="/reports")

MOST_LISTED = 200


@pages.get("/")
def reports() -> str:
    """Choose a period; the last twelve whole months are offered."""
    return _chooser(Form(_days(_usual())))


@pages.get("/review")
def show() -> str | Answer:
    """The review of a period, ready to print."""
    form = Form(request.args)
    span = _span(form)
    if span is None:
        return make_response(_chooser(form), 422)
    found = review(services(), span)
    return render_template(
        "staff/review.html", body=body_of(found), tables=found.tables, days=_days(span), span=span
    )


@pages.get("/tables/<key>.csv")
def table(key: str) -> Response:
    """One table with small counts hidden, safe from formulas."""
    wanted = next((each for each in _asked_for().tables if each.key == key), None)
    if wanted is None:
        abort(404)
    mark = "\N{ZERO WIDTH NO-BREAK SPACE}"  # tells spreadsheets the encoding
    headers = {"Content-Disposition": f'attachment; filename="{key}.csv"'}
    return Response(mark + as_csv(wanted), mimetype="text/csv", headers=headers)


@pages.get("/review.css")
def style() -> Response:
    """How the review looks."""
    return Response(styles(), mimetype="text/css")


@pages.get("/reach")
def reach() -> str | Answer:
    """Who got no message in a period and why, by name, for those who may see these people."""
    form, house = Form(request.args if "from" in request.args else _days(_usual())), services()
    span = _span(form)
    if span is None:
        return make_response(_chooser(form), 422)
    with house.read() as session:
        missed = unreached(people_reached(session, span, span.instants(house.calendar)))
        allowed = people_open_to(session, me(), house.calendar, now())
        open_ids = set(session.scalars(select(Person.id).where(allowed)))
        listed = [each for each in missed if each.person_id in open_ids]
        why = {each.person_id: each.why for each in listed}
        rows = rows_of(session, house, list(why)[:MOST_LISTED], now())
    saw_list([row.id for row in rows])
    more = len(why) - len(rows)
    return render_template("staff/reach.html", rows=rows, why=why, more=more, span=span, days=_days(span))


def _chooser(form: Form) -> str:
    usual = _days(_usual())
    return render_template(
        "staff/reports.html",
        form=form,
        usual=url_for("reports.show", **usual),
        reach=url_for("reports.reach", **usual) if may_open("reports.reach", me().role) else "",
        may_hear=may_open("survey_desk.comments", me().role),
    )


def _asked_for() -> Review:
    """The review of the period in the address."""
    span = _span(Form(request.args))
    if span is None:
        abort(404)
    return review(services(), span)


def _span(form: Form) -> Span | None:
    """The period that was chosen; None, and faults in the form, where it makes no sense."""
    first = form.day("from", "Enter the first day")
    last = form.day("to", "Enter the last day")
    compare = form.day("compare")
    if first and last and last < first:
        form.refuse("to", "The last day is before the first day")
    if not form.is_good or first is None or last is None:
        return None
    try:
        return Span(first, last, compare)
    except RefusedError as fault:
        form.refuse("compare", str(fault))
        return None


def _usual() -> Span:
    """The last twelve whole months, compared from the go-live on where it lies within them."""
    today = services().calendar.day_of(now())
    last = date.fromordinal(today.replace(day=1).toordinal() - 1)
    first = date(last.year - (last.month < 12), last.month % 12 + 1, 1)
    went_live = services().config.measures.go_live_on
    return Span(first, last, went_live if went_live and first < went_live <= last else None)


def _days(span: Span) -> dict[str, Any]:
    """The period as the form and addresses hold it."""
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return {**days, "compare": span.compare.isoformat()} if span.compare else days
