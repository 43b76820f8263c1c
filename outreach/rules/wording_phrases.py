"""The words that a message must not hold, each list with its reason."""

import re
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

CARRIER_WORDS = (
    "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP", "HELP", "INFO",
)  # fmt: skip
"""Carriers act on these themselves: the reply would stop or restart all texts, or get the carrier's own answer."""

OUR_WORDS = ("TALK", "LATER", "CHANGE", "JOIN")
"""What we may ask people to reply. STOP is not among them: it is a right that is named beside any request."""

NEVER_IN_A_TEXT = re.compile(
    r"\b(?:psycho\w*|therap\w*|diagnos\w*|mental\w*|counsel+ing|suicid\w*|self[- ]?harm\w*|depress\w*|bipolar|"
    r"psychiat\w*|trauma\w*)\b",
    re.IGNORECASE,
)
"""Some phones show a whole text while locked: a partner, child or employer must not learn from one that the person is
waiting for therapy, or why. Crisis lines name numbers, not reasons, and pass."""

NEVER_AT_FIRST_SIGHT = re.compile(
    NEVER_IN_A_TEXT.pattern
    + r"|\b(?:assessments?|crisis|treatment|anxi\w*|disorders?|peer|urgent help|999)\b",
    re.IGNORECASE,
)
"""Nearly every phone shows the first line, and an email's subject: there, nothing may hint at health care of a kind
that people are judged for. "NHS" alone is the same for a flu jab."""

_PRIVATE_IN = {
    "ar": r"نفسي|علاج|معالج|اكتئاب|انتحار|تشخيص",
    "cy": r"\bseico\w*|\btherap\w*|\bhunanladd\w*|\biselder\b",
    "pl": r"\bpsych\w*|\bterap\w*|\bdepresj\w*|\bsamob[oó]j\w*|\bdiagnoz\w*|\bleczeni\w*",
    "so": r"\bdaaw\w*|\bnafsi\w*|\bdhimir\w*|\bisdil\w*",
    "ur": r"نفسیات|علاج|معالج|ذہنی|ڈپریشن|خودکشی|تشخیص",
}
_HINTS_IN = {
    "ar": r"تقييم|أزمة",
    "cy": r"\basesiad\w*|\bargyfwng\b|\bgorbryder\b",
    "pl": r"\bkryzys\w*|\blęk\w*|\bzaburze\w*",
    "so": r"\bqiimayn\w*|\bqiimeyn\w*",
    "ur": r"جائزہ|جائزے|بحران",
}
"""The same in the languages that we have words in; Arabic and Urdu put letters before and after a word's stem.
Machine drafts, which native speakers look over with the translations."""


def never_in_a_text(language: str) -> re.Pattern[str]:
    """What no text holds in this language (BCP 47), English words among it."""
    return _with(NEVER_IN_A_TEXT, _PRIVATE_IN.get(language.partition("-")[0].lower(), ""))


def never_at_first_sight(language: str) -> re.Pattern[str]:
    """What a locked phone never shows first in this language (BCP 47), English words among it."""
    base = language.partition("-")[0].lower()
    more = "|".join(filter(None, (_PRIVATE_IN.get(base), _HINTS_IN.get(base))))
    return _with(NEVER_AT_FIRST_SIGHT, more)


def _with(pattern: re.Pattern[str], more: str) -> re.Pattern[str]:
    return re.compile(f"{pattern.pattern}|{more}", re.IGNORECASE) if more else pattern


