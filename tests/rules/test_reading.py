"""What a reply is read for, and that no text can hide, break or slow the reader."""

from datetime import date
from pathlib import Path
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import LibraryError
from outreach.library_lexicon import load_lexicon, shipped_lexicon
from outreach.replies_check import PARTS, Figure, figures, load_items, table
from outreach.rules.reading import LONGEST_END, Findings, read_reply, read_safely
from outreach.rules.reading_fold import fold
from outreach.rules.reading_lexicon import parse_lexicon
from outreach.rules.reading_quote import own_words
from outreach.vocabulary import Channel, Purpose, Reading
from tests.drawn import drawn

LEXICON = shipped_lexicon()
REPLIES = Path(__file__).parents[1] / "replies"


def read(text: str, channel: Channel = Channel.SMS, **more: object) -> Findings:
    return read_reply(text, lexicon=LEXICON, channel=channel, **more)  # type: ignore[arg-type]


def readings(text: str, **more: object) -> frozenset[Reading]:
    return read(text, **more).readings  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, Reading, str], Figure]:
    return {(one.group, one.reading, one.part): one for one in figures(LEXICON, load_items(REPLIES))}


# ------------------------------------------------------------------------------------------- the figures


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("group", ["explicit", "means", "under_way"])
def test_no_plain_danger_in_the_test_set_is_missed(
    found: dict[tuple[str, Reading, str], Figure], group: str, part: str
) -> None:
    assert found[group, Reading.POSSIBLE_CRISIS, part].not_flagged == ()


@pytest.mark.parametrize("part", PARTS)
def test_harmless_replies_do_not_flood_the_clinician(
    found: dict[tuple[str, Reading, str], Figure], part: str
) -> None:
    assert found["harmless", Reading.POSSIBLE_CRISIS, part].share <= 0.30
    assert found["harmless", Reading.NEEDS_READER, part].share <= 0.05
    assert found["harmless", Reading.OPT_OUT, part].flagged == ()
    assert found["harmless", Reading.WRONG_NUMBER, part].flagged == ()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("group", ["passive", "farewell", "slang", "emoji", "third_party", "abuse"])
def test_indirect_danger_is_found_nearly_always(
    found: dict[tuple[str, Reading, str], Figure], group: str, part: str
) -> None:
    assert found[group, Reading.POSSIBLE_CRISIS, part].share >= 0.9


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("group", "reading"),
    [
        ("opt_out", Reading.OPT_OUT),
        ("opt_out_languages", Reading.OPT_OUT),
        ("opt_in", Reading.OPT_IN),
        ("wants_talk", Reading.WANTS_TALK),
        ("wants_talk_languages", Reading.WANTS_TALK),
        ("wants_change", Reading.WANTS_CHANGE),
        ("wants_other_contact", Reading.WANTS_OTHER_CONTACT),
        ("wrong_number", Reading.WRONG_NUMBER),
        ("unknown_language", Reading.NEEDS_READER),
    ],
)
def test_what_people_ask_for_is_found_nearly_always(
    found: dict[tuple[str, Reading, str], Figure], group: str, reading: Reading, part: str
) -> None:
    assert found[group, reading, part].share >= 0.95


@pytest.mark.parametrize("part", PARTS)
def test_no_request_in_another_language_is_ignored(part: str) -> None:
    """Read right, or in front of a person at once: 284 texts in Arabic, Polish, Somali, Urdu and Welsh."""
    wanted = {"opt_out_languages": Reading.OPT_OUT, "wants_talk_languages": Reading.WANTS_TALK}
    at_once = {Reading.NEEDS_READER, Reading.POSSIBLE_CRISIS}
    texts = [item for item in load_items(REPLIES) if item.group in wanted and item.part == part]
    assert len(texts) > 80
    assert [item.text for item in texts if not readings(item.text) & {wanted[item.group], *at_once}] == []


@pytest.mark.parametrize(
    "text", ["band karo", "رکو", "przestańcie pisać", "Fadlan jooji", "stopiwch", "توقف"]
)
def test_stop_is_read_in_the_languages_that_we_write(text: str) -> None:
    assert Reading.OPT_OUT in readings(text)


@pytest.mark.parametrize(
    "text",
    ["nie dzwońcie do mnie", "فون نہ کریں", "mujhe call mat karo", "لا تتصلوا بي", "peidiwch â ffonio fi"],
)
def test_dont_ring_me_is_no_wish_to_talk_in_any_of_them(text: str) -> None:
    assert Reading.WANTS_TALK not in readings(text)


