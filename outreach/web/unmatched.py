"""Whose message is this? Staff look somebody up and attach it; nobody is ever guessed."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.find_people import find_people
from outreach.actions.hand_off import Outcome, close
from outreach.actions.read_reply import attach, reply_called
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Person, Task
from outreach.vocabulary import TaskKind
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import people_open_to, referral_or_404, task_or_404
from outreach.web.task_shown import Candidate, candidates_of
from outreach.web.tasks import is_closed, to_list, to_task
from outreach.web.trail import did, saw_list

pages = Blueprint("unmatched", __name__, url_prefix="/tasks/<task_id>/whose")

MOST_FOUND = 20


@pages.get("/")
def ask(task_id: str) -> str:
    """The words, everybody who has this number or address, and a way to look somebody up."""
    return _page(task_id, None)


@pages.post("/search")
def search(task_id: str) -> str | Answer:
    """Look somebody up. A post, so that no name or number ever stands in an address."""
    form = Form(request.form)
    form.text("find", "Enter a name, a number or a referral id", most=100)
    page = _page(task_id, form)
    return page if form.is_good else make_response(page, 422)


def _page(task_id: str, form: Form | None) -> str:
    house = services()
    with house.read() as session:
        task = _task(session, task_id)
        reply = reply_called(session, task.reply_id or "")
        candidates = candidates_of(session, house, task.candidates)
        found = _found(session, form)
        words, sender = reply.opened(house.keyring), reply.opened_sender(house.keyring)
    with house.begin() as session:
        did(session, "opened the words", _task(session, task_id))
    saw_list([each.person_id for each in (*candidates, *found)])
    return render_template(
        "staff/task_whose.html",
        form=form,
        task=task,
        reply=reply,
        words=words,
        sender=sender,
        candidates=candidates,
        found=found,
        searched=form is not None and form.is_good,
    )


def _task(session: Session, task_id: str) -> Task:
    task = task_or_404(session, task_id)
    if task.reply_id is None or task.person_id is not None:
        raise NotFoundError("Nobody has to be found for this task: it is about somebody already.")
    return task


def _found(session: Session, form: Form | None) -> list[Candidate]:
    words = form.value("find").strip() if form is not None and form.is_good else ""
    if not words:
        return []
    fitting = find_people(session, services().keyring, words)
    allowed = people_open_to(session, me(), services().calendar, now())
    open_ids = set(session.scalars(select(Person.id).where(Person.id.in_(fitting), allowed)))
    ids = [each for each in fitting if each in open_ids]
    return candidates_of(session, services(), ids[:MOST_FOUND])


@pages.post("/")
def settle(task_id: str) -> Answer:
    """It is theirs: what it asks for is done for them from now on."""
    form = Form(request.form)
    with services().begin() as session:
        task = task_or_404(session, task_id)
        reply = reply_called(session, task.reply_id or "")
        referral = referral_or_404(session, form.value("referral"))
        if reply.person_id == referral.person_id:  # pressed twice
            return to_list()
        raised = attach(session, services(), reply, referral, staff=in_session(session), now=now())
        calls = [each.id for each in raised if each.kind is not TaskKind.UNMATCHED]
    flash("Attached. What they asked for is done for them now.")
    return to_task(calls[0]) if len(calls) == 1 else to_list()


@pages.post("/leave")
def leave(task_id: str) -> Answer:
    """Nobody on the list wrote it, or nobody can tell: the message stays on record, attached to no one."""
    with services().begin() as session:
        task = task_or_404(session, task_id)
        if task.kind is not TaskKind.UNMATCHED:
            raise RefusedError("only a message that nobody can place may be left; close this task instead")
        if not is_closed(task):
            close(session, task, in_session(session), now(), Outcome("left: nobody can tell whose it is"))
    flash("Left as it is. The message stays on record.")
    return redirect(url_for("tasks.tasks"))
