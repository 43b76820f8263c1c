"""What somebody presses on the page of a task: how a call went, later, not mine, worried, close."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from flask import Blueprint, flash, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions import hand_off
from outreach.actions.hand_off import Outcome
from outreach.actions.keep_draft import drop_draft, keep_draft
from outreach.actions.put_aside import call_later, put_aside, take_up
from outreach.errors import RefusedError
from outreach.models import StaffMember, Task
from outreach.models.task import tries_at
from outreach.vocabulary import TaskKind, TryResult
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import task_or_404
from outreach.web.task_words import CALLS
from outreach.web.tasks import is_closed, page_of_task, refused, to_task

pages = Blueprint("task_work", __name__, url_prefix="/tasks/<task_id>")

Change = Callable[[Session, Task], None]

LONGEST_NOTE = 4000
DRAFTS = ("note", "words")
"""The fields whose words are kept while somebody writes."""

AGAIN = timedelta(minutes=10)
"""The same press by the same person within this is the same try."""

PRESSED_TWICE = "That was noted already."
TRIED_MEANWHILE = (
    "Somebody noted another try meanwhile. Look at the tries below, then press again if yours is new."
)
NOTED = {
    TryResult.REACHED: "Noted: you talked.",
    TryResult.NO_ANSWER: "Noted: no answer.",
    TryResult.VOICEMAIL: "Noted: voicemail left.",
    TryResult.WRONG_NUMBER: "Noted. This number is not used again; a task asks for the right one.",
}
OVER = {
    TryResult.REACHED: "Noted, and closed: you talked. Thank you.",
    TryResult.NO_ANSWER: "Noted. The third day without an answer: this is closed as “could not reach”.",
    TryResult.VOICEMAIL: "Noted. The third day without an answer: this is closed as “could not reach”.",
}


def draft_place(task_id: str, field: str) -> str:
    """Where the draft of a field of this task is kept."""
    return f"task:{task_id}:{field}"


@pages.post("/try")
def record(task_id: str) -> Answer:
    """One press says how a call went; "we talked" also closes it."""
    form = Form(request.form)
    result = form.one_of("result", TryResult, "Choose how the call went")
    words = form.text("note", most=LONGEST_NOTE)
    if result is None or result not in NOTED or not form.is_good:
        return refused(task_id, form)
    try:
        with services().begin() as session:
            task = task_or_404(session, task_id)
            twice = _pressed_twice(session, task, result, form)
            if not twice and form.is_good:
                _record(session, task, result, words)
            is_over = is_closed(task)
    except RefusedError as fault:
        form.refuse("", str(fault))
    if not form.is_good:
        return make_response(page_of_task(task_id, form), 409)
    flash(PRESSED_TWICE if twice else OVER.get(result, NOTED[result]) if is_over else NOTED[result])
    return to_task(task_id)


def _pressed_twice(session: Session, task: Task, result: TryResult, form: Form) -> bool:
    """A double press, or an old page shown again by the back button; a fault where a colleague was faster."""
    session.refresh(task, with_for_update=True)
    tries = tries_at(session, task.id)
    if form.value("tries") == str(len(tries)):
        return False
    last = tries[-1] if tries else None
    if last and last.who == me().name and last.result is result and now() - last.at < AGAIN:
        return True
    form.refuse("", TRIED_MEANWHILE)
    return False


def _record(session: Session, task: Task, result: TryResult, words: str) -> None:
    """Whoever rings has the task: so nobody else rings at the same time."""
    staff = taken(session, task)
    take_up(session, task, staff, now())
    hand_off.record_try(session, services(), task, staff, now=now(), result=result, words=words)
    drop_draft(session, staff, draft_place(task.id, "note"))
    if result is TryResult.REACHED and task.kind in CALLS:
        hand_off.close(session, task, staff, now(), Outcome("talked"))


def taken(session: Session, task: Task) -> StaffMember:
    """Me, who has this task now if nobody had. An urgent one is acknowledged instead, in sight of everybody."""
    staff = in_session(session)
    if task.assignee_id is None and task.kind is not TaskKind.URGENT:
        hand_off.claim(session, task, staff, now())
    return staff


@pages.post("/later")
def later(task_id: str) -> Answer:
    """They were there, and asked to be rung at another time."""
    form = Form(request.form)
    at = _moment(form, "later_on", "later_at")
    words = form.text("note", most=LONGEST_NOTE)
    return change_task(
        task_id, form, lambda session, task: _agree(session, task, at, words), "Noted. It comes back then."
    )


def _agree(session: Session, task: Task, at: datetime | None, words: str) -> None:
    if at:
        staff = taken(session, task)
        call_later(session, services(), task, staff, now=now(), at=at, words=words)
        drop_draft(session, staff, draft_place(task.id, "note"))


@pages.post("/aside")
def aside(task_id: str) -> Answer:
    """Out of the list until a moment, or until they write."""
    form = Form(request.form)
    until = _moment(form, "aside_on", "aside_at")

    def do(session: Session, task: Task) -> None:
        if until:
            staff = taken(session, task)
            put_aside(session, task, staff, now(), until, or_answer=form.yes("or_answer"))

    return change_task(task_id, form, do, "Put aside. It comes back by itself.")


@pages.post("/take-up")
def resume(task_id: str) -> Answer:
    """Back into the list now."""
    form = Form(request.form)
    return change_task(
        task_id,
        form,
        lambda session, task: take_up(session, task, in_session(session), now()),
        "It is back in the list.",
    )


def _moment(form: Form, day_field: str, time_field: str) -> datetime | None:
    day = form.day(day_field, "Enter a day")
    typed = form.value(time_field).strip()
    try:
        wall = time.fromisoformat(typed) if typed else services().calendar.opens
    except ValueError:
        form.refuse(time_field, "Enter a time such as 14:30")
        return None
    return services().calendar.at(day, wall) if day else None


def change_task(task_id: str, form: Form, change: Change, told: str, to: Answer | None = None) -> Answer:
    """Make this change to the task, or show the page again with what is wrong."""
    if form.is_good:
        try:
            with services().begin() as session:
                change(session, task_or_404(session, task_id))
        except RefusedError as fault:
            form.refuse("", str(fault))
    if not form.is_good:
        return refused(task_id, form)
    flash(told)
    return to or to_task(task_id)


@pages.post("/draft")
def draft(task_id: str) -> Answer | str:
    """Keep what is being written: it is here again after signing out, a lost connection or a closed tab."""
    kept = False
    with services().begin() as session:
        task = task_or_404(session, task_id)
        for field in DRAFTS:
            if field in request.form and not _handed_in(session, task):
                words = request.form[field]
                _keep(session, draft_place(task.id, field), words)
                kept = bool(words.strip())
    if request.headers.get("HX-Request"):
        return render_template("staff/kept_draft.html", kept=kept)
    flash("Your note is kept. Only you see it until you use it.")
    return to_task(task_id)


def _handed_in(session: Session, task: Task) -> bool:
    """The note was noted with a try since the page was shown: a save that comes in later would bring it back."""
    session.refresh(task, with_for_update=True)
    shown = request.form.get("tries")
    return shown is not None and shown != str(len(tries_at(session, task.id)))


def _keep(session: Session, place: str, words: str) -> None:
    keep_draft(session, services().keyring, in_session(session), place=place, words=words, now=now())
