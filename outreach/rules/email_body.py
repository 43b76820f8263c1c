"""The inside of an email's HTML, from its plain text: a few harmless tags, whatever the text holds.

Of Markdown only paragraphs, headings and lists are read: nothing inside a line is markup, so no name can be.
"""

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

STARTS_A_BLOCK = re.compile(r"[-+*#]|\d+[.)]")
"""A line that begins like this may be a heading or belong to a list."""

_BETWEEN_BLOCKS = re.compile(r"\n\n(?=[A-Z])")
"""A paragraph that begins with a capital letter goes on with nothing before it; a list might."""


def email_body(text: str, link_base: str = "") -> str:
    """The inside of an email's document; only addresses under `link_base` become links."""
    return "".join([_part(part, link_base) for part in _BETWEEN_BLOCKS.split(text)])


@lru_cache(maxsize=512)
def _part(text: str, link_base: str) -> str:
    """Part of a body; most parts are the same in every email from one template, and are made once."""
    return _plain_paragraph(text, link_base) or _any_part(text, link_base)


def _plain_paragraph(text: str, link_base: str) -> str:
    """A paragraph in which nothing can be markup, as the long way would make it; blank for anything else.

    Greetings and links of one's own differ in every email, and the long way takes as long as all the rest.
    """
    lines, ours = text.split("\n"), _ours(link_base)
    if (ours and not link_base.startswith(("https://", "http://"))) or not all(map(_is_plain, lines)):
        return ""
    escaped = [html.escape(line) for line in lines]
    shown = "<br>\n".join([ours.sub(_link, line) for line in escaped] if ours else escaped)
    # Outside of a tag quotes stand for themselves, and no address of ours holds one.
    return f"<p>{shown.replace('&quot;', chr(34)).replace('&#x27;', chr(39))}</p>\n"


def _is_plain(line: str) -> bool:
    """One whole line of a paragraph: nothing invisible, no sign of a list or a heading, no blanks at its ends."""
    return line.isprintable() and line == line.strip() and line != "" and not STARTS_A_BLOCK.match(line)


def _link(found: re.Match[str]) -> str:
    return f'<a href="{found[0]}">{found[0]}</a>'


def _any_part(text: str, link_base: str) -> str:
    """Any part of a body, through Markdown and what keeps out everything but a few tags."""
    return nh3.clean(
        _markdown(link_base).render(text),
        tags={"p", "br", "ul", "ol", "li", "h1", "h2", "h3", "a"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )


@lru_cache(maxsize=8)
def _ours(link_base: str) -> re.Pattern[str] | None:
    """Finds addresses of ours in text that is escaped."""
    if not link_base:
        return None
    return re.compile(rf"{re.escape(html.escape(link_base))}(?=[/\s]|$)[\w/-]*")


@lru_cache(maxsize=8)
def _markdown(link_base: str) -> MarkdownIt:
    """Reads paragraphs, headings and lists; makes links of addresses under `link_base` and of nothing else."""
    markdown = MarkdownIt("zero", {"html": False, "breaks": True})
    markdown.enable(["heading", "list", "newline"])
    ours = _ours(link_base)

    def show_text(_: Any, tokens: Sequence[Token], index: int, __: OptionsDict, ___: EnvType) -> str:
        escaped = html.escape(tokens[index].content)
        return ours.sub(_link, escaped) if ours else escaped

    markdown.add_render_rule("text", show_text)
    return markdown
