"""Survey files: a service edits questions, answers and languages without code, and is told what is wrong where."""

import pytest

from outreach.errors import LibraryError
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.rules.survey_file import QuestionKind, parse_survey

GOOD = """\
name = "Ours"

[[questions]]
key = "overall"
kind = "choice"
answers = ["yes", "no"]
good = ["yes"]

[[questions]]
key = "why"
kind = "words"

[words.en]
checked_by = "us"
title = "Ours"
intro = "Please tell us."

[words.en.overall]
ask = "Did it help?"
yes = "Yes"
no = "No"

[words.en.why]
ask = "Why?"
"""
OFFICIAL = ("Very good", "Good", "Neither good nor poor", "Poor", "Very poor", "Don’t know")


def test_the_friends_and_family_test_asks_the_official_question_with_its_six_answers() -> None:
    survey = read_surveys(surveys_folder(None))["friends-and-family"]
    english = survey.words["en"]
    assert survey.is_open
    assert english.ask("overall") == "Overall, how was your experience of our service?"
    assert tuple(english.answer("overall", key) for key in survey.first.answers) == OFFICIAL
    assert (survey.first.good, survey.first.poor) == (("very_good", "good"), ("poor", "very_poor"))
    assert len(survey.of_kind(QuestionKind.WORDS)) == 1


def test_shipped_translations_are_drafts_until_somebody_has_checked_them() -> None:
    for survey in read_surveys(surveys_folder(None)).values():
        assert [tag for tag, words in survey.words.items() if words.checked_by] == ["en"]


def test_a_language_falls_back_to_its_base_and_then_to_english() -> None:
    survey = read_surveys(surveys_folder(None))["friends-and-family"]
    assert [survey.words_in(tag).language for tag in ("pl-PL", "ur", "fr", "")] == ["pl", "ur", "en", "en"]
    assert survey.words_in("ar").direction == "rtl"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('name = "Ours"', 'nam = "Ours"', 1, "not a key of a survey"),
        ('kind = "choice"', 'kind = "choise"', 3, "kind is one of"),
        ('good = ["yes"]', 'good = ["maybe"]', 3, '"maybe" is not one of the answers'),
        ('no = "No"', "", 18, "no is missing"),
        ('no = "No"', 'no = "No"\nnever = "N"', 18, '"never" is not a key'),
        ("[words.en.why]", "[words.en.whi]", 13, '"whi" is not a key'),
        ('key = "why"', 'key = "overall"', 9, "used twice"),
        ('kind = "words"', 'kind = "words"\nanswers = ["a"]', 9, "a question for words has none"),
        ("words.en", "words.pl", 1, "no English words"),
        ('intro = "Please tell us."', "", 13, "intro is missing"),
        ('name = "Ours"', 'name = "Ours', 1, "not TOML"),
    ],
    ids=range(11),
)
def test_a_fault_is_named_by_file_and_line(old: str, new: str, line: int, what: str) -> None:
    assert parse_survey(GOOD, "surveys/ours.toml").key == "ours"
    with pytest.raises(LibraryError) as caught:
        parse_survey(GOOD.replace(old, new), "surveys/ours.toml")
    found = [(fault.file, fault.line) for fault in caught.value.faults if what in fault.what]
    assert found == [("surveys/ours.toml", line)], caught.value
