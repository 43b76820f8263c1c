"""What people choose on their own page holds, also against the list; a new number only after its code came."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions import own_choices as choices
from outreach.actions import own_number
from outreach.actions.own_link import forget_old_links, link_behind, new_link, revoke_links, was_used
from outreach.actions.own_view import own_messages, own_view
from outreach.actions.plan import plan_due
from outreach.actions.record_death import record_death
from outreach.actions.take_reply import take_reply
from outreach.engines.jobs import tick
from outreach.errors import ContactError, RefusedError
from outreach.models import Message, NumberCode, OptOut, PageLink, Person, Task
from outreach.models.person import people_by
from outreach.ports import InboundMessage
from outreach.services import Services
from outreach.vocabulary import (
    Cause,
    Channel,
    DayPart,
    MessageState,
    PreferredChannel,
    Purpose,
    Role,
    TaskKind,
)
from tests import cast
from tests.house import clock_of

NEW = "07700 900123"
CODE_TEXT, TOLD_OLD = "Your code is {code}.", "Your number was changed."


def row(services: Services, person_id: str) -> Person:
    with services.read() as session:
        return session.get_one(Person, person_id)


def sent(services: Services, step: str) -> list[tuple[str, str]]:
    """(address, words) of what has left with this step."""
    with services.read() as session:
        found = session.scalars(select(Message).where(Message.step == step, Message.sending_at.is_not(None)))
        return [
            (message.opened_address(services.keyring) or "", message.opened(services.keyring)[1])
            for message in found
        ]


# ------------------------------------------------------------------------------------------- the link


def test_a_link_works_until_it_expires_or_is_revoked(services: Services) -> None:
    person_id, _ = cast.amina(services)
    tokens = []
    with services.begin() as session:
        for _ in range(2):
            link, address = new_link(services, person_id, services.now(), "staff")
            session.add(link)
            tokens.append(address.rpartition("/")[2])
    with services.begin() as session:
        assert link_behind(session, tokens[0], services.now())
        assert link_behind(session, tokens[0][::-1], services.now()) is None
        assert link_behind(session, tokens[0], services.now() + timedelta(days=30)) is None
        assert revoke_links(session, person_id, services.now(), who="Kim") == 2
        assert [link_behind(session, token, services.now()) for token in tokens] == [None, None]


def test_the_database_holds_no_token_and_two_links_are_never_alike(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    links = [new_link(services, person_id, services.now(), "staff") for _ in range(100)]
    tokens = {address.rpartition("/")[2] for _, address in links}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {32}
    stored = {value for link, _ in links for value in vars(link).values() if isinstance(value, (str, bytes))}
    assert not any(token in value for value in stored if isinstance(value, str) for token in tokens)


def test_nobody_opens_the_page_of_somebody_who_died(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        link, address = new_link(services, person_id, services.now(), "staff")
        session.add(link)
        record_death(session, services, session.get_one(Person, person_id), services.now(), who="Kim")
        assert link_behind(session, address.rpartition("/")[2], services.now()) is None


def test_a_use_is_remembered_once_a_day_and_old_links_are_forgotten(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        link, address = new_link(services, person_id, services.now(), "staff")
        session.add(link)
    was_used(services, address.rpartition("/")[2], services.now())
    with services.read() as session:
        assert session.scalars(select(PageLink.used_at)).one() == services.now()
    assert forget_old_links(services, services.now() + timedelta(days=59)) == 0
    assert forget_old_links(services, services.now() + timedelta(days=61)) == 1


def test_emails_and_the_answer_to_change_carry_a_link_of_their_own(services: Services) -> None:
    cast.ben(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    tick(services)
    with services.read() as session:
        message = session.scalars(select(Message)).one()
        words = message.opened(services.keyring)[1]
        stored = session.scalars(select(PageLink)).all()
    token = re.search(r"/mine/([\w-]{32})", words)
    assert token
    with services.read() as session:
        assert link_behind(session, token[1], services.now())
    assert [link.made_for for link in stored] == ["email"]
    cast.amina(services)
    inbound = InboundMessage("SM1", Channel.SMS, "+447700900001", "", "CHANGE")
    assert re.search(r"/mine/[\w-]{32}", take_reply(services, inbound, services.now()).text)


# ------------------------------------------------------------------------------------------- choices


def test_a_chosen_time_of_day_moves_messages_into_it(services: Services) -> None:
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        choices.choose_day_part(session, services, person, DayPart.AFTERNOON, services.now())
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    assert plan_due(services, services.now()).planned == 0, "its slot is at noon"
    clock_of(services).set(datetime(2026, 3, 5, 12, 0, tzinfo=UTC))
    tick(services)
    with services.read() as session:
        message = session.scalars(select(Message)).one()
    assert (message.state, message.sending_at) == (MessageState.DELIVERED, services.now())


def test_quiet_time_holds_check_ins_until_its_day_and_no_longer(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        choices.be_quiet_until(session, services, person, date(2026, 3, 16), services.now())
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    tick(services)
    with services.read() as session:
        assert session.scalars(select(Message.state)).one() is MessageState.HELD
        assert own_messages(session, services, person_id, services.now())[1][0].at.date() >= date(2026, 3, 16)
    clock_of(services).set(datetime(2026, 3, 16, 10, 30, tzinfo=UTC))
    tick(services)
    with services.read() as session:
        assert session.scalars(select(Message.state)).one() is MessageState.DELIVERED


def test_quiet_time_ends_when_they_say_so_and_is_never_longer_than_half_a_year(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        with pytest.raises(RefusedError):
            choices.be_quiet_until(session, services, person, date(2026, 10, 1), services.now())
        choices.be_quiet_until(session, services, person, date(2026, 4, 1), services.now())
        choices.be_quiet_until(session, services, person, None, services.now())
        assert own_view(session, services, person, services.now()).quiet_until is None


def test_only_appointments_stops_the_rest_and_can_be_taken_back(services: Services) -> None:
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        choices.only_appointments(session, services, person, services.now())
        assert own_view(session, services, person, services.now()).kinds == "appointments"
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    tick(services)
    with services.read() as session:
        message = session.scalars(select(Message)).one()
        assert (message.state, message.purpose) == (MessageState.CANCELLED, Purpose.CHECK_IN)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        choices.everything_again(session, services, person, services.now())
        assert own_view(session, services, person, services.now()).kinds == "all"


def test_nothing_at_all_asks_staff_to_agree_another_way(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        choices.stop_all(session, services, person, services.now())
        assert own_view(session, services, person, services.now()).kinds == "none"
        task = session.scalars(select(Task)).one()
    assert task.kind is TaskKind.KEEP_IN_TOUCH


def test_choosing_texts_says_they_are_safe_but_never_against_what_staff_know(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services, safe_to_text=None)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        choices.choose_channel(session, services, person, PreferredChannel.SMS, services.now())
        assert person.safe_to_text is True
        person.safe_to_text = False
        with pytest.raises(RefusedError):
            choices.choose_channel(session, services, person, PreferredChannel.SMS, services.now())


def test_a_call_is_asked_for_at_a_time_that_somebody_truly_has(services: Services) -> None:
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        kim = cast.staff(session, services, "Kim", Role.PEER_WORKER, hours=True)
        person = session.get_one(Person, person_id)
        times = choices.call_times(session, services, person, services.now())
        assert len(times) == choices.MOST_TIMES
        wished = times[3]
        task = choices.ask_for_call(session, services, person, wished.ends, services.now())
        assert (task.assignee_id, task.due_at) == (kim.id, wished.ends)
        again = choices.ask_for_call(session, services, person, times[1].ends, services.now())
        assert again.id == task.id, "one call is open at a time"
        with pytest.raises(RefusedError, match="just been taken"):
            choices.ask_for_call(session, services, person, wished.ends + timedelta(hours=9), services.now())


def test_a_time_is_offered_to_no_more_people_than_it_has_room_for(sqlite_services: Services) -> None:
    services = sqlite_services
    with services.begin() as session:
        cast.staff(session, services, "Kim", Role.PEER_WORKER, hours=True)
        last = None
        for number in range(40):
            details = cast.another(mobile=f"+447700900{number:03}", email="")
            person = cast.person(session, services, details)
            times = choices.call_times(session, services, person, services.now())
            last = last or times[-1].ends
            offered = [talk for talk in times if talk.ends == last]
            if not offered:
                break
            choices.ask_for_call(session, services, person, last, services.now())
        taken = session.scalars(select(Task).where(Task.due_at == last)).all()
        assert 0 < len(taken) <= 4, "an afternoon of three and a half hours holds four calls"


# ------------------------------------------------------------------------------------------- a new number


def send_code(services: Services, person_id: str, number: str = NEW) -> str:
    """Ask for a code, and read it off the phone it went to."""
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        own_number.send_code(session, services, person, number, words=CODE_TEXT, now=services.now())
    tick(services)
    address, words = sent(services, "number-code")[-1]
    assert address == "+447700900123"
    return re.sub(r"\D", "", words)


def test_a_changed_number_is_not_used_before_its_code_came_back(services: Services) -> None:
    person_id, _ = cast.amina(services)
    code = send_code(services, person_id)
    assert row(services, person_id).opened(services.keyring).mobile == "+447700900001"
    wrong = f"{(int(code) + 1) % 10**6:06}"
    with pytest.raises(RefusedError):
        own_number.confirm_code(services, person_id, wrong, TOLD_OLD, services.now())
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    tick(services)
    assert row(services, person_id).opened(services.keyring).mobile == "+447700900001"


def test_the_right_code_makes_the_number_theirs_tells_the_old_one_and_asks_staff_to_record_it(
    services: Services,
) -> None:
    person_id, _ = cast.amina(services)
    code = send_code(services, person_id)
    own_number.confirm_code(services, person_id, f" {code[:3]} {code[3:]} ", TOLD_OLD, services.now())
    tick(services)
    assert row(services, person_id).opened(services.keyring).mobile == "+447700900123"
    assert sent(services, "number-changed") == [("+447700900001", TOLD_OLD)]
    with services.read() as session:
        assert people_by(session, services.keyring, "mobile", "+447700900123") == [person_id]
        assert people_by(session, services.keyring, "mobile", "+447700900001") == []
        task = session.scalars(select(Task)).one()
    assert task.kind is TaskKind.RECORD_CHECK
    with pytest.raises(RefusedError):
        own_number.confirm_code(services, person_id, code, TOLD_OLD, services.now())


def test_a_code_ends_after_five_wrong_tries_and_after_half_an_hour(services: Services) -> None:
    person_id, _ = cast.amina(services)
    code = send_code(services, person_id)
    for _ in range(own_number.MOST_TRIES):
        with pytest.raises(RefusedError):
            own_number.confirm_code(services, person_id, "not it", TOLD_OLD, services.now())
    with pytest.raises(RefusedError):
        own_number.confirm_code(services, person_id, code, TOLD_OLD, services.now())
    code = send_code(services, person_id)
    late = services.now() + own_number.GOOD_FOR
    with pytest.raises(RefusedError):
        own_number.confirm_code(services, person_id, code, TOLD_OLD, late)
    assert row(services, person_id).opened(services.keyring).mobile == "+447700900001"


def test_nobodys_phone_is_flooded_with_codes_and_no_landline_gets_one(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        person = session.get_one(Person, person_id)
        for _ in range(own_number.MOST_A_DAY):
            own_number.send_code(session, services, person, NEW, words=CODE_TEXT, now=services.now())
        with pytest.raises(RefusedError, match="too many"):
            own_number.send_code(session, services, person, NEW, words=CODE_TEXT, now=services.now())
        other = cast.person(session, services, cast.BEN)
        with pytest.raises(RefusedError, match="too many"):
            own_number.send_code(session, services, other, NEW, words=CODE_TEXT, now=services.now())
        with pytest.raises(ContactError):
            own_number.send_code(
                session, services, other, "020 7946 0000", words=CODE_TEXT, now=services.now()
            )


def test_a_number_that_stopped_us_gets_no_code(sqlite_services: Services) -> None:
    services = sqlite_services
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        token = services.keyring.blind("mobile", "+447700900123")
        session.add(
            OptOut(address_token=token, channel=Channel.SMS, cause=Cause.REPLY, at=services.now(), who="x")
        )
        person = session.get_one(Person, person_id)
        with pytest.raises(RefusedError, match="cannot text"):
            own_number.send_code(session, services, person, NEW, words=CODE_TEXT, now=services.now())
        assert session.scalars(select(NumberCode)).all() == []
