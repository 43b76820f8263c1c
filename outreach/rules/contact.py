"""How a person may be reached, and why not."""

from dataclasses import dataclass
from datetime import date

from outreach.vocabulary import Channel, NotAsked, NumberIs, PreferredChannel, Purpose

ADULT = 18

NOWHERE = "no usable mobile number or email: letter or phone"
CHANNEL_NAMES = {Channel.SMS: "texts", Channel.EMAIL: "emails"}


@dataclass(frozen=True, slots=True)
class Reachability:
    """What decides whether and how one person may be written to. Unknown addresses are None, as is "never asked"."""

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


@dataclass(frozen=True, slots=True)
class Route:
    """The channel to use, or None and the reason, in words without personal data."""

    channel: Channel | None
    reason: str


def route(facts: Reachability, purpose: Purpose, not_asked: NotAsked, on: date) -> Route:
    """How a message of this purpose may reach the person on this local day."""
    if facts.deceased:
        return Route(None, "the person has died")
    if purpose.is_at_any_hour:
        return _answer_route(facts)
    stopped = _stopped(facts, on)
    if stopped:
        return Route(None, stopped)
    reasons = []
    for channel in _wanted(facts):
        reason = _why_not(facts, channel, purpose, not_asked)
        if reason is None:
            return Route(channel, "")
        reasons.append(reason)
        if _has_opted_out(facts, channel, purpose):
            break  # stopping texts opens a letter-or-phone route, not emails instead
    return Route(None, "; ".join(dict.fromkeys(reasons)))


def _answer_route(facts: Reachability) -> Route:
    """Somebody who wrote gets an answer whatever they stopped, and rather at a doubtful address than not at all."""
    reachable = [channel for channel in _wanted(facts) if _address(facts, channel)]
    working = [channel for channel in reachable if channel not in facts.unusable]
    channel = next(iter(working or reachable), None)
    return Route(channel, "" if channel else NOWHERE)


def _stopped(facts: Reachability, on: date) -> str:
    """Why nothing automatic goes to this person at all; blank when something may."""
    if facts.do_not_contact:
        return "marked do-not-contact"
    if facts.closed:
        return "the referral is closed"
    if facts.date_of_birth and is_under_18(facts.date_of_birth, on):
        return "under 18 on the day: staff decide how to be in touch"
    if facts.number_is is NumberIs.SHARED:
        return "the number is shared with somebody: staff decide how to be in touch"
    if facts.number_is is NumberIs.CARER:
        return "the number is a carer's: staff decide how to be in touch"
    if facts.preferred is PreferredChannel.LETTER:
        return "has asked for letters"
    if facts.preferred is PreferredChannel.PHONE:
        return "has asked to be rung"
    if not any(_address(facts, channel) and channel not in facts.unusable for channel in Channel):
        return NOWHERE
    return ""


def _wanted(facts: Reachability) -> tuple[Channel, ...]:
    if facts.preferred is PreferredChannel.EMAIL:
        return (Channel.EMAIL, Channel.SMS)
    return (Channel.SMS, Channel.EMAIL)


def _why_not(facts: Reachability, channel: Channel, purpose: Purpose, not_asked: NotAsked) -> str | None:
    """Why this channel cannot carry this purpose; None when it can."""
    names = CHANNEL_NAMES[channel]
    safe = facts.safe_to_text if channel is Channel.SMS else facts.safe_to_email
    if not _address(facts, channel):
        return "no usable mobile number" if channel is Channel.SMS else "no usable email address"
    if channel in facts.unusable:
        return f"{names} to this address do not arrive"
    if _has_opted_out(facts, channel, purpose):
        return f"has opted out of {names}"
    if safe is False:
        return f"{names} are not safe for this person"
    if safe is None and not_asked is NotAsked.NONE:
        return f"was never asked whether {names} are safe: nothing is sent"
    if safe is None and not_asked is NotAsked.APPOINTMENTS and purpose is not Purpose.APPOINTMENT:
        return f"was never asked whether {names} are safe: only appointment messages are sent"
    return None


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
