"""Saved replies: words that the team uses again and again, kept and changed by everybody who answers people."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from outreach.actions.saved_replies import (
    add_saved_reply,
    change_saved_reply,
    remove_saved_reply,
    saved_reply_called,
)
from outreach.errors import ConflictError
from outreach.models.saved_reply import saved_replies
from outreach.web.forms import Form
from outreach.web.here import in_session, now, services

pages = Blueprint("saved", __name__, url_prefix="/replies/saved")

Answer = str | Redirect | tuple[str, int]

LONGEST = 900


@pages.get("/")
def saved() -> str:
    """All of them, and a way to add one."""
    return _list(None)


@pages.post("/")
def add() -> Answer:
    """Keep a new one."""
    form = Form(request.form)
    name, words = _typed(form)
    if not form.is_good:
        return _list(form), 422
    with services().begin() as session:
        add_saved_reply(session, name=name, words=words, staff=in_session(session), now=now())
    flash("It is kept for everybody.")
    return redirect(url_for("saved.saved"))


@pages.get("/<saved_id>")
def edit(saved_id: str) -> str:
    """One of them, to be changed."""
    with services().read() as session:
        row = saved_reply_called(session, saved_id)
        first = {"name": row.name, "words": row.words, "edition": str(row.edition)}
    return _one(saved_id, Form(first))


@pages.post("/<saved_id>")
def change(saved_id: str) -> Answer:
    """Change it; what somebody else changed meanwhile is shown first."""
    form = Form(request.form)
    name, words = _typed(form)
    edition = form.value("edition")
    if form.is_good:
        try:
            with services().begin() as session:
                change_saved_reply(
                    session,
                    saved_reply_called(session, saved_id),
                    edition=int(edition) if edition.isdecimal() and len(edition) < 9 else 0,
                    name=name,
                    words=words,
                    staff=in_session(session),
                    now=now(),
                )
        except ConflictError as fault:
            form.refuse("words", str(fault))
            return _one(saved_id, form, conflict=True), 409
    if not form.is_good:
        return _one(saved_id, form), 422
    flash("Changed.")
    return redirect(url_for("saved.saved"))


@pages.post("/<saved_id>/remove")
def remove(saved_id: str) -> Redirect:
    """Take it out of use."""
    with services().begin() as session:
        remove_saved_reply(
            session, saved_reply_called(session, saved_id), staff=in_session(session), now=now()
        )
    flash("It is not offered any more.")
    return redirect(url_for("saved.saved"))


def _typed(form: Form) -> tuple[str, str]:
    name = form.text("name", "Give it a short name", most=80)
    return name, form.text("words", "Write the words", most=LONGEST)


def _list(form: Form | None) -> str:
    with services().read() as session:
        rows = saved_replies(session)
    return render_template("staff/saved_replies.html", form=form, rows=rows)


def _one(saved_id: str, form: Form, *, conflict: bool = False) -> str:
    with services().read() as session:
        row = saved_reply_called(session, saved_id)
    edition = str(row.edition) if conflict else form.value("edition")
    return render_template("staff/saved_reply.html", form=form, row=row, edition=edition, conflict=conflict)
