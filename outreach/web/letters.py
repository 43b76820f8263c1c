"""Letters: what waits to be printed, what is printed and not in the post, and what did not go."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.letter_words import MOST_AT_ONCE, Waiting, not_to_post, waiting_letters
from outreach.actions.letters import (
    batch_called,
    count_letters,
    letter_called,
    mark_posted,
    print_again,
    print_letters,
    undo_letter,
)
from outreach.errors import RefusedError
from outreach.models import Acquaintance, Letter, LetterBatch, Message, Person
from outreach.models.letter import letters_of
from outreach.reports.letters import letters_csv, letters_page, sheets, styles
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.trail import did, saw_list

pages = Blueprint("letters", __name__, url_prefix="/letters")

SHOWN = 50
BATCHES = 12


@pages.get("/")
def letters() -> str:
    """Everything about letters on one page."""
    return _page(Form())


def _page(form: Form) -> str:
    house = services()
    with house.read() as session:
        known = _known(session)
        waiting = [each for each in waiting_letters(session, house, now()) if each.person.id not in known]
        undone = _undone(session, known)
        shown = waiting[:SHOWN]
        page = render_template(
            "staff/letters.html",
            form=form,
            counts=count_letters(session, now()),
            waiting=[_row(each) for each in shown],
            more=len(waiting) - len(shown),
            ready=sum(each.paper is not None for each in waiting),
            most=MOST_AT_ONCE,
            batches=list(
                session.scalars(select(LetterBatch).order_by(LetterBatch.made_at.desc()).limit(BATCHES))
            ),
            undone=undone,
        )
    saw_list([*{each.person.id for each in shown}, *{row["person_id"] for row in undone}])
    return page


def _known(session: Session) -> set[str]:
    """People whom whoever is signed in knows in private life: their letters are somebody else's to print."""
    query = select(Acquaintance.person_id).where(Acquaintance.staff_id == me().id)
    return set(session.scalars(query))


def _row(each: Waiting) -> dict[str, object]:
    return {
        "name": each.person.details.called,
        "person_id": each.person.id,
        "step": each.message.step,
        "reason": each.message.reason,
        "wanted_at": each.letter.wanted_at,
        "why_not": each.why_not,
        "is_over": each.is_over,
        "large": bool(each.paper and each.paper.large_print),
    }


def _undone(session: Session, known: set[str]) -> list[dict[str, str]]:
    """The newest letters that did not go or came back."""
    query = (
        select(Letter, Message.step, Person)
        .join(Message, Message.id == Letter.message_id)
        .join(Person, Person.id == Letter.person_id)
        .where(Letter.undone_at.is_not(None))
        .order_by(Letter.undone_at.desc())
        .limit(SHOWN)
    )
    keyring = services().keyring
    return [
        {
            "id": letter.id,
            "person_id": person.id,
            "name": person.opened(keyring).called,
            "step": step,
            "who": letter.undone_by or "",
            "why": letter.undone_because or "",
        }
        for letter, step, person in session.execute(query)
        if person.id not in known
    ]


@pages.post("/print")
def make_batch() -> Answer:
    """Put what can be printed into one batch."""
    with services().read() as session:
        known = _known(session)
    batch = print_letters(services(), now(), me().name, not_for=known)
    if batch is None:
        flash("Nothing could be printed. The reasons stand beside each letter.")
        return redirect(url_for("letters.letters"))
    return redirect(url_for("letters.batch", batch_id=batch.id))


@pages.get("/batches/<batch_id>")
def batch(batch_id: str) -> str:
    """One batch: print it, hand it to a print service, say that it is in the post."""
    return _batch_page(batch_id, Form())


def _batch_page(batch_id: str, form: Form) -> str:
    with services().read() as session:
        found = batch_called(session, batch_id)
        stopped = not_to_post(session, services(), batch_id, now()) if found.posted_at is None else {}
        rows = _batch_rows(session, letters_of(session, batch_id), stopped)
        page = render_template("staff/letter_batch.html", form=form, batch=found, rows=rows)
    saw_list(sorted({row["person_id"] for row in rows}))
    return page


def _batch_rows(
    session: Session, found: Sequence[Letter], stopped: Mapping[str, str]
) -> list[dict[str, str]]:
    known = _known(session)
    ids = [each.person_id for each in found]
    people = {row.id: row for row in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [
        {
            "id": each.id,
            "person_id": each.person_id,
            "name": people[each.person_id].opened(services().keyring).called,
            "state": each.state,
            "why": each.undone_because or "",
            "stopped": stopped.get(each.id, ""),
        }
        for each in found
        if each.person_id not in known
    ]


@pages.get("/batches/<batch_id>/paper")
def paper(batch_id: str) -> str:
    """The letters themselves, one on each sheet."""
    house = services()
    with house.begin() as session:
        found = batch_called(session, batch_id)
        known = _known(session)
        mine = [each for each in letters_of(session, batch_id) if each.person_id not in known]
        did(session, "opened to print", found, letters=len(mine))
        on = house.calendar.day_of(found.made_at)
        sender = (house.config.service.name, house.config.service.phone)
        return letters_page(sheets(mine, house.keyring), on, sender, url_for("letters.print_styles"))


@pages.get("/print.css")
def print_styles() -> Response:
    """How letters look."""
    return Response(styles(), mimetype="text/css")


@pages.get("/batches/<batch_id>/letters.csv")
def table(batch_id: str) -> Response:
    """The same for a print service."""
    house = services()
    with house.begin() as session:
        found = batch_called(session, batch_id)
        known = _known(session)
        mine = [each for each in letters_of(session, batch_id) if each.person_id not in known]
        did(session, "exported", found, letters=len(mine))
        content = letters_csv(sheets(mine, house.keyring))
    headers = {"Content-Disposition": "attachment; filename=letters.csv"}
    return Response("\N{BOM}" + content, mimetype="text/csv", headers=headers)


@pages.post("/batches/<batch_id>/posted")
def posted(batch_id: str) -> Answer:
    """These are in the post."""
    with services().begin() as session:
        number = mark_posted(session, services(), batch_called(session, batch_id), now(), me().name)
    flash(f"Thank you. {number} {'letter counts' if number == 1 else 'letters count'} as contact from today.")
    return redirect(url_for("letters.letters"))


@pages.post("/<letter_id>/undone")
def undone(letter_id: str) -> str | Answer:
    """One of them did not go, or came back."""
    form = Form(request.form)
    why = form.text("why", "Say what happened, in a few words and without a name", most=200)
    with services().begin() as session:
        letter = letter_called(session, letter_id)
        batch_id = letter.batch_id
        if form.is_good:
            try:
                undo_letter(session, letter, in_session(session), now(), why)
            except RefusedError as fault:
                form.refuse("why", str(fault))
    if not form.is_good:
        page = _batch_page(batch_id, form) if batch_id else _page(form)
        return make_response(page, 422)
    flash("It is written down, and counts as no contact.")
    return redirect(url_for("letters.letters"))


@pages.post("/<letter_id>/again")
def again(letter_id: str) -> Answer:
    """Print one again that did not go."""
    with services().begin() as session:
        print_again(session, letter_called(session, letter_id), in_session(session), now())
    flash("It is among those to print again.")
    return redirect(url_for("letters.letters"))
