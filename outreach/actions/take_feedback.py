"""Stores what somebody answers to a survey, apart from the person: nothing that is written here says who it was."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from outreach.database import cut_off_log
from outreach.models import SurveyAnswer, SurveyComment
from outreach.models.base import Base, put_if_missing
from outreach.rules.survey_file import QuestionKind, Survey
from outreach.sealing import Keyring
from outreach.services import Services
from outreach.vocabulary import AnsweredBy

log = structlog.get_logger()

MOST_LETTERS = 2000
OPENS = "survey"
"""What the signature of a survey's link is for."""


def survey_address(services: Services, key: str) -> str:
    """The link to a survey: signed, and the same for everybody, so that it cannot tell who came by it."""
    return f"{services.config.service.public_url}/feedback/{services.keyring.sign(OPENS, key)}"


def new_form_id() -> str:
    """A random id for one showing of a form: sent twice, it counts once. It is stored nowhere."""
    return str(uuid4())


def take_feedback(
    session: Session,
    keyring: Keyring,
    survey: Survey,
    given: Mapping[str, str],
    *,
    today: date,
    way: AnsweredBy,
    form_id: str,
) -> None:
    """Store what was given: answers by question. Unknown answers and blanks are left out.

    Of the day only its month is kept. Two things that somebody says never stand in one row, but for a comment and a
    group, each beside the first answer alone.
    """
    form = _form(form_id)
    month = today.replace(day=1)
    for question, answer, split, group in _answers(survey, given):
        row_id = str(uuid5(form, f"{question} {split}"))
        put_if_missing(
            session,
            SurveyAnswer(
                id=row_id,
                survey=survey.key,
                question=question,
                answer=answer,
                month=month,
                way=way,
                split=split,
                group=group,
            ),
        )
    for asked in survey.of_kind(QuestionKind.WORDS):
        words = given.get(asked.key, "").strip()
        if words:
            row_id = str(uuid5(form, f"words {asked.key}"))
            sealed = keyring.seal(words[:MOST_LETTERS], f"survey_comment|words|{row_id}")
            row = SurveyComment(
                id=row_id,
                survey=survey.key,
                question=asked.key,
                answer=_given(given, survey.first.key, survey.first.answers),
                month=month,
                words=sealed,
            )
            put_if_missing(session, row)


def _form(form_id: str) -> UUID:
    try:
        return UUID(form_id)
    except ValueError:
        return uuid4()


def _answers(survey: Survey, given: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """(question, answer, split, group) of each row."""
    for question in survey.of_kind(QuestionKind.CHOICE):
        if answer := _given(given, question.key, question.answers):
            yield question.key, answer, "", ""
    first = _given(given, survey.first.key, survey.first.answers)
    for about in survey.of_kind(QuestionKind.ABOUT_YOU):
        group = _given(given, about.key, about.answers)
        if first and group:
            yield survey.first.key, first, about.key, group


def _given(given: Mapping[str, str], key: str, known: tuple[str, ...]) -> str:
    answer = given.get(key, "")
    return answer if answer in known else ""


def mix_feedback(services: Services, now: datetime) -> int:
    """Write this month's answers and comments anew, in the order of their random ids; returns how many.

    PostgreSQL keeps rows as they came and notes the transaction of each, and SQLite's log holds them between others
    until it is cut off: after this, neither tells what came when.
    """
    month = services.calendar.day_of(now).replace(day=1)
    with services.begin() as session:
        mixed = sum(_written_anew(session, model, month) for model in (SurveyAnswer, SurveyComment))
    if mixed and not cut_off_log(services.engine):
        log.warning("the log in use still tells what answer came first; the next run tries again")
    return mixed


def _written_anew(session: Session, model: type[SurveyAnswer | SurveyComment], month: date) -> int:
    table = Base.metadata.tables[model.__tablename__]
    fresh = table.c.month == month
    rows = session.execute(select(table).where(fresh).order_by(table.c.id)).mappings().all()
    if rows:
        session.execute(delete(table).where(fresh))
        session.execute(insert(table), [dict(row) for row in rows])
    return len(rows)
