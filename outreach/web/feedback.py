"""Surveys on public pages: no login, no cookie, no script, and nothing that could tell who answered."""

import structlog
from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests
from werkzeug.wrappers import Response as Answer

from outreach.actions.take_feedback import MOST_LETTERS, OPENS, new_form_id, take_feedback
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.rules.survey_file import QuestionKind, Survey, SurveyWords
from outreach.vocabulary import AnsweredBy
from outreach.web.here import now, services
from outreach.web.own_words import OwnWords, all_words, words_for

log = structlog.get_logger()

pages = Blueprint("feedback", __name__, url_prefix="/feedback")

SHORT = "friends-and-family"
"""The survey behind the address without a name, short enough for a text."""

ANSWERS_FROM_ONE_PLACE = "30 per hour"
"""A household or a waiting room shares an address. It is counted in memory only, and forgotten."""


def slow_down(app: Flask) -> None:
    """Let nobody flood a survey."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=False)
    limiter.limit(ANSWERS_FROM_ONE_PLACE, methods=["POST"])(pages)


def surveys() -> dict[str, Survey]:
    """The survey files as they are now: an edit holds from the next page on."""
    return read_surveys(surveys_folder(services().config.feedback.surveys))


@pages.errorhandler(Exception)
def wrong(fault: Exception) -> Response:
    """Whatever goes wrong, a page that helps; nothing but its kind is noted."""
    code = fault.code or 500 if isinstance(fault, HTTPException) else 500
    code = 503 if isinstance(fault, OperationalError) else code
    if code >= 500:
        log.error("survey page failed", endpoint=request.endpoint, error=type(fault).__name__)
    words = words_for(request.accept_languages.best_match(list(all_words())) or "")
    title = words.say("slow" if isinstance(fault, TooManyRequests) else "wrong")
    text = words.say("wrong_text", phone=_phone())
    return make_response(render_template("own/plain.html", t=words, title=title, text=text), code)


@pages.get("/", defaults={"token": SHORT}, strict_slashes=False)
@pages.get("/<token>")
def ask(token: str) -> str:
    """The questions."""
    survey = _survey(token)
    return _form(token, survey, _language(survey))


@pages.post("/", defaults={"token": SHORT}, strict_slashes=False)
@pages.post("/<token>")
def take(token: str) -> Answer:
    """Store the answers; without the first one, ask for it and keep what was typed."""
    survey, house = _survey(token), services()
    words = _language(survey)
    given = {question.key: request.form.get(question.key, "") for question in survey.questions}
    if given[survey.first.key] not in survey.first.answers:
        return make_response(_form(token, survey, words, given), 422)
    with house.begin() as session:
        take_feedback(
            session,
            house.keyring,
            survey,
            given,
            today=house.calendar.day_of(now()),
            way=AnsweredBy.PAGE,
            form_id=request.form.get("form", ""),
        )
    return redirect(url_for(".thanks", token=token, language=words.language))


@pages.get("/<token>/thanks")
def thanks(token: str) -> str:
    """Thank you, and where else one can say it."""
    words = _language(_survey(token))
    elsewhere = services().config.feedback.care_opinion_url
    return render_template("feedback/thanks.html", t=_chrome(words), phone=_phone(), elsewhere=elsewhere)


def _survey(token: str) -> Survey:
    """The survey of this address: an open one by its name, any other by our signature."""
    known = surveys()
    survey = known.get(services().keyring.verified(OPENS, token) or "") or known.get(token)
    if survey is None or not (survey.is_open or token != survey.key):
        raise NotFound
    return survey


def _language(survey: Survey) -> SurveyWords:
    """As chosen, else as the browser prefers, among those the survey has."""
    wanted = request.args.get("language", "") or request.accept_languages.best_match(list(survey.words)) or ""
    return survey.words_in(wanted)


def _chrome(words: SurveyWords) -> OwnWords:
    """The words around a survey, in its language or in English."""
    return words_for(words.language)


def _form(token: str, survey: Survey, words: SurveyWords, given: dict[str, str] | None = None) -> str:
    """The page with its questions; `given` is what was typed before the first answer was missed."""
    return render_template(
        "feedback/questions.html",
        t=_chrome(words),
        token=token,
        survey=survey,
        words=words,
        given=given or {},
        is_faulty=given is not None,
        form_id=new_form_id(),
        most=MOST_LETTERS,
        kinds=QuestionKind,
        language_names={tag: each.name for tag, each in all_words().items()},
    )


def _phone() -> str:
    return services().config.service.phone
