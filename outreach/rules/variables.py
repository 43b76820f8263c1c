"""The variables that message templates may use: what each means, and the longest real value it takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.rules.crisis_lines import CRISIS_LINES, crisis_lines_in
from outreach.rules.tongues import longest_of, samples_of, tongue_of
from outreach.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Variable:
    """One listed variable. `longest` counts segments; an `optional` one is often "" and needs an {% if %}."""

    description: str
    longest: str
    sample: str
    optional: bool = False
    many_lines: bool = False


VARIABLES: dict[str, Variable] = {
    "name": Variable("what the person likes to be called", "Oluwadamilola-Victoria", "Amina"),
    "text_name": Variable(
        "who signs texts: neutral, fit for a locked phone",
        "Northside & Riverside NHS team",
        "Northside NHS team",
    ),
    "service_name": Variable(
        "the service's full name; for emails only",
        "Northside and Riverside Specialist Psychotherapy Service",
        "Northside Psychotherapy Service",
    ),
    "phone": Variable("the number people can ring instead of answering", "020 7946 0000", "020 7946 0000"),
    "public_url": Variable(
        "the web address of this service's pages",
        "https://outreach.northside.nhs.uk",
        "https://outreach.example.org",
    ),
    "own_page": Variable(
        "a link to the person's own page, where they choose how we keep in touch; emails and the answer to CHANGE",
        "https://outreach.northside.nhs.uk/mine/" + "x" * 32,
        "https://outreach.example.org/mine/" + "x" * 32,
    ),
    "survey_link": Variable(
        "the signed link to the survey that the template is named after (surveys/…); the same for everybody",
        "https://outreach.northside.nhs.uk/feedback/peer-support." + "x" * 24,
        "https://outreach.example.org/feedback/peer-support." + "x" * 24,
    ),
    "wait_text": Variable(
        "how long people wait at present", "between 18 months and two years", "about 18 months", optional=True
    ),
    "crisis_lines": Variable(
        "whom to ring in a crisis; short in texts, a list in emails",
        CRISIS_LINES[Channel.SMS],
        CRISIS_LINES[Channel.SMS],
        many_lines=True,
    ),
    "appointment_day": Variable(
        "weekday and date of the appointment", "Wednesday 30 September", "Tuesday 1 December"
    ),
    "appointment_time": Variable("its time of day", "10:30am", "10:30am", optional=True),
    "appointment_place": Variable(
        "where it is",
        "Willow House, 124 Northside Road, N1 1AA",
        "Willow House, Northside Road",
        optional=True,
    ),
    "talk_when": Variable(
        "when a peer worker can really ring",
        "on Wednesday 30 September between 10:30am and 12:30pm",
        "on Thursday 3 December between 10am and 1pm",
        optional=True,
    ),
    "read_by": Variable(
        "when a person will have read the reply", "noon on Wednesday 30 September", "Thursday noon"
    ),
    "activities": Variable(
        "up to two activities that fit the person, one a line; blank when none does",
        "Riverside & Hilltop walking group, Tuesdays at 10:30am, ring 020 7946 0010; "
        "Northside Somali women's sewing circle, Fridays at 2pm, ring 020 7946 0011",
        "Riverside walking group, Tuesdays at 10:30am, ring 020 7946 0010",
        optional=True,
        many_lines=True,
    ),
    "group_name": Variable(
        "the co-run group's name", "Northside and Riverside garden mornings", "Garden mornings"
    ),
    "group_when": Variable(
        "when its session begins", "Wednesday 30 September at 10:30am", "Tuesday 1 December at 10:30am"
    ),
    "group_place": Variable("where it meets", "Willow House, 124 Northside Road, N1 1AA", "Willow House"),
    "answer_by": Variable(
        "until when to answer an invitation", "Wednesday 30 September at 10:30am", "Friday 27 November at 5pm"
    ),
    "first_message": Variable(
        '"yes" when nothing of ours has reached the person before; use it in {% if %}',
        "yes",
        "yes",
        optional=True,
    ),
}
"""By name; what `calendar`, `capacity.talk_in_words` and `duty.read_by_in_words` say is never longer than this."""

MANY_LINES = frozenset(name for name, variable in VARIABLES.items() if variable.many_lines)


def longest_values(channel: Channel, service: Mapping[str, str], language: str = "en") -> dict[str, str]:
    """Every variable at its longest; `service` holds the installation's own name, phone and so on."""
    longest = {name: variable.longest for name, variable in VARIABLES.items()}
    tongue = tongue_of(language)
    own = longest_of(tongue) if tongue else {}
    return {
        **longest,
        **own,
        "crisis_lines": crisis_lines_in(language, channel),
        **_links(service),
        **service,
    }


def _links(service: Mapping[str, str]) -> dict[str, str]:
    """Links are as long as this installation's address makes them."""
    if "public_url" not in service:
        return {}
    base = service["public_url"]
    return {"own_page": f"{base}/mine/{'x' * 32}", "survey_link": f"{base}/feedback/peer-support.{'x' * 24}"}


def sample_values(channel: Channel, service: Mapping[str, str], language: str = "en") -> dict[str, str]:
    """Every variable as a preview in this language shows it."""
    samples = {name: variable.sample for name, variable in VARIABLES.items()}
    tongue = tongue_of(language)
    own = samples_of(tongue) if tongue else {}
    return {**samples, **own, "crisis_lines": crisis_lines_in(language, channel), **service}
