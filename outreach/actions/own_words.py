"""Which messages can go to somebody in their own language, and what to record where one goes in English instead."""

from collections.abc import Collection
from types import SimpleNamespace

from outreach.models.base import AnyRow
from outreach.models.person import Person
from outreach.rules.tongues import language_name
from outreach.vocabulary import Channel

Name = tuple[str, str, Channel]
"""(key, language, channel) of a template."""


def own_words(
    person: Person | AnyRow | SimpleNamespace, template: str, usable: Collection[Name]
) -> frozenset[Channel]:
    """The channels on which this template may be sent in the person's language, or its base; English is none."""
    base = base_of(person.language)
    if base == "en":
        return frozenset()
    wanted = {person.language, base}
    return frozenset(
        channel for channel in Channel if any((template, language, channel) in usable for language in wanted)
    )


def wanted_instead(person_language: str, language: str) -> str | None:
    """The person's language where the words are in another; None where they are in it."""
    return None if base_of(person_language) == base_of(language) else person_language


def fallback_reason(wanted_language: str | None) -> str:
    """Why a message went in English, for people to read; blank where it did not."""
    if not wanted_language:
        return ""
    return f"in English: its words in {language_name(wanted_language)} are not approved yet"


def base_of(language: str) -> str:
    """The language without script and region: "pt" for "pt-BR"."""
    return language.partition("-")[0]
