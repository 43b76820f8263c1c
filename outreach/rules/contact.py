"""How a person may be reached, and why not."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from outreach.rules.adjustments import in_words, instead_of, lacks, read_formats
from outreach.vocabulary import Channel, Instead, NotAsked, NumberIs, PreferredChannel, Purpose

ADULT = 18

NOWHERE = "no usable mobile number or email: letter or phone"
NEEDS_INTERPRETER = "needs an interpreter, and this message cannot go in their own language"
CHANNEL_NAMES = {Channel.SMS: "texts", Channel.EMAIL: "emails"}


@dataclass(frozen=True, slots=True)
class Reachability:
    """What decides whether and how one person may be written to. Unknown addresses are None, as is "never asked".

    `format` is what they need in order to read us, as the list writes it; `suits` holds the channels that they have
    told staff suit them all the same.
    """

    mobile: str | None
    email: str | None
    preferred: PreferredChannel | None
    safe_to_text: bool | None
    safe_to_email: bool | None
    number_is: NumberIs
    date_of_birth: date | None
    opted_out: frozenset[tuple[Channel | None, Purpose | None]]
    unusable: frozenset[Channel]
    deceased: bool
    do_not_contact: bool
    closed: bool
    interpreter: bool
    format: str | None
    suits: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """The channel to use, or None and the reason, in words without personal data.

    `instead` says what is then done for the person: a letter or a call. It is None where nothing is, because nothing
    may reach them, they do not want this kind of message, or staff decide about them first.
    """

    channel: Channel | None
    reason: str
    instead: Instead | None = None


def route(
    facts: Reachability,
    purpose: Purpose,
    not_asked: NotAsked,
    on: date,
    own_words: AbstractSet[Channel] = frozenset(),
    *,
    only: Channel | None = None,
) -> Route:
    """How a message of this purpose may reach the person on this local day.

    `own_words` are the channels on which the message may be sent in the person's own language, other than English.
    Somebody who needs an interpreter is written to in no other. `only` is the channel the words were written for.
    """
    if facts.deceased:
        return Route(None, "the person has died")
    if purpose.is_at_any_hour:
        return _answer_route(facts)
    stopped = _stopped(facts, on) or _needs_another_form(facts, own_words) or _asked_for(facts)
    if stopped:
        unwanted = stopped.instead and any(kind is purpose for _, kind in facts.opted_out)
        return Route(None, "has opted out of messages of this kind") if unwanted else stopped
    reasons: list[Route] = []
    for channel in (only,) if only else _wanted(facts):
        reason = _why_not(facts, channel, purpose, not_asked, own_words)
        if reason is None:
            return Route(channel, "")
        reasons.append(reason)
        if _has_opted_out(facts, channel, purpose):
            break  # stopping texts opens a letter-or-phone route, not emails instead
    return Route(None, "; ".join(dict.fromkeys(each.reason for each in reasons)), _weightiest(reasons))


def _answer_route(facts: Reachability) -> Route:
    """Somebody who wrote gets an answer whatever they stopped, and rather at a doubtful address than not at all."""
    reachable = [channel for channel in _wanted(facts) if _address(facts, channel)]
    working = [channel for channel in reachable if channel not in facts.unusable]
    channel = next(iter(working or reachable), None)
    return Route(channel, "" if channel else NOWHERE)


def _stopped(facts: Reachability, on: date) -> Route | None:
    """Nothing at all goes to this person by itself, on paper neither."""
    if facts.do_not_contact:
        return Route(None, "marked do-not-contact")
    if facts.closed:
        return Route(None, "the referral is closed")
    undecided = left_to_staff(facts.date_of_birth, facts.number_is, facts.preferred, on)
    return Route(None, undecided) if undecided else None


def left_to_staff(
    born: date | None, number_is: NumberIs, preferred: PreferredChannel | None, on: date
) -> str:
    """Why nothing goes by itself until staff have decided how to be in touch; blank where messages may go."""
    if born and is_under_18(born, on):
        return "under 18 on the day: staff decide how to be in touch"
    if preferred in (PreferredChannel.LETTER, PreferredChannel.PHONE):
        return ""
    if number_is is NumberIs.SHARED:
        return "the number is shared with somebody: staff decide how to be in touch"
    if number_is is NumberIs.CARER:
        return "the number is a carer's: staff decide how to be in touch"
    return ""


def _needs_another_form(facts: Reachability, own_words: AbstractSet[Channel]) -> Route | None:
    """No channel can give this person what they need in order to read us."""
    if facts.interpreter and not own_words:
        return Route(None, NEEDS_INTERPRETER, Instead.CALL)
    formats = read_formats(facts.format or "")
    if not formats:
        return None
    missing = [lacks(formats, channel) for channel in Channel if channel not in facts.suits]
    if len(missing) == len(Channel) and all(missing):
        return Route(
            None, f"needs {' and '.join(in_words(each) for each in sorted(formats))}", instead_of(formats)
        )
    return None


def _asked_for(facts: Reachability) -> Route | None:
    """Paper or phone, by their own wish or because nothing else is known."""
    if facts.preferred is PreferredChannel.LETTER:
        return Route(None, "has asked for letters", Instead.LETTER)
    if facts.preferred is PreferredChannel.PHONE:
        return Route(None, "has asked to be rung", Instead.CALL)
    if not any(_address(facts, channel) and channel not in facts.unusable for channel in Channel):
        return Route(None, NOWHERE, Instead.LETTER)
    return None


def _wanted(facts: Reachability) -> tuple[Channel, ...]:
    if facts.preferred is PreferredChannel.EMAIL:
        return (Channel.EMAIL, Channel.SMS)
    return (Channel.SMS, Channel.EMAIL)


def _why_not(
    facts: Reachability,
    channel: Channel,
    purpose: Purpose,
    not_asked: NotAsked,
    own_words: AbstractSet[Channel],
) -> Route | None:
    """Why this channel cannot carry this purpose, and what is done instead; None when it can."""
    names = CHANNEL_NAMES[channel]
    safe = facts.safe_to_text if channel is Channel.SMS else facts.safe_to_email
    if not _address(facts, channel):
        missing = "no usable mobile number" if channel is Channel.SMS else "no usable email address"
        return Route(None, missing, Instead.LETTER)
    if channel in facts.unusable:
        return Route(None, f"{names} to this address do not arrive", Instead.LETTER)
    if _has_opted_out(facts, channel, purpose):
        stopped_all = any(kind is None and by in (None, channel) for by, kind in facts.opted_out)
        return Route(None, f"has opted out of {names}", Instead.LETTER if stopped_all else None)
    if safe is False:
        return Route(None, f"{names} are not safe for this person", Instead.CALL)
    if safe is None and not_asked is NotAsked.NONE:
        return Route(None, f"was never asked whether {names} are safe: nothing is sent")
    if safe is None and not_asked is NotAsked.APPOINTMENTS and purpose is not Purpose.APPOINTMENT:
        return Route(None, f"was never asked whether {names} are safe: only appointment messages are sent")
    if facts.interpreter and channel not in own_words:
        return Route(None, NEEDS_INTERPRETER, Instead.CALL)
    unmet = lacks(read_formats(facts.format or ""), channel) if channel not in facts.suits else None
    if unmet:
        return Route(
            None, f"needs {in_words(unmet)}, which {names} cannot give", instead_of(frozenset({unmet}))
        )
    return None


def _weightiest(reasons: list[Route]) -> Instead | None:
    """A call where any reason asks for one; nothing where a channel only waits for the person's word."""
    wanted = {each.instead for each in reasons}
    if Instead.CALL in wanted:
        return Instead.CALL
    return None if None in wanted else Instead.LETTER


def _address(facts: Reachability, channel: Channel) -> str | None:
    return facts.mobile if channel is Channel.SMS else facts.email


def _has_opted_out(facts: Reachability, channel: Channel, purpose: Purpose) -> bool:
    return any(
        stopped_channel in (None, channel) and stopped_purpose in (None, purpose)
        for stopped_channel, stopped_purpose in facts.opted_out
    )


def is_under_18(born: date, on: date) -> bool:
    """Not yet 18 on this day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) < ADULT
