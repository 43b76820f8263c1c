"""The reading queue: every reply that nobody has read, and finding out whose a reply is."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.find_people import find_people
from outreach.actions.read_reply import attach as attach_to
from outreach.actions.read_reply import mark_read
from outreach.models import Person, Reply
from outreach.models.base import is_id
from outreach.models.referral import current_referral
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import people_open_to, person_or_404, reply_or_404
from outreach.web.people_shown import Row, rows_of
from outreach.web.permissions import may_open
from outreach.web.replies_shown import Card, cards, count, in_order, reader_today, waiting
from outreach.web.trail import saw_list, saw_replies

pages = Blueprint("replies", __name__, url_prefix="/replies")

Answer = str | Redirect | tuple[str, int]

MOST_FOUND = 20


@pages.get("/")
def replies() -> str:
    """Flagged replies on top, then the oldest first."""
    house = services()
    with house.read() as session:
        query = waiting(session, house, me(), now())
        page = in_order(session, query, request.args.get("after", ""))
        shown = cards(session, house, page.rows)
        counted = count(session, query)
        reader = reader_today(session, house, now())
    _noted(shown)
    return render_template(
        "staff/replies.html",
        cards=shown,
        count=counted,
        reader=reader,
        here=request.args.get("after", ""),
        after=page.after,
        may_attach=may_open("replies.attach", me().role),
    )


def _noted(shown: list[Card]) -> None:
    saw_replies([card.id for card in shown])


@pages.get("/<reply_id>")
def reply(reply_id: str) -> str:
    """One reply, read or not."""
    house = services()
    with house.read() as session:
        [card] = cards(session, house, [reply_or_404(session, reply_id)])
    _noted([card])
    return render_template(
        "staff/reply.html", card=card, here="", may_attach=may_open("replies.attach", me().role)
    )


@pages.post("/<reply_id>/read")
def mark(reply_id: str) -> Redirect:
    """Whoever is signed in has read it; the next one follows."""
    here = request.form.get("here", "")
    with services().begin() as session:
        if by := _read_meanwhile(session, reply_id):
            flash(f"{by} had read it already.")
            return redirect(url_for("replies.replies", after=here or None))
        row = reply_or_404(session, reply_id)
        waits = waiting(session, services(), me(), now())
        following = in_order(session, waits, row.id, most=1).rows
        mark_read(session, row, in_session(session), now())
        anchor = f"reply-{following[0].id}" if following else None
    return redirect(url_for("replies.replies", after=here or None, _anchor=anchor))


def _read_meanwhile(session: Session, reply_id: str) -> str | None:
    """Who has read this one already: perhaps the same person, by another press or in another window."""
    query = select(Reply.read_by).where(Reply.id == reply_id, Reply.read_at.is_not(None))
    return session.scalar(query) if is_id(reply_id) else None


@pages.get("/<reply_id>/whose")
def whose(reply_id: str) -> str:
    """Everybody who has this number, and a search for anybody else."""
    return _whose_page(reply_id, None)


@pages.post("/<reply_id>/whose")
def search(reply_id: str) -> Answer:
    """Whoever the words fit, to choose from."""
    form = Form(request.form)
    words = form.text("words", "Enter a name, a number or a referral id", most=100)
    page = _whose_page(reply_id, form, words if form.is_good else "")
    return page if form.is_good else (page, 422)


def _whose_page(reply_id: str, form: Form | None, words: str = "") -> str:
    house = services()
    with house.read() as session:
        row = reply_or_404(session, reply_id)
        [card] = cards(session, house, [row])
        candidates = _rows(session, row.candidates)
        found = _rows(session, find_people(session, house.keyring, words)[:MOST_FOUND]) if words else []
    _noted([card])
    saw_list([each.id for each in (*candidates, *found)])
    return render_template(
        "staff/reply_whose.html",
        card=card,
        form=form,
        candidates=candidates,
        found=found,
        searched=bool(words),
    )


def _rows(session: Session, ids: list[str]) -> list[Row]:
    """These people, as far as whoever is signed in may see them."""
    house = services()
    allowed = people_open_to(session, me(), house.calendar, now())
    open_ids = set(session.scalars(select(Person.id).where(Person.id.in_(ids), allowed)))
    return rows_of(session, house, [each for each in ids if each in open_ids], now())


@pages.post("/<reply_id>/attach")
def attach(reply_id: str) -> Answer:
    """Somebody has found out whose it is; what it asks for is then done for them."""
    form, house = Form(request.form), services()
    if not form.value("person"):
        form.refuse("person", "Choose a person, or leave the reply with nobody")
        return _whose_page(reply_id, form), 422
    with house.begin() as session:
        row = reply_or_404(session, reply_id)
        person = person_or_404(session, form.value("person"))
        referral = current_referral(session, person.id)
        if referral is None:
            form.refuse("person", "This person has no referral; add one through the waiting list first")
        else:
            attach_to(session, house, row, referral, staff=in_session(session), now=now())
    if not form.is_good:
        return _whose_page(reply_id, form), 422
    flash("It is theirs now, and what it asks for is done for them.")
    return redirect(url_for("replies.reply", reply_id=reply_id))