@pytest.mark.parametrize(
    "text", ["zle mi", "waan jirranahay", "dil bojhal hai", "ok nahi", "kyun", "vreau ceva"]
)
def test_a_word_or_two_of_another_language_go_to_a_person_at_once(text: str) -> None:
    assert readings(text) & {Reading.NEEDS_READER, Reading.POSSIBLE_CRISIS}


@pytest.mark.parametrize(
    "text", ["pardon", "brb", "ok bas", "see u in Warszawa", "Sarah Jones here", "okay doky"]
)
def test_short_english_with_a_slip_or_a_name_in_it_is_no_other_language(text: str) -> None:
    assert Reading.NEEDS_READER not in readings(text)


def test_fear_to_go_out_is_no_wish_to_leave_the_list() -> None:
    assert Reading.OPT_OUT not in readings("Waan ka baqayaa inaan baxo guriga")


def test_the_figures_print_one_row_for_each_group_with_both_parts(
    found: dict[tuple[str, Reading, str], Figure],
) -> None:
    rows = table(found.values()).splitlines()
    assert "| explicit | possible_crisis | found | 35 of 35 (100%) | 17 of 17 (100%) |" in rows


def test_a_test_set_with_an_unknown_group_or_part_is_refused_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "gossip.csv").write_text("part,text\nbuilding,hello\n")
    (tmp_path / "thanks.csv").write_text("part,text\nsomewhere,ta\n")
    with pytest.raises(LibraryError, match=r"(?s)gossip\.csv:1: .*thanks\.csv:2: "):
        load_items(tmp_path)


# ------------------------------------------------------------------------------------------- independence


def test_one_text_can_be_an_opt_out_and_a_cry_for_help() -> None:
    assert {Reading.OPT_OUT, Reading.POSSIBLE_CRISIS} <= readings("Stop texting me I want to die")


@pytest.mark.parametrize(
    "text",
    [
        "I'm not suicidal",
        "I would never kill myself",
        "dont worry im not going to end my life",
        "not an overdose",
    ],
)
def test_negation_never_takes_a_crisis_finding_back(text: str) -> None:
    assert Reading.POSSIBLE_CRISIS in readings(text)


@pytest.mark.parametrize(
    "text",
    [
        "theres no point being here anymore",
        "HELP",
        "i want to k1ll myself",
        "k!ll me",
        "i want to kіll mуself",  # Cyrillic letters
        "k\u200bi\u200bl\u200bl my\u00adself",
        "\u202ekill myself",
        "kill\x00 myself",
        "ＫＩＬＬ ＭＹＳＥＬＦ",
        "k i l l m y s e l f",
        "kiiiiill myyyself",
        "k*ll myself",
        "killmyself",
        "I’m going to kïll myself",
        "sucidal",
        "😔🔫🏽",
        "thank you for everything 🕊️",
    ],
)
def test_no_disguise_or_slip_hides_danger(text: str) -> None:
    assert Reading.POSSIBLE_CRISIS in readings(text)


# ------------------------------------------------------------------------------------------- stopping


@pytest.mark.parametrize(
    "text", ["stoooop", "s t o p", "st0p", "S.T.O.P", "stpo", "STOP!!!", "ＳＴＯＰ", "stop\u200d", "ѕtop"]
)
def test_a_disguised_stop_is_an_opt_out(text: str) -> None:
    assert Reading.OPT_OUT in readings(text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't stop crying",
        "stop feeling like this",
        "the bus stop",
        "don't stop these, they help",
        "shop",
        "step",
    ],
)
def test_another_use_of_stop_is_no_opt_out(text: str) -> None:
    assert Reading.OPT_OUT not in readings(text)


def test_a_harmless_use_does_not_reach_across_punctuation() -> None:
    assert Reading.OPT_OUT in readings("Please don't. Stop texting me")


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("STOP", (None, None)),
        ("stop the check-ins, keep appointment texts", (None, Purpose.CHECK_IN)),
        ("no more surveys please", (None, Purpose.SURVEY)),
        ("stop texting me", (Channel.SMS, None)),
        ("please stop the emails", (Channel.EMAIL, None)),
        ("stop texting me and stop emailing me", (None, None)),
        ("STOP. stop the check-ins", (None, None)),
        ("hello", (None, None)),
    ],
)
def test_an_opt_out_is_as_narrow_as_its_words_and_otherwise_wide(
    text: str, scope: tuple[Channel | None, Purpose | None]
) -> None:
    assert read(text).opt_out_scope == scope


@pytest.mark.parametrize(
    ("text", "wanted"), [("START", True), ("unstop", True), ("i start a new job monday", False)]
)
def test_only_the_word_start_alone_opts_in(text: str, wanted: bool) -> None:
    assert (Reading.OPT_IN in readings(text)) is wanted


