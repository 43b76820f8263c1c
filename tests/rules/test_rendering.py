"""Whatever an admin writes and whatever people are called, what goes out is only the words that were meant."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import RefusedError, TemplateRefusedError
from outreach.rules.email_body import _any_part, _plain_paragraph, email_body
from outreach.rules.rendering import (
    compile_email,
    compile_text,
    email_html,
    render_email,
    render_text,
)
from tests.drawn import drawn
from tests.rules.hostile_templates import HOSTILE, Hostile

ALLOWED = frozenset({"name", "phone", "wait_text", "crisis_lines", "public_url"})
HOSTILE_NAME = "Zoë <b>[x](http://evil)"


def text_of(source: str, **values: str) -> str:
    return render_text(compile_text(source, ALLOWED), values)


class Page(HTMLParser):
    """The tags and the words of an HTML document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.why)
def test_a_hostile_template_is_refused_with_its_place(hostile: Hostile) -> None:
    with pytest.raises(TemplateRefusedError) as refusal:
        compile_text(hostile.source, ALLOWED)
    assert (refusal.value.line, refusal.value.column) == (hostile.line, hostile.column)


def test_the_hostile_set_is_large_and_has_nothing_twice() -> None:
    assert len({hostile.source for hostile in HOSTILE}) == len(HOSTILE) >= 30


