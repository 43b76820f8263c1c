"""The linter names what could shame, mislead, expose or cost, with its place, and finds nothing in what we ship."""

from decimal import Decimal
from functools import cache

import pytest

from outreach.library import TemplateFile, read_schedules, read_templates, shipped
from outreach.rules.cadence import Schedule
from outreach.rules.crisis_lines import CRISIS_LINES
from outreach.rules.reading_age import reading_age
from outreach.rules.rendering import compile_email, compile_text
from outreach.rules.variables import VARIABLES, longest_values, sample_values
from outreach.rules.wording import Draft, Finding, Use, dearest, lint, pounds_a_year, use_of
from outreach.rules.wording_phrases import CARRIER_WORDS
from outreach.vocabulary import Channel, Purpose

ANSWER = Use(Purpose.ANSWER)
CHECK_IN = Use(Purpose.CHECK_IN)
APPOINTMENT = Use(Purpose.APPOINTMENT)
SURVEY = Use(Purpose.SURVEY)
FIRST = Use(Purpose.CHECK_IN, first_contact=True)

GOOD = "{{ text_name }}: We have not forgotten you. Our number is {{ phone }}."
GOOD_VISIT = (
    "{{ text_name }}: We will see you on {{ appointment_day }}. For another time, reply LATER or ring {{ phone }}. "
    "{% if first_message %}This is our first text. No need to answer, and it does not affect your place. "
    "Reply TALK to talk, STOP to stop.{% endif %}"
)
GOOD_FIRST = (
    "Hello {{ name }}, this is {{ text_name }}. No need to answer: it does not affect your place. "
    "To talk, reply TALK or ring {{ phone }}. To stop, reply STOP. {{ crisis_lines }}"
)


def text(source: str, use: Use = ANSWER, key: str = "answers/thanks", language: str = "en") -> list[Finding]:
    return lint(Draft(key, language, Channel.SMS, source), use, longest_values(Channel.SMS, {}))


def email(source: str, use: Use = ANSWER) -> list[Finding]:
    draft = Draft("answers/thanks", "en", Channel.EMAIL, source)
    return lint(draft, use, longest_values(Channel.EMAIL, {}))


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def test_texts_that_keep_every_rule_have_no_finding() -> None:
    assert text(GOOD) == []
    assert text(GOOD + " {{ crisis_lines }}", CHECK_IN) == []
    assert text(GOOD_VISIT, APPOINTMENT) == []
    assert text(GOOD_FIRST, FIRST) == []
    assert email("Subject: Hello\n\nWe have not forgotten you.\n\n{{ phone }}") == []


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("reserved-word", "Reply YES to keep your place."),
        ("reserved-word", "Please reply with 'yes'."),
        ("reserved-word", "Text back the word START to go on."),
        ("reserved-word", "Send us HELP."),
        ("blame", "You failed to attend."),
        ("blame", "You did not attend on Tuesday."),
        ("blame", "You didn't come."),
        ("blame", "You have missed your visit."),
        ("blame", "It was a no-show."),
        ("blame", "Please do not waste visits."),
        ("threat", "You may be discharged."),
        ("threat", "You could lose your place."),
        ("cost-shaming", "Each missed visit costs the NHS dear."),
        ("cost-shaming", "That was £160 gone."),
        ("cost-shaming", "Taxpayers pay for it."),
        ("dont-worry", "Don't worry about it."),
        ("dont-worry", "Please do not worry."),
        ("dont-worry", "There is no need to worry."),
        ("unfortunately", "Unfortunately we have no date."),
        ("any-time", "You can ring us at any time."),
        ("any-time", "Day or night, you can call us."),
        ("always-here", "We are always here."),
        ("relative-date", "We will see you in 2 days."),
        ("relative-date", "We will see you in two weeks."),
        ("relative-date", "We will see you tomorrow."),
        ("relative-date", "Someone will read this today."),
        ("relative-date", "We will write next week."),
        ("relative-date", "We will see you this Thursday."),
        ("link", "See https://example.org for more."),
        ("link", "See www.example.org for more."),
        ("link", "See bit.ly/abc for more."),
        ("link", "See {{ public_url }} for more."),
        ("private-word", "Your psychotherapy is near."),
        ("private-word", "Your therapist says hello."),
        ("private-word", "We care about your mental health."),
        ("private-word", "Your depression may lift."),
        ("one-request", "Is that right? Are you well?"),
        ("one-request", "Reply TALK to talk, or LATER for another time."),
        ("dear-character", "We’re sorry."),
        ("dear-character", "A café, a façade."),
        ("segments", "We are sorry that it is such a long wait. " * 8),
        (
            "reading-age",
            "Administrative considerations notwithstanding, comprehensive multidisciplinary recommendations "
            "necessitate individualised organisational communication.",
        ),
        ("unknown-variable", "Dear {{ nmae }}."),
        ("refused", "{{ ''.__class__ }}"),
        ("too-long", "We are sorry. " * 200),
    ],
)
def test_a_text_that_breaks_one_rule_is_found_by_that_rule_alone(code: str, sentence: str) -> None:
    assert codes(text(f"{GOOD} {sentence}")) == {code}