LINK = re.compile(
    r"\b(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|info|uk|co|ly|io|gov)\b(?:[./]\S*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way of speaking that the linter names. `instead` says why, and what to write."""

    code: str
    pattern: re.Pattern[str]
    instead: str
    severity: Severity = "error"


def _phrase(code: str, pattern: str, instead: str) -> Phrase:
    return Phrase(code, re.compile(pattern, re.IGNORECASE), instead)


_NOT = r"(?:did not|didn['’]?t)"
_CALL = r"(?:call|ring|phone|talk|speak|reach)"
_ANY_TIME = r"(?:any ?time|whenever|24/7|day (?:or|and) night|24 hours)"
_REPLY = r"\b(?:reply|text|send|answer|respond|type|write)\b"
_CARRIER = "|".join(CARRIER_WORDS)
_DAYS = "mon|tues|wednes|thurs|fri|satur|sun"
_NUMBER = r"(?:\d+|an?|one|two|three|four|five|six|seven|ten|fourteen|a few)"

PHRASES = (
    _phrase(
        "reserved-word",
        rf"{_REPLY}(?: back)?(?: with)?(?: the word)?:? [\"'‘“]?(?:{_CARRIER})\b"
        rf"|{_REPLY}[^.!?\n]*\b(?-i:{_CARRIER})\b",
        "phone companies act on this word themselves; ask for TALK, LATER or CHANGE",
    ),
    _phrase(
        "blame",
        rf"\bfail(?:ed|ing|s|ure)? to (?:attend|come|turn|show|arrive|engage)|\byou {_NOT} "
        r"(?:attend|come|turn|show|arrive|make|keep|engage)|\byou(?: have|['’]ve)? missed\b"
        r"|\bno[- ]shows?\b|\bnon[- ]attend|\b(?-i:DNA)\b|\byour fault\b|\bwast(?:ed?|ing)\b"
        r"|\blet (?:us|the team|others) down",
        'this blames; write "We missed you" or "We did not see you"',
    ),
    _phrase(
        "threat",
        r"\b(?:will|may|might|could|can) "
        r"(?:be (?:discharged|removed|taken off)|lose (?:your|their) (?:place|appointment))",
        "silence never costs anyone their place; say that it is safe",
    ),
    _phrase(
        "cost-shaming",
        r"\bcost(?:s|ing)? (?:the NHS|us|money|the service)|£ ?\d|\btax ?payers?\b|\bexpensive\b|\bNHS money\b",
        "money shames people and keeps them away; leave it out",
    ),
    _phrase(
        "dont-worry",
        r"\b(?:don['’]?t|do not|no need to|try not to|stop) worry(?:ing)?\b|\bnothing to worry about\b",
        "nobody stops worrying when told to; say what happens next",
    ),
    _phrase(
        "unfortunately", r"\bunfortunately\b|\bregrettably\b|\bwe regret\b", "say it plainly, or say sorry"
    ),
    _phrase(
        "any-time",
        rf"\b{_CALL}\b[^.!?\n]*\b{_ANY_TIME}|\b{_ANY_TIME}[^.!?\n]*\b{_CALL}\b",
        "the phone is not answered at any time; name the real hours or leave it out",
    ),
    _phrase(
        "always-here",
        r"\balways (?:be )?(?:here|there)\b|\bnever alone\b|\bhere for you (?:always|whenever|day)",
        "we are two half-time people; promise only what is true",
    ),
    _phrase(
        "relative-date",
        rf"\bin {_NUMBER} (?:hours?|days?|weeks?)\b|\btomorrow\b|\btoday\b|\btonight\b|\byesterday\b"
        rf"|\b(?:next|this) (?:week(?:end)?|month|morning|afternoon|evening|(?:{_DAYS})day)\b",
        "a message may arrive or be read later; name the weekday and date",
    ),
)
"""What is searched for in English templates."""

INTRODUCTION = {
    "who writes": re.compile(r"\bthis is\b|\bwe are\b|\bfrom\b", re.IGNORECASE),
    "that no answer is needed": re.compile(
        r"\b(?:no need to|need not|do not need to|don't need to) (?:answer|reply)", re.I
    ),
    "that it does not affect their place": re.compile(r"\b(?:your|any) place\b", re.IGNORECASE),
    "how to talk (TALK)": re.compile(r"\bTALK\b"),
    "how to stop (STOP)": re.compile(r"\bSTOP\b"),
}
"""What everyone's first message says."""
