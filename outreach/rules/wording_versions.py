"""A message template with everything that people could get of it, as the linter looks at it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from outreach.rules.rendering import (
    PLAIN,
    CompiledEmail,
    CompiledText,
    compile_email,
    compile_text,
    latin_kept,
)
from outreach.rules.variables import VARIABLES
from outreach.rules.wording_phrases import Severity
from outreach.vocabulary import Channel, Purpose

LOCK_SCREEN = 50
"""Characters that a locked phone shows of a message, at the least; of an email the subject as well."""

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)

ANSWERS_WITH_LINES = frozenset(
    {
        "answers/could-not-reach",
        "answers/crisis-lines",
        "answers/opted-out",
        "answers/reply-received-with-lines",
        "answers/unmatched",
        "groups/thank-you",
    }
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A template as it would be saved."""

    key: str
    language: str
    channel: Channel
    source: str


@dataclass(frozen=True, slots=True)
class Use:
    """What a template is for. `texts_a_year` is how many of it go out, for the price."""

    purpose: Purpose
    first_contact: bool = False
    texts_a_year: int = 1_000

    def needs_lines(self, key: str) -> bool:
        """Check-ins and support touch on how somebody feels, so they always carry the crisis lines."""
        return self.purpose in (Purpose.CHECK_IN, Purpose.SUPPORT) or key in ANSWERS_WITH_LINES


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change (error) or to think about (warning), and where it stands."""

    code: str
    severity: Severity
    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Wordings:
    """A draft with one version for each answer to its conditions. `prose` is its source with the braces blanked out.

    `seen_first` is what a locked phone shows, also with the shortest values, which let more of it show.
    `introduced` is for people who have heard from us, `first` for the others (empty where it makes no difference).
    """

    draft: Draft
    use: Use
    longest: Mapping[str, str]
    pence: Decimal
    variables: frozenset[str]
    prose: str
    introduced: tuple[str, ...]
    first: tuple[str, ...]
    seen_first: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every version."""
        return self.introduced + self.first

    @property
    def is_text(self) -> bool:
        """Not an email."""
        return self.draft.channel is Channel.SMS

    @property
    def is_english(self) -> bool:
        """The lists of phrases are in its language."""
        return self.draft.language.partition("-")[0] == "en"

    def finding(self, code: str, message: str, at: int | str = 0, severity: Severity = "error") -> Finding:
        """At an offset of the source, or where a word stands in it."""
        offset = max(self.draft.source.find(at), 0) if isinstance(at, str) else at
        before = self.draft.source[:offset]
        return Finding(code, severity, message, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def wordings_of(draft: Draft, use: Use, longest: Mapping[str, str], pence: Decimal) -> Wordings:
    """The draft in all its versions. Raises TemplateRefusedError or RefusedError."""
    if draft.channel is Channel.SMS:
        longest = {name: value.translate(PLAIN) for name, value in longest.items()}
    shortest = {name: value[:1] for name, value in longest.items()}
    longest = latin_kept(longest, draft.language)
    compile_ = compile_text if draft.channel is Channel.SMS else compile_email
    compiled = compile_(draft.source, frozenset(VARIABLES))
    introduced = list(versions(compiled, {**longest, "first_message": ""}))
    first = list(versions(compiled, longest)) if "first_message" in compiled.variables else []
    seen = [*introduced, *first, *versions(compiled, shortest)]
    return Wordings(
        draft,
        use,
        longest,
        pence,
        compiled.variables,
        _TAG.sub(lambda tag: re.sub(r"[^\n]", " ", tag[0]), draft.source),
        tuple(text for _, text in introduced),
        tuple(text for _, text in first),
        tuple(shown for subject, text in seen for shown in (subject, text[:LOCK_SCREEN])),
    )


def versions(compiled: CompiledText | CompiledEmail, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(subject, text) for every choice of the optional variables being empty or not; `first_message` is given."""
    optional = sorted(
        name
        for name in compiled.variables
        if VARIABLES[name].optional and name != "first_message" and values[name]
    )
    for kept in product((True, False), repeat=len(optional)):
        blank = {name: "" for name, keep in zip(optional, kept, strict=True) if not keep}
        rendered = compiled.render({**values, **blank})
        yield rendered if isinstance(rendered, tuple) else ("", rendered)
