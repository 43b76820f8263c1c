"""Turns a message template and values into the words a person gets, safely whatever either of them holds."""

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template

from outreach.errors import RefusedError, TemplateRefusedError
from outreach.rules.email_body import STARTS_A_BLOCK, email_body
from outreach.rules.template_syntax import check_syntax, make_environment
from outreach.rules.variables import MANY_LINES

LONGEST_TEXT = 1_600
"""Characters of a text; providers cut or refuse longer ones."""

KEPT_COMPILED = 2_000
"""Templates that one process keeps ready: all versions in use of several languages, twice over."""

LONGEST_EMAIL = 20_000
LONGEST_SUBJECT = 150

PRINT, LARGE_PRINT = 18, 26
"""Sizes of an email in pixels; 26 is the 20 points of large print."""

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
"""In texts a curly quote in somebody's name must not double the price of the whole message."""

_ANY_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_NEVER = re.compile(r"[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Direction overrides, which could turn our own words round, and halves of characters, which cannot be sent."""

NO_MARKS = frozenset({"public_url", "own_page", "survey_link", "first_message"})

_WORD_JOINER = "\u2060"

_END_OF_LINE = re.compile(r"[ \t]+(?=\n)")
_GAP = re.compile(r"(?<=\S) {2,}")
_EMPTY_LINES = re.compile(r"\n{3,}")

_NUMBER_WITH_GAP = re.compile(r"(?<=\d) (?=\d)")
_LATIN = re.compile(r"[A-Za-z]")
_LIST_SIGN = re.compile(r"[-+*#]+ |\d+[.)] ")
_NO_BREAK_SPACE, _LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u00a0", "\u200e", "\u200f"

_SUBJECT = re.compile(r"\ASubject:[ \t]*(?=\S)")


@dataclass(frozen=True, slots=True)
class CompiledText:
    """One text template, parsed and checked once; made by `compile_text`."""

    template: Template
    variables: frozenset[str]

    def render(self, values: Mapping[str, str]) -> str:
        """The text itself. RefusedError names a variable without a value, or says that the text is too long."""
        needed = {name: tidy(name, value).translate(PLAIN) for name, value in _needed(self.variables, values)}
        return _bounded(_squeezed(self.template.render(needed)), LONGEST_TEXT, "text")


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    """One email template, parsed and checked once; made by `compile_email`."""

    subject: Template
    body: Template
    variables: frozenset[str]

    def render(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Subject (always one line) and plain text. RefusedError as for texts."""
        needed = {name: tidy(name, value) for name, value in _needed(self.variables, values)}
        subject = _ANY_SPACE.sub(" ", self.subject.render(needed)).strip()
        literal = {
            name: value if name in MANY_LINES else _never_a_block(value) for name, value in needed.items()
        }
        text = _squeezed(self.body.render(literal))
        return _bounded(subject, LONGEST_SUBJECT, "subject"), _bounded(text, LONGEST_EMAIL, "email")


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """An email as it is handed over: one-line subject, plain text, and a whole HTML document."""

    subject: str
    text: str
    html: str


def check_text(source: str, allowed: frozenset[str]) -> None:
    """Refuses what `compile_text` refuses; who only wants to know that saves most of its time."""
    _checked(source, allowed)


def check_email(source: str, allowed: frozenset[str]) -> None:
    """Refuses what `compile_email` refuses."""
    for part in _parts(source):
        _checked(part, allowed)


def compile_text(source: str, allowed: frozenset[str]) -> CompiledText:
    """A text template ready to render many times; TemplateRefusedError says what is not allowed, and where."""
    template, variables = _compiled(source, allowed)
    return CompiledText(template, variables)


def compile_email(source: str, allowed: frozenset[str]) -> CompiledEmail:
    """As `compile_text`, for a file that begins with "Subject: …", then a blank line, then the message."""
    subject_source, body_source = _parts(source)
    subject, in_subject = _compiled(subject_source, allowed)
    body, in_body = _compiled(body_source, allowed)
    return CompiledEmail(subject, body, in_subject | in_body)


def _parts(source: str) -> tuple[str, str]:
    """Subject and body, each compiled for itself so that no condition spans both."""
    start = _SUBJECT.match(source)
    if not start:
        raise TemplateRefusedError('an email begins with "Subject: " and its subject, then a blank line')
    first, _, rest = source.partition("\n")
    if rest.partition("\n")[0].strip():
        raise TemplateRefusedError("after the subject comes a blank line, then the message", 2)
    # The padding keeps every place as in the file.
    return " " * start.end() + first[start.end() :], "\n" + rest


@lru_cache(maxsize=KEPT_COMPILED)
def _compiled(source: str, allowed: frozenset[str]) -> tuple[Template, frozenset[str]]:
    variables = _checked(source, allowed)
    return make_environment().from_string(source), variables


@lru_cache(maxsize=KEPT_COMPILED)
def _checked(source: str, allowed: frozenset[str]) -> frozenset[str]:
    """The variables of a source that nothing is wrong with; TemplateRefusedError otherwise."""
    variables = check_syntax(make_environment(), source, allowed)
    if not source.strip():
        raise TemplateRefusedError("the message is empty; write what people should get")
    return variables


def render_text(compiled: CompiledText, values: Mapping[str, str], language: str = "en") -> str:
    """The text as it is handed over."""
    return _led(_numbers_kept(compiled.render(latin_kept(values, language)), language), language)


def render_email(
    compiled: CompiledEmail, values: Mapping[str, str], language: str, *, large_print: bool = False
) -> RenderedEmail:
    """Subject, text and HTML; only addresses under the value of `public_url` become links."""
    subject, text = (
        _led(_numbers_kept(part, language), language)
        for part in compiled.render(latin_kept(values, language))
    )
    html_ = email_html(
        text,
        subject=subject,
        language=language,
        link_base=values.get("public_url", ""),
        large_print=large_print,
    )
    return RenderedEmail(subject, text, html_)


def latin_kept(values: Mapping[str, str], language: str) -> Mapping[str, str]:
    """In a right-to-left message an address such as "12 High Street (B)" stays in its own order: marks hold its ends.

    A web address gets none: it would be copied with them.
    """
    if text_direction(language) == "ltr":
        return values
    return {
        name: f"{_LEFT_TO_RIGHT}{value}{_LEFT_TO_RIGHT}"
        if _LATIN.search(value) and name not in MANY_LINES and name not in NO_MARKS
        else value
        for name, value in values.items()
    }


def _numbers_kept(text: str, language: str) -> str:
    """In a right-to-left message the groups of "020 7946 0000" would change places; a no-break space holds them."""
    return text if text_direction(language) == "ltr" else _NUMBER_WITH_GAP.sub(_NO_BREAK_SPACE, text)


def _led(text: str, language: str) -> str:
    """A phone takes the direction of a line from its first letter: a mark leads one that begins with a Latin name."""
    if text_direction(language) == "ltr":
        return text
    return "\n".join(map(_led_line, text.split("\n")))


def _led_line(line: str) -> str:
    kinds = [kind for kind in map(unicodedata.bidirectional, line) if kind in ("L", "R", "AL")]
    if kinds[:1] != ["L"] or not {"R", "AL"} & set(kinds):
        return line
    sign = _LIST_SIGN.match(line)
    begins = sign.end() if sign else 0
    return f"{line[:begins]}{_RIGHT_TO_LEFT}{line[begins:]}"


def email_html(
    text: str, *, subject: str, language: str, link_base: str = "", large_print: bool = False
) -> str:
    """The HTML document for an email's plain text, so that a stored message gives the same HTML again.

    Of Markdown only paragraphs, headings and lists are read: nothing inside a line is markup, so no name can be.
    Language and direction also stand within the body, since some mail programs keep nothing else.
    """
    size = LARGE_PRINT if large_print else PRINT
    tongue = f'lang="{html.escape(language)}" dir="{text_direction(language)}"'
    body = email_body(text, link_base)
    return (
        f"<!doctype html>\n<html {tongue}>\n"
        f'<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(subject)}</title></head>\n"
        f'<body style="font: {size}px/1.5 Arial, sans-serif; color: #212b32; background: #ffffff; margin: 0">\n'
        f'<main {tongue} style="max-width: 36em; margin: 0 auto; padding: 16px">\n{body}</main>\n</body>\n</html>\n'
    )


def text_direction(language: str) -> str:
    """Which way this language (BCP 47) is written: "ltr" or "rtl"."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def tidy(name: str, value: str) -> str:
    """A value on one line, or on several where it is meant to have them; without anything that cannot be seen."""
    if value.isprintable() and "  " not in value:  # nearly always
        return value.strip()
    value = _NEVER.sub("", value)
    if name in MANY_LINES:
        return "\n".join(_ANY_SPACE.sub(" ", line).strip() for line in value.split("\n"))
    return _ANY_SPACE.sub(" ", value).strip()


def _needed(variables: frozenset[str], values: Mapping[str, str]) -> list[tuple[str, str]]:
    missing = sorted(variables - values.keys())
    if missing:
        raise RefusedError(f"no value for {', '.join(missing)}: the message is not sent with a gap in it")
    return [(name, values[name]) for name in variables]


def _never_a_block(value: str) -> str:
    """A name such as "- Bo" stays what it is, even where it begins a line: an invisible sign keeps it from a list."""
    return _WORD_JOINER + value if STARTS_A_BLOCK.match(value) else value


def _squeezed(text: str) -> str:
    """Closes the gaps that an {% if %} leaves: double spaces and more than one empty line."""
    text = _GAP.sub(" ", text.strip()) if "  " in text else text.strip()
    return _EMPTY_LINES.sub("\n\n", _END_OF_LINE.sub("", text)) if "\n" in text else text


def _bounded(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise RefusedError(
            f"the {what} would have {len(text)} characters, more than {longest}; shorten the template"
        )
    return text