@pytest.mark.parametrize("word", CARRIER_WORDS)
def test_nobody_is_asked_to_reply_with_a_word_the_carrier_keeps(word: str) -> None:
    assert codes(text(f"{GOOD} To go on, please reply {word}.")) == {"reserved-word"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Reply STOP to stop.",
        "You will not lose your place.",
        "We rang you three times.",
        "It is fine to end a call.",
        "We can help with the start.",
        "Some days it is too much to come.",
        "You keep your place whatever you do.",
        "We missed you on {{ appointment_day }}.",
        "Text SHOUT to 85258.",
    ],
)
def test_plain_kind_sentences_are_left_alone(sentence: str) -> None:
    assert text(f"{GOOD} {sentence}") == []


def test_a_finding_stands_where_its_words_do() -> None:
    assert [(each.code, each.line, each.column) for each in text(GOOD + "\nWe say:\n  don't worry.")] == [
        ("dont-worry", 3, 3)
    ]
    assert [
        (each.line, each.column)
        for each in email("Subject: Hi\n\nRing {{ phone }}.\nUnfortunately we have no date.")
    ] == [(4, 1)]


def test_errors_come_before_warnings_and_then_by_place() -> None:
    found = text("It’s {{ text_name }}: ring {{ phone }}.\nDon't worry.\nUnfortunately no.")
    assert [each.code for each in found] == ["dont-worry", "unfortunately", "dear-character"]
    assert [each.severity for each in found] == ["error", "error", "warning"]


@pytest.mark.parametrize("use", [CHECK_IN, Use(Purpose.SUPPORT)])
def test_check_ins_and_support_always_carry_the_crisis_lines(use: Use) -> None:
    assert codes(text(GOOD, use)) == {"missing-crisis-lines"}
    hidden = GOOD + " {% if wait_text %}{{ crisis_lines }}{% endif %}"
    assert codes(text(hidden, use)) == {"missing-crisis-lines"}
    assert "missing-crisis-lines" not in codes(text(GOOD_VISIT, APPOINTMENT))


@pytest.mark.parametrize("key", ["answers/crisis-lines", "answers/opted-out", "answers/unmatched"])
def test_answers_to_people_who_may_be_alone_with_it_carry_the_crisis_lines(key: str) -> None:
    assert codes(text(GOOD, key=key)) == {"missing-crisis-lines"}


@pytest.mark.parametrize(
    ("source", "is_safe"),
    [
        ("{{ text_name }}: Your assessment is near. Ring {{ phone }}.", False),
        (
            "{{ text_name }}: Someone who knows waiting will ring you. " * 2
            + "Your assessment is near. {{ phone }}.",
            True,
        ),
        ("{{ crisis_lines }} {{ text_name }} {{ phone }}", False),
        ("{% if wait_text %}Treatment: {% endif %}{{ text_name }}: ring {{ phone }}.", False),
    ],
)
def test_the_first_50_characters_are_safe_on_a_locked_phone(source: str, is_safe: bool) -> None:
    assert ("lock-screen" not in codes(text(source))) is is_safe


def test_a_short_name_must_not_let_more_show_than_the_longest_one_did() -> None:
    source = (
        "Hello {{ name }}, this is {{ text_name }}. A peer worker can ring you. Our number is {{ phone }}."
    )
    assert codes(text(source)) == {"lock-screen"}


