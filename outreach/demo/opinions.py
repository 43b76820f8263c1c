"""What made-up people say in surveys: on paper all along, and on the page once a message has asked them."""

import random
from collections.abc import Mapping
from datetime import date

from outreach.actions.take_feedback import new_form_id, take_feedback
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.rules.survey_file import QuestionKind, Survey
from outreach.services import Services
from outreach.vocabulary import AnsweredBy

FFT = "friends-and-family"
ANSWERS_OF_A_HUNDRED = 45
"""People who answer a survey when a message asks them."""

# Months with fewer than 20 answers would be pooled by quarter, and then the chart would have little to say.
PAPERS_A_WEEK = (6, 11)
MONTHS_BEFORE = 10

BEFORE, WITH_COMPANY = (18, 27, 22, 17, 11, 5), (50, 33, 8, 4, 2, 3)
"""How often each of the six answers is given, before Outreach and with its company."""

GROUPS = {
    "who": (("patient", 70), ("carer", 12), ("both", 3), ("", 15)),
    "ethnicity": (("white", 52), ("asian", 14), ("black", 10), ("mixed", 5), ("other", 3), ("", 16)),
}
WORDS = {
    "very_good": (
        "The texts made me feel I had not been forgotten",
        "Somebody rang when I asked. That was all I needed",
        "Kind, and they kept to what they said",
    ),
    "good": ("Good to know what happens next", "The walking group was a good tip", "Friendly on the phone"),
    "neither": ("It is still a very long wait", "Messages are fine, I would like to talk to a person sooner"),
    "poor": ("Too long. Nobody could tell me when", "The letter came after the appointment"),
    "very_poor": ("I was told twice that I would hear soon and did not",),
    "dont_know": ("Too early to say",),
}


def papers_of_before(services: Services, seed: int, went_live: date) -> None:
    """The papers of the months before Outreach came, typed in when it did."""
    chance = random.Random(f"{seed} papers of before")  # noqa: S311 - made-up people
    month = went_live.replace(day=1)
    for _ in range(MONTHS_BEFORE):
        for _ in range(chance.randint(22, 32)):
            _keep(services, FFT, _said(chance, BEFORE), month, AnsweredBy.PAPER)
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def papers_of_a_week(services: Services, seed: int, today: date) -> None:
    """What was left in the box of the waiting room this week."""
    chance = random.Random(f"{seed} papers of {today}")  # noqa: S311 - made-up people
    for _ in range(chance.randint(*PAPERS_A_WEEK)):
        _keep(services, FFT, _said(chance, WITH_COMPANY), today, AnsweredBy.PAPER)


def perhaps_answer(services: Services, survey: str, chance: random.Random, today: date) -> None:
    """Somebody whom a message asked opens its link, or does not."""
    if chance.random() * 100 >= ANSWERS_OF_A_HUNDRED:
        return
    if survey == FFT:
        _keep(services, survey, _said(chance, WITH_COMPANY), today, AnsweredBy.PAGE)
    else:
        known = _survey(services, survey)
        _keep(services, survey, _inclined(known, chance), today, AnsweredBy.PAGE)


def _said(chance: random.Random, weights: tuple[int, ...]) -> dict[str, str]:
    overall = chance.choices(tuple(WORDS), weights)[0]
    given = {key: chance.choices(*zip(*groups, strict=True))[0] for key, groups in GROUPS.items()}
    why = chance.choice(WORDS[overall]) if chance.random() < 0.3 else ""
    return {"overall": overall, "why": why, **given}


def _inclined(survey: Survey, chance: random.Random) -> dict[str, str]:
    """Answers to any survey, the first ones of each question more often."""
    return {
        question.key: chance.choices(question.answers, _falling(len(question.answers)))[0]
        for question in survey.of_kind(QuestionKind.CHOICE)
    }


def _falling(count: int) -> list[int]:
    """Each half as likely as the one before."""
    return [2 ** (count - place) for place in range(count)]


def _keep(services: Services, key: str, given: Mapping[str, str], day: date, way: AnsweredBy) -> None:
    survey = _survey(services, key)
    with services.begin() as session:
        take_feedback(session, services.keyring, survey, given, today=day, way=way, form_id=new_form_id())


def _survey(services: Services, key: str) -> Survey:
    return read_surveys(surveys_folder(services.config.feedback.surveys))[key]
