"""Reads a reply into independent findings; it can only make reading by a person faster, never unnecessary."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from outreach.rules.reading_fold import Folded, is_foreign_script, spellings, views
from outreach.rules.reading_lexicon import Lexicon
from outreach.rules.reading_match import Hit, find, find_unless, is_familiar, meanings
from outreach.rules.reading_quote import own_words
from outreach.vocabulary import Channel, Purpose, Reading

LONGEST_END = 4_000
"""Characters read from each end of a reply; a longer one (only an email can be) also needs a reader."""

BURST = 3
"""This many texts within ten minutes need a reader."""

WORDS_OF_A_SENTENCE = 4
"""Below this many words nothing can be said about the language."""

FAMILIAR_SHARE = 0.5
"""A longer reply with a smaller share of familiar words is in a language that the lexicon does not know."""

ONLY_WHEN_ASKED = frozenset({Reading.JOINS, Reading.DECLINES})
"""Readings that a bare "yes" or "no" amounts to while a question of ours is open, and never otherwise."""

NOTHING_ASKED: AbstractSet[Reading] = frozenset()

_CARRIER_WORDS = {"STOP": Reading.OPT_OUT, "START": Reading.OPT_IN, "HELP": Reading.POSSIBLE_CRISIS}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was understood of one reply.

    `matched` holds (group, words) for staff to see why; these are the person's own words, as private as the reply.
    `opt_out_scope` is the (channel, purpose) that an opt-out named; None in it means "not named": the caller decides.
    `fault` is the type of the error when reading failed.
    """

    readings: frozenset[Reading]
    matched: tuple[tuple[str, str], ...] = ()
    opt_out_scope: tuple[Channel | None, Purpose | None] = (None, None)
    fault: str | None = None


def read_safely(
    text: str,
    *,
    lexicon: Lexicon,
    channel: Channel,
    media: int = 0,
    recent: int = 0,
    carrier_opt_out: str | None = None,
    expecting_survey: bool = False,
    asked: AbstractSet[Reading] = NOTHING_ASKED,
    ours: str = "",
) -> Findings:
    """As `read_reply`, but never raises: whatever goes wrong, a person reads the reply at crisis speed."""
    try:
        return read_reply(
            text,
            lexicon=lexicon,
            channel=channel,
            media=media,
            recent=recent,
            carrier_opt_out=carrier_opt_out,
            expecting_survey=expecting_survey,
            asked=asked,
            ours=ours,
        )
    except Exception as error:  # noqa: BLE001 a reply that breaks the reader must still reach a person; the caller logs `fault`
        return Findings(frozenset({Reading.NEEDS_READER}), fault=type(error).__name__)


def read_reply(
    text: str,
    *,
    lexicon: Lexicon,
    channel: Channel,
    media: int = 0,
    recent: int = 0,
    carrier_opt_out: str | None = None,
    expecting_survey: bool = False,
    asked: AbstractSet[Reading] = NOTHING_ASKED,
    ours: str = "",
) -> Findings:
    """The findings of one reply.

    `recent` counts the other texts from this sender in the last ten minutes; `carrier_opt_out` is what the carrier
    acted on itself (STOP, START or HELP); `expecting_survey` says that our last message asked a survey question.
    `asked` holds those of `ONLY_WHEN_ASKED` that a question of ours is open for. `ours` is what we emailed them
    lately: their mail program quotes it, and nobody means it.
    """
    own = own_words(text, ours) if channel is Channel.EMAIL else text
    texts = views(bounded(own))
    seen = [(folded, _hits(lexicon, folded, expecting_survey, asked)) for folded in texts]
    carrier = (carrier_opt_out or "").strip().upper()
    found = [(hit.group.reading, hit.group.name, hit.words(folded)) for folded, hits in seen for hit in hits]
    reasons = _reasons(own, texts[0], lexicon, media, recent, understood=bool(found))
    found += [(Reading.NEEDS_READER, "needs reader", why) for why in reasons]
    if carrier in _CARRIER_WORDS:
        found.append((_CARRIER_WORDS[carrier], "carrier", carrier))
    return Findings(
        readings=frozenset(reading for reading, _, _ in found),
        matched=tuple(dict.fromkeys((name, words) for _, name, words in found)),
        opt_out_scope=(None, None) if carrier == "STOP" else _one_scope(seen),
    )