def test_the_service_may_not_sign_texts_with_its_trade() -> None:
    longest = longest_values(Channel.SMS, {"text_name": "Northside Psychotherapy"})
    found = lint(Draft("answers/thanks", "en", Channel.SMS, GOOD), ANSWER, longest)
    assert codes(found) == {"lock-screen", "private-word"}


def test_the_service_name_stays_out_of_texts() -> None:
    assert codes(text(GOOD + " {{ service_name }}")) == {"private-word"}


def test_the_subject_and_the_start_of_an_email_are_safe_on_a_locked_phone() -> None:
    assert codes(email("Subject: Your therapy\n\nWe have not forgotten you.\n\n{{ phone }}")) == {
        "lock-screen"
    }
    assert codes(email("Subject: Hello\n\nYour therapy is near.\n\n{{ phone }}")) == {"lock-screen"}
    assert (
        email("Subject: Hello\n\n" + "We have not forgotten you. " * 3 + "Your therapy is near. {{ phone }}")
        == []
    )


def test_every_text_is_signed_and_offers_the_phone() -> None:
    assert codes(text("We have not forgotten you. Our number is {{ phone }}.")) == {"unsigned"}
    assert codes(text("{{ text_name }}: We have not forgotten you.")) == {"no-phone"}
    assert codes(text("{% if wait_text %}{{ text_name }}{% endif %}: ring {{ phone }}.")) == {"unsigned"}
    assert text("{{ text_name }}: We are sorry.", key="answers/wrong-number") == []


def test_one_link_to_our_own_pages_may_stand_in_surveys_and_answers_to_change() -> None:
    one = GOOD + " See {{ public_url }}/feedback."
    assert text(one, SURVEY) == []
    assert text(one, key="answers/keep-in-touch") == []
    assert codes(text(one + " {{ public_url }}", SURVEY)) == {"link"}
    assert codes(text(GOOD + " See nhs.uk/sleep or example.com.", SURVEY)) == {"link"}


@pytest.mark.parametrize(
    "cut",
    ["This is", "No need to answer", "it does not affect your place", "Reply TALK to talk", "STOP to stop"],
)
def test_an_appointment_message_introduces_us_in_case_it_is_the_first(cut: str) -> None:
    assert codes(text(GOOD_VISIT.replace(cut, "Hm"), APPOINTMENT)) == {"introduction"}


def test_a_first_contact_says_all_that_a_first_contact_says() -> None:
    assert codes(
        text(GOOD_FIRST.replace("No need to answer: it does not affect your place. ", ""), FIRST)
    ) == {"introduction"}


def test_a_message_about_an_appointment_names_its_day() -> None:
    assert codes(text(GOOD_VISIT.replace("on {{ appointment_day }}", "soon"), APPOINTMENT)) == {"no-date"}


def test_the_change_word_may_stand_below_an_email_but_not_beside_another_in_a_text() -> None:
    ways = "To talk, reply TALK. To change how we keep in touch, reply CHANGE. {{ phone }}"
    assert email(f"Subject: Hello\n\n{ways}") == []
    assert codes(text("{{ text_name }}: " + ways)) == {"one-request"}


def test_markup_that_would_be_seen_as_it_stands_is_named() -> None:
    assert codes(email("Subject: Hello\n\n**Hello**, ring {{ phone }}.")) == {"markup"}
    assert codes(email("Subject: Hello\n\n[Hello](there), ring {{ phone }}.")) == {"markup"}


def test_the_dear_character_is_named_with_its_place() -> None:
    (found,) = text("{{ text_name }}: We’re glad. Our number is {{ phone }}.")
    assert (found.line, found.column, found.severity) == (1, 20, "warning")
    assert "RIGHT SINGLE QUOTATION MARK" in found.message
    assert "160 to 70" in found.message


