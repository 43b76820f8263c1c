"""The demo's handsets: what everyone's phone shows, and a way to answer as they would, through the real hook."""

import hashlib
import re
from datetime import datetime
from html import unescape
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response as Redirect

from outreach.actions.listings import task_records
from outreach.actions.timeline import timeline
from outreach.errors import NotFoundError
from outreach.models import Message, Person, Referral, Reply
from outreach.models.referral import referral_called
from outreach.providers.twilio_hooks import sign
from outreach.vocabulary import LEFT_US, Stage
from outreach.web.here import services, text_account

pages = Blueprint("handset", __name__, url_prefix="/handset")

PEOPLE_SHOWN = 50
COMING = ("will send", "will write", "will ring", "planned", "held", "letter to print", "to ring")
NOT_SENT = ("cancelled", "expired", "failed", "will skip", "letter not sent")
STATUS_CALLBACK = re.compile(r'statusCallback="([^"]+)"')


@pages.get("/")
def handsets() -> str:
    """Everyone, the latest message first."""
    house = services()
    stage = request.args.get("stage", "")
    with house.read() as session:
        latest = (
            select(Message.referral_id, func.max(Message.sending_at).label("at"))
            .where(Message.state.in_(LEFT_US))
            .group_by(Message.referral_id)
            .subquery()
        )
        query = (
            select(Referral, Person, latest.c.at)
            .join(Person, Person.id == Referral.person_id)
            .outerjoin(latest, latest.c.referral_id == Referral.id)
            .order_by(latest.c.at.desc().nulls_last(), Referral.local_id)
        )
        if stage in set(Stage):
            query = query.where(Referral.stage == Stage(stage))
        rows = [_row(session, *found) for found in session.execute(query.limit(PEOPLE_SHOWN))]
        total = session.scalar(select(func.count()).select_from(Referral)) or 0
        figures = _figures(session)
    return render_template(
        "handsets.html", rows=rows, total=total, figures=figures, stages=list(Stage), stage=stage
    )


def _row(session: Session, referral: Referral, person: Person, at: Any) -> dict[str, str]:
    message = session.scalar(
        select(Message).where(Message.referral_id == referral.id, Message.sending_at == at).limit(1)
    )
    return {
        "local_id": referral.local_id,
        "name": person.opened(services().keyring).called,
        "stage": referral.stage.value,
        "step": message.step.replace("-", " ") if message else "nothing yet",
        "when": services().calendar.in_words(message.sending_at) if message and message.sending_at else "",
        "how": message.channel.value if message and message.channel else "",
    }


def _figures(session: Session) -> list[tuple[str, int]]:
    counts = dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())
    replies = session.scalar(select(func.count()).select_from(Reply)) or 0
    return [(state.value.capitalize(), count) for state, count in sorted(counts.items())] + [
        ("Replies", replies)
    ]


@pages.get("/<local_id>")
def phone(local_id: str) -> str:
    """One person's phone beside what comes next and why."""
    house = services()
    with house.read() as session:
        referral = _referral(session, local_id)
        details = session.get_one(Person, referral.person_id).opened(house.keyring)
        bubbles = sorted(_theirs(session, referral) + _ours(session, referral), key=lambda each: each["at"])
        tasks = [task for task in task_records(session) if task["referral_id"] == referral.local_id]
    for task in tasks:
        task["due"] = house.calendar.in_words(datetime.fromisoformat(task["due_at"]))
    lines = [_line(line) for line in timeline(house, referral, house.now()).lines]
    return render_template(
        "handset.html",
        name=details.called,
        local_id=referral.local_id,
        stage=referral.stage.value,
        bubbles=bubbles,
        can_text=bool(details.mobile),
        once=uuid4().hex,
        coming=[line for line in lines if line["state"] in COMING],
        unsent=[line for line in lines if line["state"] in NOT_SENT],
        tasks=tasks,
    )


@pages.post("/<local_id>")
def text(local_id: str) -> Redirect | Response:
    """Post what was typed to the real hook, signed as a provider would sign it."""
    house = services()
    with house.read() as session:
        referral = _referral(session, local_id)
        mobile = session.get_one(Person, referral.person_id).opened(house.keyring).mobile
    account, _ = text_account()
    form = {
        "MessageSid": f"SM{request.form.get('once', uuid4().hex)[:32]}",
        "AccountSid": account,
        "From": mobile,
        "To": house.config.sms.twilio.from_number or "+447700900999",
        "Body": request.form.get("words", ""),
        "NumMedia": "0",
    }
    answer = _post(url_for("hooks_twilio.replies"), form)
    if answer.status_code != 200:
        abort(answer.status_code)
    _deliver(answer.get_data(as_text=True), account)
    return redirect(url_for("handset.phone", local_id=local_id, _anchor="words"))


def _post(path: str, form: dict[str, str]) -> TestResponse:
    """Post a form to a hook of ours, signed."""
    _, secret = text_account()
    signature = sign(secret, f"{services().config.service.public_url}{path}", form)
    return current_app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})


def _deliver(twiml: str, account: str) -> None:
    """The phone has shown the answer that came back: say so, as its provider would."""
    found = re.search(r'statusCallback="([^"]+)"', twiml)
    if found:
        path = unescape(found[1]).removeprefix(services().config.service.public_url)
        sid = f"SM{hashlib.sha256(path.encode()).hexdigest()[:32]}"  # the same for the same answer, posted again
        _post(path, {"MessageSid": sid, "AccountSid": account, "MessageStatus": "delivered"})


def _referral(session: Session, local_id: str) -> Referral:
    try:
        return referral_called(session, local_id)
    except NotFoundError:
        abort(404)


def _ours(session: Session, referral: Referral) -> list[dict[str, Any]]:
    query = select(Message).where(Message.referral_id == referral.id, Message.state.in_(LEFT_US))
    found = []
    for row in session.scalars(query):
        subject, words = row.opened(services().keyring)
        found.append(
            {
                "at": row.sending_at,
                "when": services().calendar.in_words(row.sending_at) if row.sending_at else "",
                "from_person": False,
                "channel": row.channel.value if row.channel else "",
                "subject": subject,
                "text": words,
                "note": f"{row.state.value}: {row.step.replace('-', ' ')}",
            }
        )
    return found


def _theirs(session: Session, referral: Referral) -> list[dict[str, Any]]:
    query = select(Reply).where(Reply.referral_id == referral.id)
    return [
        {
            "at": row.received_at,
            "when": services().calendar.in_words(row.received_at),
            "from_person": True,
            "channel": row.channel.value,
            "subject": "",
            "text": row.opened(services().keyring),
            "note": "read as: " + (", ".join(row.readings).replace("_", " ") or "free text"),
        }
        for row in session.scalars(query)
    ]


def _line(line: Any) -> dict[str, str]:
    return {
        "when": services().calendar.in_words(line.at or line.due_at),
        "step": line.step.replace("-", " "),
        "state": line.state,
        "how": line.channel or "no way to send",
        "reason": line.reason,
    }