def finds_danger(reader: Callable[..., Findings]) -> bool:
    """The reader still finds what nobody could miss: one that is broken or empty must not pass for calm news."""
    try:
        found = reader(
            "I want to kill myself",
            channel=Channel.SMS,
            media=0,
            recent=0,
            carrier_opt_out=None,
            expecting_survey=False,
        )
    except Exception:  # noqa: BLE001 a reader that raises finds nothing; each reply says so by its own `fault`
        return False
    return Reading.POSSIBLE_CRISIS in found.readings


def bounded(text: str) -> str:
    """The first and the last characters of a long text."""
    if len(text) <= 2 * LONGEST_END:
        return text
    return f"{text[:LONGEST_END]}\n{text[-LONGEST_END:]}"


def _hits(lexicon: Lexicon, folded: Folded, expecting_survey: bool, asked: AbstractSet[Reading]) -> list[Hit]:
    """What was found in one view, less the harmless uses; nothing is ever taken off a crisis finding."""
    meant = meanings(lexicon, folded)
    hits = [
        hit
        for hit in find(lexicon, folded, meant)
        if (expecting_survey or not hit.group.when_expecting_survey)
        and (hit.group.reading in asked or hit.group.reading not in ONLY_WHEN_ASKED)
    ]
    harmless = {  # looked for only where there is something to take back, which in most replies there is not
        reading: {place for span in find_unless(lexicon.unless[reading], folded, meant) for place in span}
        for reading in lexicon.unless.keys() & {hit.group.reading for hit in hits if not hit.whole}
    }
    return [hit for hit in hits if hit.whole or hit.start not in harmless.get(hit.group.reading, ())]


def _one_scope(seen: Iterable[tuple[Folded, list[Hit]]]) -> tuple[Channel | None, Purpose | None]:
    """What the opt-out named, if every part of it named the same; anything wider or mixed is not narrowed."""
    scopes = set()
    for folded, hits in seen:
        stops = [hit for hit in hits if hit.group.reading is Reading.OPT_OUT]
        scoped = [
            hit for hit in stops if (hit.group.channel or hit.group.purpose) and not hit.crosses(folded)
        ]
        scopes |= {(hit.group.channel, hit.group.purpose) for hit in scoped}
        scopes |= {(None, None) for hit in stops if not _is_covered(hit, scoped)}
    channels = {channel for channel, _ in scopes}
    purposes = {purpose for _, purpose in scopes}
    return (channels.pop() if len(channels) == 1 else None, purposes.pop() if len(purposes) == 1 else None)


def _is_covered(hit: Hit, scoped: list[Hit]) -> bool:
    """The hit is, or shares words with, one that names what to stop."""
    return any(hit is other or (hit.start < other.end and other.start < hit.end) for other in scoped)


def _reasons(
    text: str, folded: Folded, lexicon: Lexicon, media: int, recent: int, *, understood: bool
) -> Iterable[str]:
    """Why a person must read this at once, whatever the words say."""
    if media:
        yield "media"
    if recent + 1 >= BURST:
        yield "several texts in ten minutes"
    if len(text) > 2 * LONGEST_END:
        yield "too long"
    if folded.damaged or not folded.words:
        yield "unreadable"
    elif _is_unfamiliar(folded, lexicon) or (not understood and _is_foreign(folded, lexicon)):
        yield "unknown language"


def _is_unfamiliar(folded: Folded, lexicon: Lexicon) -> bool:
    """Mostly another script, or a sentence with few words that we know: no statistics, so slang does not upset it."""
    words = _with_letters(folded)
    if 2 * sum(map(is_foreign_script, words)) > len(words):
        return True
    known = sum(bool(spellings(word) & lexicon.known) for word in words)
    return len(words) >= WORDS_OF_A_SENTENCE and known < FAMILIAR_SHARE * len(words)


def _is_foreign(folded: Folded, lexicon: Lexicon) -> bool:
    """A reply of which nothing was understood holds an everyday word of another language, or no word that we know.

    Without this, two or three words in Polish, Somali or romanised Urdu would wait like small talk.
    """
    words = _with_letters(folded)
    if any(spellings(word) & lexicon.foreign - lexicon.known for word in words):
        return True
    return 0 < len(words) < WORDS_OF_A_SENTENCE and not any(is_familiar(lexicon, word) for word in words)


def _with_letters(folded: Folded) -> list[str]:
    return [word for word in folded.words if any(char.isalpha() for char in word)]
