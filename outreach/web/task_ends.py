"""How a task leaves somebody's hands: closed, passed on, handed back, or raised because they are worried."""

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions import hand_off, worry
from outreach.actions.ask_the_team import have_talked, know_person, takers, talk_it_through
from outreach.actions.hand_off import Outcome
from outreach.actions.keep_draft import drop_draft
from outreach.errors import OutreachError, RefusedError
from outreach.models import Event, Task
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import task_or_404
from outreach.web.task_shown import shown
from outreach.web.task_words import OTHER, kind_words
from outreach.web.task_work import AGAIN, LONGEST_NOTE, change_task, draft_place, taken
from outreach.web.tasks import alarmed, is_closed, to_list, to_task
from outreach.web.trail import SAW

pages = Blueprint("task_ends", __name__, url_prefix="/tasks/<task_id>")


@pages.post("/hand-back")
def hand_back(task_id: str) -> Answer:
    """Back to everyone. No reason is needed."""
    form = Form(request.form)

    def do(session: Session, task: Task) -> None:
        hand_off.transfer(session, services(), task, in_session(session), to=None, now=now())

    return change_task(task_id, form, do, "Handed back. A colleague will take it.", to_list())


@pages.post("/worried")
def worried(task_id: str) -> Answer:
    """One press: an urgent task, alerts to the duty clinician, and a page with their number."""
    with services().begin() as session:
        task = task_or_404(session, task_id)
        urgent = worry.worried(session, services(), task, in_session(session), now())
        urgent_id = urgent.id
    return alarmed(urgent_id)


@pages.post("/talk")
def talk(task_id: str) -> Answer:
    """Tells the lead that I would like to talk it through."""
    form = Form(request.form)

    def do(session: Session, task: Task) -> None:
        talk_it_through(session, services(), task, in_session(session), now())

    return change_task(task_id, form, do, "Your lead is told. You need not wait with this alone.")


@pages.post("/talked")
def talked(task_id: str) -> Answer:
    """The lead and the colleague have talked."""
    form = Form(request.form)
    return change_task(
        task_id,
        form,
        lambda session, task: have_talked(session, task, in_session(session), now()),
        "Noted: you have talked it through.",
    )


@pages.get("/close")
def ask_close(task_id: str) -> str:
    """How did it end?"""
    return _close_page(task_id, None)


def _close_page(task_id: str, form: Form | None) -> str:
    house = services()
    with house.read() as session:
        task = task_or_404(session, task_id)
        page = shown(session, house, task, me(), now(), with_words=False)
    return render_template(
        "staff/task_close.html",
        form=form,
        page=page,
        task=task,
        other=OTHER,
        holds=task.person_id is not None,
    )


@pages.post("/close")
def close(task_id: str) -> Answer:
    """End it with an outcome; what it held goes on, or is quiet for a while."""
    form = Form(request.form)
    try:
        with services().begin() as session:
            task = task_or_404(session, task_id)
            outcome = _outcome(form, kind_words(task.kind).outcomes)
            if form.is_good and not _closed_by_me(task):
                staff = taken(session, task)
                hand_off.close(session, task, staff, now(), outcome)
                drop_draft(session, staff, draft_place(task.id, "words"))
    except OutreachError as fault:
        form.refuse("", str(fault))
    if not form.is_good:
        return make_response(_close_page(task_id, form), 422)
    flash("Closed. Thank you.")
    return to_task(task_id)


def _closed_by_me(task: Task) -> bool:
    """Pressed twice: the second press finds done what it wanted."""
    lately = task.closed_at is not None and now() - task.closed_at < AGAIN
    return is_closed(task) and task.closed_by == me().name and lately


def _outcome(form: Form, usual: Sequence[str]) -> Outcome:
    """One of the usual outcomes, or a few words; and whether messages go on."""
    chosen = form.value("outcome")
    known = set(usual)
    if known and chosen not in known | {OTHER}:
        form.refuse("outcome", "Choose how it ended")
    more = form.text("words", "Say in a few words how it ended" if chosen not in known else "", most=500)
    words = ": ".join(part for part in (chosen if chosen in known else "", more) if part)
    if form.value("messages") != "quiet":
        return Outcome(words)
    until = form.day("quiet_until", "Enter the day from which messages may go on")
    if until and until <= services().calendar.day_of(now()):
        form.refuse("quiet_until", "Enter a day that is still to come")
    return Outcome(words, until)


@pages.get("/transfer")
def ask_transfer(task_id: str) -> str:
    """To whom, and what they should know."""
    return _transfer_page(task_id, None)


def _transfer_page(task_id: str, form: Form | None) -> str:
    house = services()
    with house.read() as session:
        task = task_or_404(session, task_id)
        page = shown(session, house, task, me(), now(), with_words=False)
        others = [(each.id, each.name) for each in takers(session, task) if each.id != me().id]
    return render_template("staff/task_transfer.html", form=form, page=page, task=task, takers=others)


@pages.post("/transfer")
def transfer(task_id: str) -> Answer:
    """Pass it on with a note."""
    form = Form(request.form)
    words = form.text("words", "Write a short note for whoever takes it over", most=LONGEST_NOTE)
    try:
        with services().begin() as session:
            if _passed_on_already(session, task_id):
                return to_list()
            task = task_or_404(session, task_id)
            found = {each.id: each for each in takers(session, task)}
            to = found.get(form.choice("to", found, "Choose who takes it over"))
            if form.is_good:
                staff = in_session(session)
                hand_off.transfer(session, services(), task, staff, to=to, now=now(), words=words)
                drop_draft(session, staff, draft_place(task.id, "words"))
                name = to.name if to else ""
    except RefusedError as fault:
        form.refuse("", str(fault))
    if not form.is_good:
        return make_response(_transfer_page(task_id, form), 422)
    flash(f"{name} has it now, with your note.")
    return to_list()


def _passed_on_already(session: Session, task_id: str) -> bool:
    """Pressed twice: I passed it on a moment ago, and it is no longer mine to see."""
    query = select(Event.who, Event.verb, Event.at).where(
        Event.subject == Task.__tablename__, Event.subject_id == task_id, Event.verb != SAW
    )
    last = session.execute(query.order_by(Event.id.desc()).limit(1)).first()
    return (
        last is not None and (last.who, last.verb) == (me().name, "transferred") and now() - last.at < AGAIN
    )


@pages.get("/know")
def ask_know(task_id: str) -> str:
    """Before the record is hidden: what that means."""
    with services().read() as session:
        task = task_or_404(session, task_id)
    return render_template("staff/task_know.html", task=task)


@pages.post("/know")
def know(task_id: str) -> Answer:
    """I know this person: the task goes back and the record is hidden from me."""
    with services().begin() as session:
        task = task_or_404(session, task_id)
        if task.person_id:
            know_person(session, services(), task.person_id, in_session(session), now())
    flash("Done. Their record is hidden from you, and a colleague takes the task.")
    return redirect(url_for("tasks.tasks"))
