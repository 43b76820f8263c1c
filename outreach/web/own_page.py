"""A person's own page, opened by a link: how we keep in touch, in their language, without a login or a script."""

from typing import Any

import structlog
from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.wrappers import Response as Answer

from outreach.actions import own_number
from outreach.actions.own_link import link_behind, was_used
from outreach.actions.own_view import own_messages, own_view
from outreach.errors import RefusedError
from outreach.models import Person
from outreach.web.here import now, services
from outreach.web.own_questions import QUESTIONS, REFUSALS, STEPS, Visit, choose
from outreach.web.own_words import OwnWords, all_words, words_for

log = structlog.get_logger()

pages = Blueprint("own_page", __name__, url_prefix="/mine")

WRONG_TOKENS = "10 per minute"
"""So many links that do not exist may be opened from one address; then it has to wait, whatever it opens."""

NO_TOKEN_WORKS = 404


def slow_down(app: Flask) -> None:
    """Make guessing slow: whoever opens links that do not exist is turned away for a while."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri="memory://",
        headers_enabled=False,
    )
    limiter.limit(WRONG_TOKENS, deduct_when=lambda response: response.status_code == NO_TOKEN_WORKS)(pages)


@pages.errorhandler(TooManyRequests)
def wait(_fault: Exception) -> Response:
    """Too many wrong links from one address."""
    words = _preferred_words()
    page = _plain(words, words.say("slow"), words.say("slow_text"))
    return make_response(page, 429, {"Retry-After": "60"})


@pages.errorhandler(Exception)
def wrong(fault: Exception) -> Response:
    """Whatever goes wrong, the person gets a page that needs nothing of the staff site; its kind alone is noted."""
    code = fault.code or 500 if isinstance(fault, HTTPException) else 500
    code = 503 if isinstance(fault, OperationalError) else code
    if code >= 500:
        log.error("own page failed", endpoint=request.endpoint, error=type(fault).__name__)
    words = _preferred_words()
    return make_response(_plain(words, words.say("wrong"), words.say("wrong_text", phone=_phone())), code)


@pages.get("/<token>")
def overview(token: str) -> str | Response:
    """How we keep in touch at present, with a way to change each part."""
    house = services()
    with house.read() as session:
        visit = _visit(session, token)
    if isinstance(visit, Response):
        return visit
    was_used(house, token, now())
    return _render("overview", visit, rows=_rows(visit), done=request.args.get("done") == "1")


@pages.get("/<token>/messages")
def messages(token: str) -> str | Response:
    """What we sent and what comes: dates and kinds, no words."""
    house = services()
    with house.read() as session:
        visit = _visit(session, token)
        if isinstance(visit, Response):
            return visit
        sent, coming = own_messages(session, house, visit.person.id, now())
    return _render("messages", visit, sent=sent, coming=coming, day_of=house.calendar.day_of)


@pages.get("/<token>/<topic>")
def ask(token: str, topic: str) -> str | Response:
    """One thing to change."""
    with services().read() as session:
        visit = _visit(session, token)
        if isinstance(visit, Response):
            return visit
        return _asked(session, visit, topic)


@pages.post("/<token>/<topic>")
def take(token: str, topic: str) -> Answer:
    """Do what was chosen, and show the overview again; a choice that cannot be taken says why beside it."""
    chosen = request.form.get("chosen", "").strip()
    if topic == "code":
        return _take_code(token, chosen)
    with services().begin() as session:
        visit = _visit(session, token)
        if isinstance(visit, Response):
            return visit
        if topic not in STEPS:
            return _gone(visit.words)
        fault = choose(session, visit, topic, chosen)
        if fault:
            return make_response(_asked(session, visit, topic, fault=fault, typed=chosen), 422)
        if topic == "close":
            closed = visit.words
            return make_response(
                _plain(closed, closed.say("closed"), closed.say("ended_text", phone=_phone()))
            )
        language = chosen if topic == "language" and chosen in all_words() else visit.words.language
    if topic == "number":
        return redirect(url_for(".ask", token=token, topic="code", language=language))
    return redirect(url_for(".overview", token=token, done=1, language=language))


def _take_code(token: str, typed: str) -> Answer:
    """A wrong try is counted even though it is refused, so it has a transaction of its own."""
    house = services()
    with house.read() as session:
        visit = _visit(session, token)
    if isinstance(visit, Response):
        return visit
    told_old = visit.words.say("changed_text", service=house.config.service.text_name, phone=_phone())
    try:
        own_number.confirm_code(house, visit.person.id, typed, told_old, now(), token=token)
    except RefusedError as fault:
        with house.read() as session:
            page = _asked(session, visit, "code", fault=REFUSALS.get(str(fault), "code_wrong"))
        return make_response(page, 422)
    return redirect(url_for(".overview", token=token, done=1, language=visit.words.language))


def _visit(session: Session, token: str) -> Visit | Response:
    """Whose page this is; else the page on how to get a new link, the same whatever is wrong with this one."""
    asked = request.args.get("language", "")
    link = link_behind(session, token, now())
    if link is None:
        return _gone(words_for(asked) if asked in all_words() else _preferred_words())
    person = session.get_one(Person, link.person_id)
    words = words_for(asked if asked in all_words() else person.language)
    return Visit(token, person, words, own_view(session, services(), person, now()))


def _preferred_words() -> OwnWords:
    """In the language that the browser asks for, where we do not know whose page this is."""
    return words_for(request.accept_languages.best_match(list(all_words())) or "")


def _gone(words: OwnWords) -> Response:
    page = _plain(words, words.say("ended"), words.say("ended_text", phone=_phone()))
    return make_response(page, NO_TOKEN_WORKS)


def _plain(words: OwnWords, title: str, text: str) -> str:
    return render_template("own/plain.html", t=words, title=title, text=text, phone=_phone())


def _render(page: str, visit: Visit, **values: Any) -> str:
    return render_template(
        f"own/{page}.html", t=visit.words, visit=visit, languages=all_words(), phone=_phone(), **values
    )


def _phone() -> str:
    return services().config.service.phone


def _rows(visit: Visit) -> list[tuple[str, str]]:
    """Each topic with what holds at present."""
    say, view = visit.words.say, visit.view
    known = all_words().get(view.language) or all_words().get(view.language.partition("-")[0])
    call = view.call
    return [
        ("language", known.name if known else view.language),
        ("channel", say(f"channel_{view.channel.value}") if view.channel else say("not_chosen")),
        ("time", say(f"time_{view.day_part.value if view.day_part else 'any'}")),
        (
            "quiet",
            say("quiet_until", day=visit.words.day(view.quiet_until))
            if view.quiet_until
            else say("quiet_none"),
        ),
        ("kinds", say(f"kinds_{view.kinds}")),
        (
            "call",
            visit.words.span(call.begins_at, call.due_at, services().calendar)
            if call and call.begins_at
            else say("call_asked" if call else "call_none"),
        ),
        ("number", say("number_ends", digits=view.number_ends) if view.number_ends else say("number_none")),
    ]


def _asked(session: Session, visit: Visit, topic: str, *, fault: str = "", typed: str = "") -> str | Response:
    """The page of one topic, with what is wrong beside it."""
    told = visit.words.say(fault, phone=_phone()) if fault else ""
    if topic in ("number", "code"):
        return _render("typed", visit, topic=topic, fault=told, typed=typed if topic == "number" else "")
    if topic == "close":
        return _render("close", visit)
    make = QUESTIONS.get(topic)
    if make is None:
        return _gone(visit.words)
    return _render("question", visit, question=make(session, visit), fault=told)