@pytest.mark.parametrize(
    ("word", "reading"),
    [("STOP", Reading.OPT_OUT), ("start", Reading.OPT_IN), ("HELP", Reading.POSSIBLE_CRISIS)],
)
def test_what_the_carrier_acted_on_counts_even_when_the_text_says_nothing(
    word: str, reading: Reading
) -> None:
    assert reading in readings("", carrier_opt_out=word)


# ------------------------------------------------------------------------------------------- asking


def test_asking_who_writes_or_naming_ones_therapy_is_no_wrong_number() -> None:
    assert not any(
        Reading.WRONG_NUMBER in readings(text)
        for text in ("who is this?", "im not near my phone", "that day is not good for me", "yes thats me")
    )


def test_dont_call_me_is_no_wish_to_talk() -> None:
    assert Reading.WANTS_TALK not in readings("please dont call me")


def test_a_bare_digit_is_a_survey_answer_only_when_one_was_asked_for() -> None:
    assert Reading.SURVEY in readings("4", expecting_survey=True)
    assert Reading.SURVEY not in readings("4")


def test_thanks_with_anything_more_is_not_bare_thanks() -> None:
    assert Reading.THANKS in readings("ok thanks x")
    assert Reading.THANKS not in readings("thanks but nothing is better")
    assert Reading.THANKS not in readings("no")


# ------------------------------------------------------------------------------------------- invitations to a group

BOTH = frozenset({Reading.JOINS, Reading.DECLINES})


@pytest.mark.parametrize(
    "text",
    [
        "JOIN",
        "join pls",
        "Yes please",
        "yes",
        "ok count me in",
        "I'd love to come",
        "ill be there x",
        "tak",
        "نعم",
        "haa",
        "جی ہاں",
    ],
)
def test_a_yes_is_read_as_joining_while_an_invitation_is_open(text: str) -> None:
    assert readings(text, asked=BOTH) & BOTH == {Reading.JOINS}
    assert not readings(text) & BOTH


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "no thanks",
        "sorry I can't make it",
        "I cannot join",
        "not this time x",
        "dont want to come",
        "nie",
        "لا",
        "maya",
        "نہیں",
    ],
)
def test_a_no_is_read_as_declining_while_an_invitation_is_open(text: str) -> None:
    assert readings(text, asked=BOTH) & BOTH == {Reading.DECLINES}
    assert not readings(text) & BOTH


@pytest.mark.parametrize(
    "text", ["No idea, what is it?", "what time is it", "is it free", "who else is there"]
)
def test_a_question_about_the_invitation_is_neither(text: str) -> None:
    assert not readings(text, asked=BOTH) & BOTH


def test_an_open_invitation_takes_nothing_away_from_what_else_is_read() -> None:
    assert Reading.POSSIBLE_CRISIS in readings("no I want to die", asked=BOTH)
    assert Reading.OPT_OUT in readings("STOP", asked=BOTH)


# ------------------------------------------------------------------------------------------- a person must look


@pytest.mark.parametrize(
    ("text", "more", "wanted"),
    [
        ("ok", {"media": 1}, True),
        ("ok", {"recent": 2}, True),
        ("ok", {"recent": 1}, False),
        ("", {}, True),
        ("???", {}, True),
        ("i am \ud800 ok", {}, True),
        ("Je ne comprends pas ce message", {}, True),
        ("нет", {}, True),
        ("u ok hun soz im late lol", {}, False),
    ],
)
def test_media_bursts_and_what_cannot_be_read_need_a_reader(
    text: str, more: dict[str, int], wanted: bool
) -> None:
    assert (Reading.NEEDS_READER in readings(text, **more)) is wanted


def test_an_error_in_the_reader_needs_a_reader_and_is_named() -> None:
    broken = read_safely(None, lexicon=LEXICON, channel=Channel.SMS)  # type: ignore[arg-type]
    assert broken.readings == {Reading.NEEDS_READER}
    assert broken.fault == "TypeError"


def test_without_an_error_reading_safely_is_reading() -> None:
    assert read_safely("TALK", lexicon=LEXICON, channel=Channel.SMS) == read("TALK")


@drawn(60)
@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert read_safely(text, lexicon=LEXICON, channel=Channel.EMAIL).fault is None


# ------------------------------------------------------------------------------------------- emails


