"""Every shipped translation says what the English does, keeps what stays as it is, and reads the right way."""

import re
import unicodedata
from functools import cache

import pytest
from jinja2 import nodes

from outreach.library import TemplateFile, read_schedules, read_templates, shipped
from outreach.rules.crisis_lines import CRISIS_LINES, crisis_lines_in
from outreach.rules.rendering import (
    compile_email,
    compile_text,
    render_email,
    render_text,
    text_direction,
)
from outreach.rules.segments import count
from outreach.rules.template_syntax import make_environment
from outreach.rules.tongues import TONGUES
from outreach.rules.variables import VARIABLES, longest_values, sample_values
from outreach.rules.wording import Draft, lint, use_of
from outreach.vocabulary import Channel

LANGUAGES = sorted(TONGUES)
REPLY_WORDS = re.compile(r"\b(?:STOP|TALK|LATER|CHANGE|JOIN|NO)\b")
ALLOWED = frozenset(VARIABLES)

of_each_language = pytest.mark.parametrize("language", LANGUAGES)


def of(language: str) -> list[TemplateFile]:
    return [file for file in read_all() if file.language == language]


def english_of(file: TemplateFile) -> str:
    return in_english()[file.key, file.channel].source


@cache
def read_all() -> list[TemplateFile]:
    return read_templates(shipped() / "templates")


@cache
def in_english() -> dict[tuple[str, Channel], TemplateFile]:
    return {(file.key, file.channel): file for file in of("en")}


def rendered(file: TemplateFile, **changed: str) -> str:
    values = {**sample_values(file.channel, {}, file.language), **changed}
    if file.channel is Channel.SMS:
        return render_text(compile_text(file.source, ALLOWED), values, file.language)
    email = render_email(compile_email(file.source, ALLOWED), values, file.language)
    return f"{email.subject}\n{email.text}"


def conditions(source: str) -> list[str]:
    """The tests of every {% if %}, in order, as Jinja2 read them."""
    return [repr(found.test) for found in parsed(source).find_all(nodes.If)]


def uses(source: str) -> list[str]:
    """Every mention of a variable, in order of name."""
    return sorted(found.name for found in parsed(source).find_all(nodes.Name))


@cache
def parsed(source: str) -> nodes.Template:
    return make_environment().parse(source)


@of_each_language
def test_a_language_has_each_message_as_text_and_email(language: str) -> None:
    assert {(file.key, file.channel) for file in of(language)} == set(in_english())


@of_each_language
def test_a_translation_uses_the_variables_and_conditions_of_the_english(language: str) -> None:
    for file in of(language):
        assert uses(file.source) == uses(english_of(file)), file.file
        assert conditions(file.source) == conditions(english_of(file)), file.file


@of_each_language
def test_our_reply_words_stay_as_they_are_so_that_they_work_when_typed(language: str) -> None:
    for file in of(language):
        assert set(REPLY_WORDS.findall(file.source)) == set(REPLY_WORDS.findall(english_of(file))), file.file


@of_each_language
def test_nothing_is_left_in_english(language: str) -> None:
    for file in of(language):
        ours = {line.strip() for line in file.source.splitlines() if re.search(r"[^\W\d_]{3,}", _prose(line))}
        assert not ours & {line.strip() for line in english_of(file).splitlines()}, file.file


def _prose(line: str) -> str:
    return re.sub(r"\{\{.*?\}\}[/\w]*|\{%.*?%\}", " ", line)


@of_each_language
def test_no_sign_of_how_a_draft_was_made_is_left_in_it(language: str) -> None:
    for file in of(language):
        assert not re.search(r"@\w|\bTODO\b|\{\w+\}(?!\})", re.sub(r"\{\{.*?\}\}", "", file.source)), (
            file.file
        )


@of_each_language
def test_the_linter_refuses_nothing_in_a_translation_and_hides_it_from_a_locked_screen(language: str) -> None:
    schedules = [file.schedule for file in read_schedules(shipped() / "schedules")]
    found = [
        (file.file, each)
        for file in of(language)
        for each in lint(
            Draft(file.key, file.language, file.channel, file.source),
            use_of(file.key, schedules),
            longest_values(file.channel, {}, file.language),
        )
        if each.severity == "error"
    ]
    assert found == []


@of_each_language
def test_crisis_numbers_stand_untouched_wherever_the_english_has_them(language: str) -> None:
    for channel in Channel:
        numbers = re.findall(r"\d+|SHOUT|NHS|Samaritans", CRISIS_LINES[channel])
        assert sorted(re.findall(r"\d+|SHOUT|NHS|Samaritans", crisis_lines_in(language, channel))) == sorted(
            numbers
        )
    for file in of(language):
        if "crisis_lines" in english_of(file):
            text = rendered(file).replace("\u00a0", " ")
            assert all(number in text for number in ("999", "111", "116 123", "SHOUT", "85258")), file.file


@of_each_language
def test_every_line_of_a_right_to_left_message_is_led_from_the_right(language: str) -> None:
    """Phones and mail programs go by the first letter of a line; a Latin name must not turn the sentence round."""
    if text_direction(language) == "ltr":
        return
    for file in of(language):
        for line in rendered(file, name="- Bo", group_name="Walking group").splitlines():
            kinds = [kind for kind in map(unicodedata.bidirectional, line) if kind in ("L", "R", "AL")]
            if {"R", "AL"} & set(kinds):
                assert kinds[0] != "L", (file.file, line)


@of_each_language
def test_numbers_with_gaps_hold_together_from_right_to_left(language: str) -> None:
    if text_direction(language) == "rtl":
        assert all(not re.search(r"\d \d", rendered(file)) for file in of(language))


def test_only_the_text_without_a_letter_beyond_the_plain_alphabet_is_cheap() -> None:
    encodings = {
        language: {count(rendered(file)).encoding for file in of(language) if file.channel is Channel.SMS}
        for language in LANGUAGES
    }
    assert encodings == {"ar": {"UCS-2"}, "pl": {"UCS-2"}, "so": {"GSM-7"}, "ur": {"UCS-2"}}


@of_each_language
def test_no_text_is_longer_than_a_provider_takes(language: str) -> None:
    longest = max(count(rendered(file)).segments for file in of(language) if file.channel is Channel.SMS)
    assert longest <= 10