def test_segments_are_counted_with_the_longest_real_values_and_priced() -> None:
    source = GOOD + " We hope to see you. " * 8 + "At {{ appointment_place }}, {{ appointment_place }}."
    draft = Draft("answers/thanks", "en", Channel.SMS, source)
    assert dearest(draft, longest_values(Channel.SMS, {"appointment_place": "Hut"})).segments == 2
    (found,) = lint(
        draft, Use(Purpose.ANSWER, texts_a_year=20_000), longest_values(Channel.SMS, {}), Decimal("4.5")
    )
    assert found.code == "segments"
    assert "3 segments: £2,700 a year for 20,000 texts" in found.message
    assert pounds_a_year(3, 20_000, Decimal("4.5")) == 2700


def test_english_phrases_are_not_looked_for_in_other_languages() -> None:
    welsh = "{{ text_name }}: today tomorrow unfortunately. {{ phone }}"
    assert text(welsh, language="cy") == []
    assert "private-word" in codes(text(welsh + " psychotherapy", language="cy"))


def test_the_reading_age_grows_with_words_and_sentences() -> None:
    assert reading_age("") == 0
    assert reading_age("We sat on the mat. It was red.") < 9
    letters, words, sentences = 32, 8, 1
    grade = 4.71 * letters / words + 0.5 * words / sentences - 21.43
    assert reading_age("The team will write when there are news.") == pytest.approx(grade + 5)


# What we ship


@cache
def schedules() -> list[Schedule]:
    return [file.schedule for file in read_schedules(shipped() / "schedules")]


@cache
def templates() -> list[TemplateFile]:
    return [file for file in read_templates(shipped() / "templates") if file.language == "en"]


SERVICES: list[dict[str, str]] = [
    {},
    {"text_name": "NHS", "service_name": "Clinic", "wait_text": "", "phone": "0800 1"},
    {
        "text_name": "Northside NHS team",
        "service_name": "Northside Psychotherapy Service",
        "wait_text": "a year",
    },
]


@pytest.mark.parametrize("service", SERVICES, ids=("longest", "short", "as shipped"))
def test_the_linter_finds_nothing_in_the_shipped_set(service: dict[str, str]) -> None:
    found = [
        (file.file, each)
        for file in templates()
        for each in lint(
            Draft(file.key, file.language, file.channel, file.source),
            use_of(file.key, schedules()),
            longest_values(file.channel, service),
        )
    ]
    assert found == []


def test_shipped_texts_take_two_segments_and_first_messages_three() -> None:
    for file in templates():
        if file.channel is Channel.SMS:
            draft = Draft(file.key, file.language, file.channel, file.source)
            takes = dearest(draft, longest_values(Channel.SMS, {}))
            is_first = use_of(file.key, schedules()).first_contact or "first_message" in file.source
            assert takes.encoding == "GSM-7"
            assert takes.segments <= (3 if is_first else 2), file.file


def test_shipped_appointment_texts_take_two_segments_once_people_know_us() -> None:
    for file in templates():
        if file.channel is Channel.SMS and "first_message" in file.source:
            known = longest_values(Channel.SMS, {"first_message": ""})
            assert dearest(Draft(file.key, "en", Channel.SMS, file.source), known).segments <= 2, file.file


def test_every_shipped_template_reads_well_with_sample_values() -> None:
    for file in templates():
        values = sample_values(file.channel, {})
        if file.channel is Channel.SMS:
            words = compile_text(file.source, frozenset(VARIABLES)).render(values)
        else:
            words = "\n".join(compile_email(file.source, frozenset(VARIABLES)).render(values))
        for slip in ("  ", " .", " ,", "..", "{", "}", "\n\n\n"):
            assert slip not in words, (file.file, slip)


def test_no_two_waiting_check_ins_say_the_same() -> None:
    checks = [file.source for file in templates() if "waiting-for-therapy/check-in" in file.key]
    assert len(checks) == 14
    openings = {source.partition("To talk")[0] for source in checks}
    assert len(openings) == 14


def test_the_crisis_lines_name_every_number_in_both_forms() -> None:
    for lines in CRISIS_LINES.values():
        for number in ("999", "111", "option 2", "116 123", "SHOUT", "85258"):
            assert number in lines


def test_no_answer_says_that_our_software_knows_how_somebody_is() -> None:
    answers = [file.source.lower() for file in templates() if file.key.startswith("answers/")]
    assert not any(
        word in source for source in answers for word in ("risk", "safe", "emergency", "automatic")
    )