def test_the_ends_of_a_very_long_email_are_read_and_it_needs_a_reader() -> None:
    filler = "the weather was nice today and we went out. " * (LONGEST_END // 10)
    found = read(f"{filler} I want to die", channel=Channel.EMAIL).readings
    assert {Reading.POSSIBLE_CRISIS, Reading.NEEDS_READER} <= found


@pytest.mark.parametrize(
    "email",
    [
        "ok see you then\n\nOn Mon, 2 Mar at 10:30, Clinic <a@example.org> wrote:\n> Reply STOP. Suicidal? Ring 999.",
        "ok see you then\n\n-----Original Message-----\nReply STOP to stop. In crisis ring 999.",
        "ok see you then\n> Reply STOP. In crisis ring 999.",
    ],
)
def test_what_we_wrote_ourselves_is_not_read_back_as_their_words(email: str) -> None:
    assert readings(email, channel=Channel.EMAIL) == frozenset()


def test_answers_between_quoted_lines_are_read() -> None:
    email = "hi\nOn Mon Clinic <a@example.org> wrote:\n> How are you?\nI want to die\n> Reply STOP"
    assert own_words(email).split("\n") == ["hi", "", "", "I want to die"]
    assert Reading.POSSIBLE_CRISIS in readings(email, channel=Channel.EMAIL)


def test_an_email_that_seems_all_quoted_is_read_whole() -> None:
    assert Reading.POSSIBLE_CRISIS in readings("> I want to die", channel=Channel.EMAIL)


OURS = (
    "Hello Amina,\n\nThis is Northside. We have not forgotten you, and there is nothing that you need to do now.\n\n"
    "If your life is in danger, call 999. For urgent help with how you feel, call NHS 111 and choose option 2.\n\n"
    "To stop these emails, answer with the one word STOP.\n"
)
WRAPPED = OURS.replace("now.\n", "\nnow.\n").replace("one word STOP", "one word\nSTOP")
QUOTES = {
    "marked": "On Mon, 2 Mar, Northside <a@example.org> wrote:\n" + OURS.replace("\n", "\n> "),
    "header": f"-----Original Message-----\nFrom: Northside\nSent: Monday\nSubject: Hello\n\n{OURS}",
    "another language": f"Le lun. 2 mars, Northside a écrit :\n{OURS}",
    "broken header": f"On Mon, 2 Mar 2026 at 10:00, Northside\n<a@example.org> wrote:\n{OURS}",
    "wrapped": f"From: Northside\n{WRAPPED}",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
def test_our_own_email_is_known_again_however_it_is_quoted(quote: str) -> None:
    alarming = {Reading.OPT_OUT, Reading.POSSIBLE_CRISIS, Reading.WRONG_NUMBER}
    email = f"thank you, that is kind\n\n{quote}"
    assert not alarming & readings(email, channel=Channel.EMAIL, ours=OURS)


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
@pytest.mark.parametrize("place", ["above", "below", "between"])
def test_whatever_they_write_around_our_own_email_is_read(quote: str, place: str) -> None:
    words = "i dont want to be alive any more"
    email = {
        "above": f"{words}\n\n{quote}",
        "below": f"{quote}\n\n{words}",
        "between": quote.replace("If your life", f"\n{words}\nIf your life"),
    }[place]
    assert words in own_words(email, OURS)
    assert Reading.POSSIBLE_CRISIS in readings(email, channel=Channel.EMAIL, ours=OURS)


@pytest.mark.parametrize("stop", ["STOP", "Stop please"])
def test_a_stop_of_their_own_beside_ours_is_an_opt_out(stop: str) -> None:
    for email in (f"{stop}\n\n{QUOTES['header']}", f"{QUOTES['header']}\n\n{stop}"):
        assert Reading.OPT_OUT in readings(email, channel=Channel.EMAIL, ours=OURS)


def test_an_email_with_nothing_but_ours_is_no_opt_out_and_needs_a_reader() -> None:
    for quote in QUOTES.values():
        if "écrit" not in quote and "<a@" not in quote.partition("wrote")[0].partition("\n")[2]:
            assert readings(quote, channel=Channel.EMAIL, ours=OURS) == {Reading.NEEDS_READER}


def test_words_of_theirs_that_their_program_marked_as_quoted_are_read_when_nothing_else_is_there() -> None:
    email = f"{QUOTES['marked']}\n> I want to die"
    assert Reading.POSSIBLE_CRISIS in readings(email, channel=Channel.EMAIL, ours=OURS)


# ------------------------------------------------------------------------------------------- speed

SLOW = (
    *("stop ", "i i dont want to ", "k*", "kil", "a.b.", "i ", "s t o p! ", "qzxw%d ", "want to be dead or "),
    *("\u0301a\u200b", ">\n"),
)


def seconds_of_work(unit: str, length: int) -> float:
    """What this thread works on a text of so many letters, made of this unit; the better of two."""
    text = "".join(unit.replace("%d", str(number)) for number in range(length))[:length]
    took = []
    for _ in range(2):
        begun = thread_time()
        read(text)
        took.append(thread_time() - begun)
    return min(took)


@pytest.mark.parametrize("unit", SLOW, ids=ascii)
def test_a_text_made_to_be_slow_takes_time_in_proportion_to_its_length(unit: str) -> None:
    small, large = seconds_of_work(unit, 1600), seconds_of_work(unit, 6400)
    assert large < 8 * small + 0.05  # 4 times the text; 16 times would be quadratic
    assert large < 3


# ------------------------------------------------------------------------------------------- the file


SMALL = """
version = "1"
reviewed_on = 2026-11-24
[lists]
self = ["myself"]
[[groups]]
name = "one"
reading = "possible_crisis"
language = "en"
source = "written for this test"
patterns = [PATTERNS]
"""


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("end .. all", "end it for us all", False),
        ("end .. all", "end it now all", True),
        ("end ... all", "end it for us now all", True),
        ("end [of] it", "end it", True),
        ("end [of] it", "end of it", True),
        ("end [of] it", "end to it", False),
        ("^ end", "the end", False),
        ("end $", "end it", False),
        ("dro*", "drowning", True),
        ("harm <self>", "harm myself", True),
    ],
)
def test_a_pattern_means_what_the_file_says(pattern: str, text: str, wanted: bool) -> None:
    lexicon = parse_lexicon(SMALL.replace("PATTERNS", f'"{pattern}"'))
    found = read_reply(text, lexicon=lexicon, channel=Channel.SMS).readings
    assert (Reading.POSSIBLE_CRISIS in found) is wanted


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (SMALL.replace("PATTERNS", '".. end"'), r":11: '.. end': a pattern has"),
        (SMALL.replace("PATTERNS", '"harm <them>"'), "there is no list 'them'"),
        (SMALL.replace("PATTERNS", '"self-harm"'), "'self-harm' is not one word"),
        (SMALL.replace("PATTERNS", ""), "needs patterns or only"),
        (SMALL.replace("PATTERNS", '"end"').replace("possible_crisis", "crisis"), "'crisis' is none of"),
        (SMALL.replace("PATTERNS", '"end"') + 'color = "red"', "unknown key 'color'"),
        (SMALL.replace("PATTERNS", '"end"').replace('version = "1"', ""), "add version"),
        (
            SMALL.replace("PATTERNS", '"end"') + '[unless]\npossible_crisis = ["not end"]',
            "nothing may take back",
        ),
        ("version = ", "this is not TOML"),
    ],
)
def test_a_faulty_lexicon_is_refused_by_line_and_reason(wrong: str, what: str) -> None:
    with pytest.raises(LibraryError, match=what):
        parse_lexicon(wrong)


