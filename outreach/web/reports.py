"""The review in the site: a period, charts and tables to read and print, each table as CSV, and whom to reach."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.errors import NotFoundError, RefusedError
from outreach.models import ReviewRun
from outreach.models.base import is_id
from outreach.reports.paper import styles
from outreach.reports.reach import unreached_after
from outreach.reports.review_runs import ask_review
from outreach.rules.spans import Span
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import people_open_to
from outreach.web.paging import page_of
from outreach.web.people_shown import rows_of
from outreach.web.permissions import may_open
from outreach.web.trail import saw_list

pages = Blueprint("reports", __name__, url_prefix="/reports")


@pages.get("/")
def reports() -> str:
    """Choose a period; the last twelve whole months are offered."""
    return _chooser(Form(_days(_usual())))


@pages.post("/")
def ask() -> Answer:
    """Ask for the review of a period; a job makes it."""
    form = Form(request.form)
    span = _span(form)
    if span is None:
        return make_response(_chooser(form), 422)
    with services().begin() as session:
        run_id = ask_review(session, now(), me().name, span).id
    return redirect(url_for("reports.show", run_id=run_id))


@pages.get("/reviews/<run_id>")
def show(run_id: str) -> str:
    """One review, ready to print, or that it is being made."""
    with services().read() as session:
        run = _run(session, run_id)
        return render_template("staff/review.html", run=run, body=Markup(run.body or ""), tables=run.tables)  # noqa: S704 - made by our own page, escaped


@pages.get("/reviews/<run_id>/<key>.csv")
def table(run_id: str, key: str) -> Response:
    """One table with small counts hidden, safe from formulas."""
    with services().read() as session:
        wanted = next((each for each in _run(session, run_id).tables if each["key"] == key), None)
    if wanted is None:
        abort(404)
    mark = "\N{ZERO WIDTH NO-BREAK SPACE}"  # tells spreadsheets the encoding
    headers = {"Content-Disposition": f'attachment; filename="{key}.csv"'}
    return Response(mark + wanted["csv"], mimetype="text/csv", headers=headers)


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
        allowed = people_open_to(session, me(), house.calendar, now())
        missed, after = unreached_after(
            session, span, span.instants(house.calendar), allowed, form.value("after")
        )
        why = {each.person_id: each.why for each in missed}
        rows = rows_of(session, house, list(why), now())
    saw_list([row.id for row in rows])
    return render_template("staff/reach.html", rows=rows, why=why, after=after, days=_days(span), span=span)


def _chooser(form: Form) -> str:
    usual = _days(_usual())
    with services().read() as session:
        return render_template(
            "staff/reports.html",
            form=form,
            runs=page_of(session, select(ReviewRun), ReviewRun.id, request.args.get("after", "")),
            reach=url_for("reports.reach", **usual) if may_open("reports.reach", me().role) else "",
            may_hear=may_open("survey_desk.comments", me().role),
        )


def _run(session: Session, run_id: str) -> ReviewRun:
    run = session.get(ReviewRun, run_id) if is_id(run_id) else None
    if run is None:
        raise NotFoundError("There is no such review.")
    return run


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
        form.refuse("compare" if compare else "to", str(fault))
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