@drawn(300)
@given(
    st.lists(
        st.sampled_from(
            [
                "{{",
                "}}",
                "{%",
                "%}",
                "name",
                "if",
                "else",
                "endif",
                "for",
                "in",
                "(",
                ")",
                ".",
                "|",
                "'a'",
                "~",
                "* 9",
                "a",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_other_template_is_either_refused_or_renders_to_nothing_but_its_own_words(source: str) -> None:
    try:
        compiled = compile_text(source, ALLOWED)
    except TemplateRefusedError:
        return
    assert set(compiled.render({"name": "X"}).split()) <= {*source.split(), "X", "a"}


def test_text_variables_and_conditions_are_all_it_takes() -> None:
    source = (
        "Hello {{ name | upper }}{% if wait_text and not phone == 'none' %}, it takes {{ wait_text }}"
        "{% elif phone %}, ring {{ phone }}{% else %}, bye{% endif %}. {{ wait_text or 'No news' }}"
    )
    assert (
        text_of(source, name="Amina", wait_text="a year", phone="1") == "Hello AMINA, it takes a year. a year"
    )
    assert text_of(source, name="Ben", wait_text="", phone="1") == "Hello BEN, ring 1. No news"
    assert text_of(source, name="Ben", wait_text="", phone="") == "Hello BEN, bye. No news"


def test_a_compiled_template_names_its_variables() -> None:
    assert compile_text("{% if name %}{{ phone }}{% endif %}", ALLOWED).variables == {"name", "phone"}
    assert compile_email("Subject: {{ name }}\n\n{{ phone }}", ALLOWED).variables == {"name", "phone"}


def test_a_missing_value_is_an_error_that_names_it_and_never_a_gap() -> None:
    with pytest.raises(RefusedError, match="no value for phone"):
        text_of("{% if wait_text %}{{ phone }}{% endif %}a", wait_text="")
    with pytest.raises(RefusedError, match="no value for name"):
        compile_email("Subject: a\n\n{{ name }}", ALLOWED).render({})


def test_what_a_condition_leaves_out_leaves_no_hole() -> None:
    assert text_of("One. {% if name %}Two.{% endif %} Three.", name="") == "One. Three."
    email = compile_email("Subject: a\n\nOne.\n\n{% if name %}Two.{% endif %}\n\nThree.", ALLOWED)
    assert email.render({"name": ""})[1] == "One.\n\nThree."


def test_a_result_that_is_too_long_is_refused() -> None:
    with pytest.raises(RefusedError, match="the text would have 1601 characters"):
        text_of("{{ name }}", name="a" * 1601)
    with pytest.raises(RefusedError, match="the subject would have"):
        compile_email("Subject: {{ name }}\n\na", ALLOWED).render({"name": "a" * 151})


def test_a_name_stays_literal_in_a_text() -> None:
    assert (
        text_of("Hello {{ name }}.", name=HOSTILE_NAME + " {{ phone }}")
        == f"Hello {HOSTILE_NAME} {{{{ phone }}}}."
    )


def test_a_curly_quote_in_a_name_does_not_double_the_price_of_a_text() -> None:
    assert text_of("{{ name }}", name="Siobhán O’Neill\u00a0–\u2026") == "Siobhán O'Neill -..."


def test_a_value_cannot_break_a_line_or_turn_the_words_round() -> None:
    assert text_of("Hello {{ name }}.", name="A\r\nB\u2028C\u202eD\x00E\ud800") == "Hello A B CD E."


def test_a_name_is_literal_in_every_part_of_an_email() -> None:
    compiled = compile_email("Subject: Hello {{ name }}\n\nHello {{ name }},\n\nBye.", ALLOWED)
    email = render_email(compiled, {"name": HOSTILE_NAME}, "en")
    assert email.subject == f"Hello {HOSTILE_NAME}"
    assert email.text == f"Hello {HOSTILE_NAME},\n\nBye."
    page = Page(email.html)
    assert f"Hello {HOSTILE_NAME}," in page.words
    assert page.links == []
    assert "b" not in page.tags


@drawn(150)
@given(st.text(alphabet="*_`[]()<>&!#-+=|~:\\/.\"'\n 1aë", max_size=40))
def test_no_name_ever_becomes_markup(name: str) -> None:
    compiled = compile_email(
        "Subject: a\n\n{{ name }}\nHello {{ name }}, hello\n\n- one\n- {{ name }} two", ALLOWED
    )
    plain, odd = (
        Page(render_email(compiled, {"name": value}, "en").html) for value in ("Amina", f"x{name}x")
    )
    assert odd.tags == plain.tags
    assert " ".join(f"x{name}x".split()) in odd.words


@pytest.mark.parametrize("name", ["- Bo", "# Bo", "1. Bo", "+ Bo", "2) Bo", "* Bo"])
def test_a_name_that_looks_like_a_list_or_heading_is_neither(name: str) -> None:
    page = Page(render_email(compile_email("Subject: a\n\n{{ name }}", ALLOWED), {"name": name}, "en").html)
    assert name in page.words
    assert not {"li", "h1"} & set(page.tags)


def test_a_subject_is_one_line_whatever_it_is_made_of() -> None:
    compiled = compile_email("Subject: Hello {{ name }}{{ crisis_lines }}\n\na", ALLOWED)
    subject, _ = compiled.render({"name": "A\r\nBcc: x@example.org", "crisis_lines": "B\n\nC"})
    assert subject == "Hello A Bcc: x@example.orgB C"


def test_an_email_begins_with_its_subject_and_a_blank_line() -> None:
    for source, line in (("Hello", 1), ("Subject:\n\nHello", 1), ("Subject: a\nHello", 2), ("Subject: a", 1)):
        with pytest.raises(TemplateRefusedError) as refusal:
            compile_email(source, ALLOWED)
        assert refusal.value.line == line


def test_places_in_an_email_are_counted_from_the_top_of_the_file() -> None:
    for source, place in (
        ("Subject: {{ nmae }}\n\na", (1, 13)),
        ("Subject: a\n\nb\n  {{ nmae }}", (4, 6)),
        ("Subject: {% if name %}a\n\nb{% endif %}", (1, 10)),
    ):
        with pytest.raises(TemplateRefusedError) as refusal:
            compile_email(source, ALLOWED)
        assert (refusal.value.line, refusal.value.column) == place


def test_the_html_names_its_language_and_its_direction() -> None:
    assert '<html lang="ar" dir="rtl">' in email_html("a", subject="s", language="ar")
    assert '<html lang="en-GB" dir="ltr">' in email_html("a", subject="s", language="en-GB")


def test_paragraphs_lists_and_headings_are_shown_and_inline_markup_is_not() -> None:
    page = Page(email_html("# A\n\nb\nc\n\n- **d**\n- [e](http://evil)", subject="s", language="en"))
    assert page.tags[-7:] == ["main", "h1", "p", "br", "ul", "li", "li"]
    assert "**d**" in page.words
    assert page.links == []


def test_only_our_own_address_becomes_a_link() -> None:
    ours = "https://outreach.example.org"
    compiled = compile_email("Subject: a\n\nSee {{ public_url }}/keep. Not {{ name }}.", ALLOWED)
    email = render_email(
        compiled, {"name": f"{ours}.evil.example https://evil.example", "public_url": ours}, "en"
    )
    assert Page(email.html).links == [f"{ours}/keep"]


def test_the_same_stored_text_gives_the_same_html_again() -> None:
    email = render_email(compile_email("Subject: a\n\n{{ name }}", ALLOWED), {"name": HOSTILE_NAME}, "en")
    assert email_html(email.text, subject=email.subject, language="en") == email.html


def test_language_and_direction_also_stand_within_the_body() -> None:
    assert '<main lang="ur" dir="rtl"' in email_html("a", subject="s", language="ur")


def test_large_print_is_twenty_points() -> None:
    compiled = compile_email("Subject: a\n\nb", ALLOWED)
    assert "font: 26px/" in render_email(compiled, {}, "en", large_print=True).html
    assert "font: 18px/" in render_email(compiled, {}, "en").html


def test_numbers_and_latin_names_keep_their_order_in_a_right_to_left_message() -> None:
    compiled = compile_text("اتصل {{ phone }} في {{ name }} 116 123", ALLOWED)
    values = {"phone": "020 7946 0000", "name": "12 High Street (B)"}
    assert (
        render_text(compiled, values, "ar")
        == "اتصل 020\u00a07946\u00a00000 في \u200e12 High Street (B)\u200e 116\u00a0123"
    )
    assert "\u200e" not in render_text(compiled, values, "pl")
    assert "020 7946 0000" in render_text(compiled, values, "pl")


def test_a_web_address_in_a_right_to_left_message_can_be_followed_and_copied() -> None:
    ours = "https://outreach.example.org"
    email = render_email(
        compile_email("Subject: a\n\n{{ public_url }}/x", ALLOWED), {"public_url": ours}, "ar"
    )
    assert Page(email.html).links == [f"{ours}/x"]
    assert "\u200e" not in email.text


def test_an_email_made_in_parts_is_the_same_as_one_made_at_once() -> None:
    text = "Hello Bo,\n\nWhat helps:\n\n- a walk\n\n- Rest\n\nRing us.\n\n1. One\n\n2. Two\n\n# A head\n\nBye"
    whole = _any_part(text, "")
    assert email_body(text).split() == whole.split()
    assert email_body(text).count("<li>") == 4


LINK = "https://outreach.example.org"
SIGNS = [" ", "  ", "\n", "-", "1.", "#", "&amp;", "&", '"', "'", "<br>", ">", "*"]
PIECES = st.one_of(st.sampled_from([LINK, f"{LINK}/mine/aB-_9", *SIGNS]), st.text(max_size=5))


@drawn(300)
@given(st.lists(PIECES, max_size=8), st.sampled_from(["", LINK]))
def test_the_short_way_of_making_a_paragraph_makes_what_the_long_way_makes(
    pieces: list[str], link_base: str
) -> None:
    text = "".join(pieces)
    short = _plain_paragraph(text, link_base)
    assert short in ("", _any_part(text, link_base))


@pytest.mark.parametrize("text", ["Hello Amina,", f"Your page:\n{LINK}/mine/aB-_9", 'O\'Brien & "Co" > you'])
def test_what_differs_in_every_email_takes_the_short_way(text: str) -> None:
    assert _plain_paragraph(text, LINK) == _any_part(text, LINK)
