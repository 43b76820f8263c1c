"""Tasks: my list and what nobody has taken, and the page of each task, which is the call page of a callback."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions import hand_off
from outreach.models import Task
from outreach.rules import crisis_lines, crisis_script
from outreach.vocabulary import Channel, Role, TaskKind, TaskState
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import known_to, task_or_404
from outreach.web.task_aftermath import aftermath
from outreach.web.task_lists import (
    ALL,
    ASIDE,
    CLOSED,
    URGENT,
    Looker,
    loads,
    may_see_all,
    parts_of,
    pinned,
)
from outreach.web.task_shown import Candidate, candidates_of, shown
from outreach.web.trail import did, saw, saw_list

pages = Blueprint("tasks", __name__, url_prefix="/tasks")

LATEST_PAGE = 1000


@pages.get("/")
def tasks() -> str:
    """Urgent ones pinned on top; then mine and the free ones, or those that were asked for."""
    house, member = services(), me()
    show, page = _asked(), max(1, min(request.args.get("page", 1, int), LATEST_PAGE))
    with house.read() as session:
        at = Looker(session, house, member, now())
        on_top = pinned(at) if show != URGENT else None
        parts = parts_of(at, show, page)
        team = loads(session, now()) if member.role is Role.PEER_LEAD else []
    shown = [*parts, *([on_top] if on_top else [])]
    saw_list(sorted({row.person_id for part in shown for row in part.rows if row.person_id}))
    return render_template(
        "staff/tasks.html",
        pinned=on_top,
        parts=parts,
        team=team,
        show=show,
        views=_views(),
    )


def _views() -> list[tuple[str, str]]:
    everybodys = [(ALL, "Everybody’s")] if may_see_all(me()) else []
    return [("", "Mine and free"), *everybodys, (URGENT, "Urgent"), (ASIDE, "Put aside"), (CLOSED, "Closed")]


def _asked() -> str:
    show = request.args.get("show", "")
    return show if show in {view for view, _ in _views()} else ""


@pages.get("/<task_id>")
def show(task_id: str) -> str:
    """One task. Flagged words stay folded."""
    return page_of_task(task_id, None)


@pages.get("/<task_id>/words")
def words(task_id: str) -> str | Answer:
    """The same with the words unfolded, which is noted."""
    with services().begin() as session:
        did(session, "opened the words", task_or_404(session, task_id))
    return page_of_task(task_id, None, with_words=True)


def page_of_task(task_id: str, form: Form | None, *, with_words: bool = False) -> str:
    """The page of one task, with what was typed and what was wrong with it."""
    house = services()
    with house.read() as session:
        task = task_or_404(session, task_id)
        after = aftermath(session, house, task, now())
        page = shown(session, house, task, me(), now(), with_words=with_words, aftermath=after)
        candidates = _candidates(session, task)
    saw(task)
    return render_template(
        "staff/task.html",
        form=form,
        page=page,
        task=task,
        candidates=candidates,
        with_words=with_words,
        script=crisis_script,
        lines=[
            line[2:] for line in crisis_lines.CRISIS_LINES[Channel.EMAIL].splitlines() if line[:2] == "- "
        ],
        lines_reviewed=crisis_lines.REVIEWED_ON,
        is_peer_worker=me().role is Role.PEER_WORKER,
    )


def _candidates(session: Session, task: Task) -> list[Candidate]:
    """Whoever may have written: for clinicians, when it may be a crisis; whoever attaches has a page for that.

    The task stays open to a clinician who knows one of them, since somebody must act; that name is left out.
    """
    if me().role is not Role.CLINICIAN or task.person_id or task.kind is not TaskKind.URGENT:
        return []
    known = known_to(session, me())
    return candidates_of(session, services(), [each for each in task.candidates if each not in known])


def refused(task_id: str, form: Form) -> Answer:
    """The page again, with what is wrong and what was typed."""
    return make_response(page_of_task(task_id, form), 422)


@pages.post("/<task_id>/claim")
def claim(task_id: str) -> Answer:
    """Take it; of two who press at once one has it, and the other is told who."""
    with services().begin() as session:
        task = task_or_404(session, task_id)
        hand_off.claim(session, task, in_session(session), now())
    flash("This is yours now.")
    return to_task(task_id)


@pages.post("/<task_id>/acknowledge")
def acknowledge(task_id: str) -> Answer:
    """Say "I am on it": the alerts stop. The first of two steps."""
    with services().begin() as session:
        task = task_or_404(session, task_id)
        hand_off.acknowledge(session, task, in_session(session), now())
        who = task.acknowledged_by
    flash("You are on it. The alerts have stopped." if who == me().name else f"{who} is on it already.")
    return to_task(task_id)


def to_task(task_id: str) -> Answer:
    """Back to the page of this task."""
    return redirect(url_for("tasks.show", task_id=task_id))


def alarmed(urgent_id: str) -> Answer:
    """To the urgent task that somebody's worry has raised, with whom to ring."""
    flash("The duty clinician is being alerted. You can also ring them now: the number is below.")
    return to_task(urgent_id)


def to_list() -> Answer:
    """Back to the list."""
    return redirect(url_for("tasks.tasks"))


def is_closed(task: Task) -> bool:
    """Nothing more is to be done about it."""
    return task.state is TaskState.CLOSED
