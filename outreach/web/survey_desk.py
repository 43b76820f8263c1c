"""Surveys for staff: typing in what came on paper, and reading what people wrote. Nothing here says who it was."""

from datetime import date

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from outreach.actions.take_feedback import new_form_id, take_feedback
from outreach.models import SurveyComment
from outreach.rules.survey_file import ENGLISH, QuestionKind, Survey
from outreach.vocabulary import AnsweredBy
from outreach.web.feedback import surveys
from outreach.web.forms import Form
from outreach.web.here import now, services

pages = Blueprint("survey_desk", __name__, url_prefix="/surveys")


@pages.get("/")
def comments() -> str:
    """What people wrote in one month, in no order of time; and where to type in papers."""
    house, known = services(), surveys()
    asked = request.args.get("month", "")
    with house.read() as session:
        newest_first = select(SurveyComment.month).distinct().order_by(SurveyComment.month.desc())
        months = list(session.scalars(newest_first))
        month = next((each for each in months if f"{each:%Y-%m}" == asked), months[0] if months else None)
        rows = session.scalars(
            select(SurveyComment).where(SurveyComment.month == month).order_by(SurveyComment.id)
        )
        said = [(_name(known, row), _answer(known, row), row.opened(house.keyring)) for row in rows]
    return render_template("staff/comments.html", said=said, months=months, month=month, surveys=known)


@pages.get("/<key>/paper")
def ask(key: str) -> str:
    """The survey's questions, to type in one paper."""
    return _form(_survey(key), None)


@pages.post("/<key>/paper")
def paper(key: str) -> Answer:
    """Keep one paper as if it had come by the page. Who typed it in is not noted: that would give it a time."""
    survey, form, house = _survey(key), Form(request.form), services()
    given = {question.key: form.value(question.key) for question in survey.questions}
    form.choice(survey.first.key, survey.first.answers, "Choose the answer to the first question")
    month = _month(form)
    if not form.is_good or month is None:
        return make_response(_form(survey, form), 422)
    with house.begin() as session:
        take_feedback(
            session,
            house.keyring,
            survey,
            given,
            today=month,
            way=AnsweredBy.PAPER,
            form_id=form.value("form_id"),
        )
    flash("That paper is kept. Type in the next one, or stop here.")
    return redirect(url_for(".ask", key=key, month=form.value("month")))


def _month(form: Form) -> date | None:
    """The month in which the paper was filled in: this one or one of the eleven before it."""
    chosen = form.choice("month", dict(_months()), "Choose the month of the paper")
    return date.fromisoformat(f"{chosen}-01") if chosen else None


def _months() -> list[tuple[str, str]]:
    """The last twelve months, newest first, as values with their names."""
    today = services().calendar.day_of(now())
    numbers = range(today.year * 12 + today.month - 1, today.year * 12 + today.month - 13, -1)
    firsts = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [(f"{each:%Y-%m}", f"{each:%B %Y}") for each in firsts]


def _form(survey: Survey, form: Form | None) -> str:
    return render_template(
        "staff/paper.html",
        form=form,
        survey=survey,
        words=survey.words[ENGLISH],
        kinds=QuestionKind,
        form_id=new_form_id(),
        months=_months(),
        month=request.args.get("month", ""),
    )


def _survey(key: str) -> Survey:
    survey = surveys().get(key)
    if survey is None:
        abort(404)
    return survey


def _name(known: dict[str, Survey], row: SurveyComment) -> str:
    survey = known.get(row.survey)
    return survey.name if survey else row.survey


def _answer(known: dict[str, Survey], row: SurveyComment) -> str:
    survey = known.get(row.survey)
    if survey is None or row.answer not in survey.first.answers:
        return row.answer
    return survey.words[ENGLISH].answer(survey.first.key, row.answer)
