"""Which activities fit a person, and how a message names them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from outreach.vocabulary import Access, ActivityKind, Channel

MOST = 2
"""One message names at most this many: a list is a leaflet, two are a suggestion."""

LONGEST_IN_A_TEXT = 75
"""Characters of one activity in a text."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One activity as the rules see it. No districts means anywhere; districts are such as "N1"."""

    id: str
    name: str
    kind: ActivityKind
    is_group: bool
    when: str
    place: str
    districts: frozenset[str]
    languages: frozenset[str]
    access: frozenset[Access]
    cost: str
    contact: str
    review_on: date


@dataclass(frozen=True, slots=True)
class Seeker:
    """What decides which activities fit a person. `needs` is what they cannot do without."""

    district: str
    language: str
    interpreter: bool
    needs: frozenset[Access] = frozenset()


def district_of(postcode: str) -> str:
    """The district of a UK postcode: "N1" of "N1 2AB"; blank where it cannot be told."""
    joined = "".join(postcode.upper().split())
    return joined[:-3] if len(joined) >= 5 else ""


def is_stale(offer: Offer, on: date) -> bool:
    """Nobody has looked at this entry since its review date: it may be over, or have moved."""
    return offer.review_on < on


def fits(offer: Offer, seeker: Seeker) -> bool:
    """Near enough, in a language that they speak, with everything that they cannot do without."""
    near = not offer.districts or seeker.district in offer.districts
    return near and _speaks(offer, seeker) and seeker.needs <= offer.access


def _speaks(offer: Offer, seeker: Seeker) -> bool:
    """Somebody who needs no interpreter gets by in English as well."""
    spoken = {seeker.language.partition("-")[0]} | (set() if seeker.interpreter else {"en"})
    return not offer.languages or bool(spoken & {each.partition("-")[0] for each in offer.languages})


def choose(offers: Iterable[Offer], seeker: Seeker, on: date, most: int = MOST) -> list[Offer]:
    """The offers to name to this person on this day: fresh, fitting, in their own language first, near first.

    Equals take turns from week to week, so that a message months later names others.
    """
    fitting = [each for each in offers if not is_stale(each, on) and fits(each, seeker)]
    own = seeker.language.partition("-")[0]
    week = on.isocalendar().week
    turn = {each.id: place for place, each in enumerate(sorted(fitting, key=lambda each: each.id))}
    return sorted(
        fitting,
        key=lambda each: (
            own == "en" or own not in {tag.partition("-")[0] for tag in each.languages},
            not each.districts,
            (turn[each.id] - week) % len(fitting),
        ),
    )[:most]


def in_words(offers: Sequence[Offer], channel: Channel) -> str:
    """As a message names them: a list in an email, one line in a text; blank when there are none."""
    if channel is Channel.EMAIL:
        return "\n".join(f"- {_in_a_list(each)}" for each in offers)
    return "; ".join(_in_a_text(each) for each in offers)


def _in_a_list(offer: Offer) -> str:
    where = ", ".join(filter(None, (offer.when, offer.place)))
    about = ". ".join(filter(None, (where, offer.cost, offer.contact)))
    return f"{offer.name}: {about}" if about else offer.name


def _in_a_text(offer: Offer) -> str:
    """Name, time and contact, as many of them as there is room for."""
    line = offer.name
    for part in (offer.when, offer.contact):
        longer = f"{line}, {part}" if part else line
        line = longer if len(longer) <= LONGEST_IN_A_TEXT else line
    return line[:LONGEST_IN_A_TEXT]