def test_a_lexicon_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"missing\.toml:1: cannot be read"):
        load_lexicon(tmp_path / "missing.toml")


def test_the_shipped_lexicon_names_its_sources_and_waits_for_local_sign_off() -> None:
    assert all(group.source for group in LEXICON.groups)
    assert LEXICON.reviewed_on > date(2026, 1, 1)
    assert LEXICON.sign_off == ""


def test_staff_see_which_words_led_to_a_finding() -> None:
    assert ("talk", "can someone ring me") in read("Can someone ring me?").matched


def test_folding_keeps_the_places_of_punctuation() -> None:
    folded = fold("No. STOP, it’s me!")
    assert folded.words == ("no", "stop", "its", "me")
    assert folded.breaks == {1, 2}


def test_the_figures_in_the_docs_are_those_that_the_command_prints(
    found: dict[tuple[str, Reading, str], Figure],
) -> None:
    page = (REPLIES.parents[1] / "docs" / "reading.md").read_text(encoding="utf-8")
    assert table(found.values()) in page


def test_each_group_of_the_test_set_has_40_lines_and_a_third_held_out() -> None:
    sizes: dict[str, list[int]] = {}
    for item in load_items(REPLIES):
        size = sizes.setdefault(item.group, [0, 0])
        size[item.part == "held_out"] += 1
    extra = {
        "second_look",
        "not_opt_out",
        "crisis_languages",
        "opt_out_languages",
    }  # beside the agreed groups
    for group, (building, held_out) in sizes.items():
        if group not in extra:
            assert building + held_out >= 40, group
            assert 3 * held_out >= building + held_out - 3, group
