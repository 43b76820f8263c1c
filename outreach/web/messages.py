"""What was sent, what waits, what did not go and why; and the messages that nobody can tell about."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.settle_unconfirmed import settle_unconfirmed
from outreach.errors import NotFoundError
from outreach.models import Message, Referral
from outreach.models.base import is_id
from outreach.reports.sending import count_by_state, open_pauses, providers_health, reasons_for
from outreach.vocabulary import MessageState
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import messages_open_to
from outreach.web.paging import page_of

pages = Blueprint("messages", __name__, url_prefix="/messages")

MEANS = {
    MessageState.PLANNED: "due, and waiting for their moment",
    MessageState.CLAIMED: "a sender has them in hand",
    MessageState.SENDING: "being handed over now",
    MessageState.SENT: "the provider has them; no news of delivery yet",
    MessageState.DELIVERED: "arrived",
    MessageState.UNDELIVERED: "did not arrive",
    MessageState.CANCELLED: "called off before they left",
    MessageState.HELD: "waiting for something to end",
    MessageState.EXPIRED: "not sent, because their time had passed",
    MessageState.FAILED: "the provider would not take them",
    MessageState.UNCONFIRMED: "nobody can tell: please find out",
}
"""What each state says to staff."""

WHAT_TO_DO = {
    MessageState.HELD: "Nothing, if the reason is right. What held them ends by itself, "
    "or on the page of schedules, or on that of the person",
    MessageState.UNDELIVERED: "Look at the number or address on the person’s record, "
    "and ring where the message mattered",
    MessageState.FAILED: "Look at the reason. A wrong number or address is put right in the waiting list; "
    "then ring, or write",
    MessageState.EXPIRED: "Ring where it was about an appointment. Nothing else is needed",
    MessageState.UNCONFIRMED: "Find out whether the person has it, "
    "and say so on the page of unconfirmed messages",
}
"""What staff can do about messages of these states; about others there is nothing to do."""


@pages.get("/")
def messages() -> str:
    """Messages by state with their reasons, and the newest of one state."""
    wanted = request.args.get("state", "")
    state = MessageState(wanted) if wanted in set(MessageState) else None
    with services().read() as session:
        counts = count_by_state(session)
        health = providers_health(session, now())
        pauses = open_pauses(session)
        query = select(Message).where(messages_open_to(session, me()))
        query = query.where(Message.state == state) if state else query
        page = page_of(session, query, Message.id, request.args.get("after", ""))
        return render_template(
            "staff/messages.html",
            counts=counts,
            means=MEANS,
            to_do=WHAT_TO_DO.get(state, "") if state else "",
            state=state,
            states=MessageState,
            reasons=reasons_for(session, state) if state else [],
            rows=_rows(session, page.rows),
            after=page.after,
            health=health,
            pauses=pauses,
        )


def _rows(session: Session, rows: Sequence[Message]) -> list[dict[str, object]]:
    wanted = [row.referral_id for row in rows if row.referral_id]
    referrals = {row.id: row for row in session.scalars(select(Referral).where(Referral.id.in_(wanted)))}
    return [
        {"message": row, "referral": referrals.get(row.referral_id or ""), "means": MEANS[row.state]}
        for row in rows
    ]


@pages.get("/unconfirmed")
def unconfirmed() -> str:
    """Messages whose answer was lost for good, with what to do about each."""
    with services().read() as session:
        allowed = messages_open_to(session, me())
        query = select(Message).where(Message.state == MessageState.UNCONFIRMED, allowed)
        page = page_of(session, query, Message.id, request.args.get("after", ""), newest_first=False)
        rows = _rows(session, page.rows)
        return render_template("staff/unconfirmed.html", rows=rows, after=page.after)


@pages.post("/<message_id>/settle")
def settle(message_id: str) -> Redirect:
    """Write down what was found out about one of them."""
    form = Form(request.form)
    arrived = form.choice("arrived", ("yes", "no"), "Say whether the person has it")
    if not form.is_good:
        flash("Say whether the person has it: nothing was changed.")
        return redirect(url_for("messages.unconfirmed"))
    with services().begin() as session:
        asked = select(Message).where(Message.id == message_id, messages_open_to(session, me()))
        message = session.scalar(asked) if is_id(message_id) else None
        if message is None:
            raise NotFoundError("There is no such message.")
        settle_unconfirmed(session, message, now(), who=me().name, arrived=arrived == "yes")
    flash("Thank you. It is written down.")
    return redirect(url_for("messages.unconfirmed"))
