"""The pathway drawn as lines of steps; pausing and resuming; and what a changed schedule file would do."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.apply_schedules import ScheduleChange, apply_schedules
from outreach.actions.pause import pause_sending, resume_sending
from outreach.errors import NotFoundError, OutreachError
from outreach.library import read_schedules, shipped
from outreach.models import Pause
from outreach.models.base import is_id
from outreach.reports.pathway import pathway
from outreach.reports.sending import open_pauses
from outreach.rules.step_words import step_in_words
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.permissions import may_open

pages = Blueprint("schedules", __name__, url_prefix="/schedules")

Answer = str | Redirect | tuple[str, int]


@pages.get("/")
def schedules() -> str:
    """Every schedule in force as a line of steps, with who waits at each and what stands still."""
    house = services()
    with house.read() as session:
        return render_template(
            "staff/schedules.html",
            lines=pathway(session),
            pauses=open_pauses(session),
            may_pause=may_open("schedules.pause", me().role),
            may_apply=may_open("schedules.apply", me().role),
            when=lambda step: step_in_words(step, house.calendar),
        )


@pages.get("/pause")
def ask_pause() -> str:
    """Why, before anything stands still."""
    return _pause_page(None, request.args.get("schedule", ""), request.args.get("step", ""))


@pages.post("/pause")
def pause() -> Answer:
    """Pause a step, a schedule or all sending."""
    form = Form(request.form)
    schedule, step = form.value("schedule"), form.value("step")
    why = form.text("why", "Say why, so that others know when to resume", most=200)
    if not form.is_good:
        return _pause_page(form, schedule, step), 422
    try:
        with services().begin() as session:
            pause_sending(
                session, now(), who=me().name, why=why, schedule=schedule or None, step=step or None
            )
    except OutreachError as fault:
        form.refuse("", str(fault))
        return _pause_page(form, schedule, step), 422
    flash("Paused. Answers to people who write, and alerts to staff, still go.")
    return redirect(url_for("schedules.schedules"))


def _pause_page(form: Form | None, schedule: str, step: str) -> str:
    return render_template("staff/pause.html", form=form, schedule=schedule, step=step)


@pages.get("/resume/<pause_id>")
def ask_resume(pause_id: str) -> str:
    """Why, before it goes on."""
    with services().read() as session:
        return render_template("staff/resume.html", form=None, pause=_pause(session, pause_id))


@pages.post("/resume/<pause_id>")
def resume(pause_id: str) -> Answer:
    """End a pause."""
    form = Form(request.form)
    why = form.text("why", "Say why it may go on", most=200)
    with services().begin() as session:
        found = _pause(session, pause_id)
        if not form.is_good:
            return render_template("staff/resume.html", form=form, pause=found), 422
        if found.resumed_at is None:
            resume_sending(session, found, now(), who=me().name, why=why)
    flash("Resumed. What was held goes on by itself, unless its time has passed.")
    return redirect(url_for("schedules.schedules"))


def _pause(session: Session, pause_id: str) -> Pause:
    found = session.get(Pause, pause_id) if is_id(pause_id) else None
    if found is None:
        raise NotFoundError("There is no such pause.")
    return found


@pages.get("/changes")
def changes() -> Answer:
    """What the schedule files would change, for how many people, before it takes effect."""
    try:
        return render_template("staff/schedule_changes.html", changes=_changes(dry_run=True), fault="")
    except OutreachError as fault:
        return render_template("staff/schedule_changes.html", changes=[], fault=str(fault)), 422


@pages.post("/changes")
def apply() -> Redirect:
    """Put the files in force."""
    people = sum(change.people for change in _changes(dry_run=False))
    flash(f"In force now. {people} people are planned again within a minute.")
    return redirect(url_for("schedules.schedules"))


def _changes(*, dry_run: bool) -> list[ScheduleChange]:
    files = read_schedules(shipped() / "schedules")
    return apply_schedules(services(), files, now(), me().name, dry_run=dry_run)
