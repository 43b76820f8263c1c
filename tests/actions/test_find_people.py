"""People are found by what staff know of them, and by the beginning of a name."""

import pytest

from outreach.actions.find_people import find_people
from outreach.services import Services
from tests import cast

ZOE = cast.another(
    cast.AMINA,
    given_name="Zoë",
    family_name="O’Brien-Smith",
    preferred_name="Zed",
    mobile="+447700900003",
    phone="+441632960001",
    email="zoe@example.org",
    nhs_number="9990000018",
)


@pytest.fixture
def waiting(services: Services) -> dict[str, str]:
    """Amina, Aminata, Ben and Zoë wait; their ids by name."""
    people = {
        "Amina": cast.AMINA,
        "Ben": cast.BEN,
        "Zoë": ZOE,
        "Aminata": cast.another(given_name="Aminata", mobile="", email=""),
    }
    ids = {}
    with services.begin() as session:
        day = services.calendar.day_of(services.now())
        for name, details in people.items():
            row = cast.person(session, services, details)
            cast.referral(session, services, row, day, local_id=f"REF-{name}", plans=False)
            ids[name] = row.id
    return ids


def _found(services: Services, waiting: dict[str, str], words: str) -> list[str]:
    names = {person_id: name for name, person_id in waiting.items()}
    with services.read() as session:
        return [names[each] for each in find_people(session, services.keyring, words)]


@pytest.mark.parametrize(
    "words",
    [
        "REF-Zoë",
        "999 000 0018",
        "07700 900003",
        "+44 7700 900 003",
        "01632 960001",
        "Zoe@Example.org",
        "zoe",
        "ZOË",
        "zed",
        "obr",
        "o'brien smith",
        "Smith, Zoë",
        "zoe obrien-sm",
    ],
)
def test_one_person_is_found_in_many_ways(services: Services, waiting: dict[str, str], words: str) -> None:
    assert _found(services, waiting, words) == ["Zoë"]


def test_a_whole_name_comes_before_a_begun_one(services: Services, waiting: dict[str, str]) -> None:
    assert _found(services, waiting, "amina") == ["Amina", "Aminata"]
    assert _found(services, waiting, "ami") == ["Amina", "Aminata"]
    assert _found(services, waiting, "aminat") == ["Aminata"]


@pytest.mark.parametrize(
    "words", ["", "   ", "am", "nobody", "amina nobody", "%", "07700 900999", "999 000 0026"]
)
def test_words_that_fit_nobody_find_nobody(services: Services, waiting: dict[str, str], words: str) -> None:
    assert _found(services, waiting, words) == []
