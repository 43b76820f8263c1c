"""New keys: everything is sealed and filed again under them, nobody is lost on the way, and no opt-out is."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.rotate_keys import rotate_keys, sealed_columns
from outreach.actions.take_reply import take_reply
from outreach.actions.waits import load_people
from outreach.errors import KeyringError
from outreach.models import LookupToken, OptOut, Person, Reply
from outreach.models.base import Base
from outreach.models.person import file_under, people_by
from outreach.ports import InboundMessage
from outreach.rules.identity import name_tokens
from outreach.sealing import Keyring, KeyringFile, read_keyring, rotated, write_keyring
from outreach.services import Services
from outreach.vocabulary import Cause, Channel
from tests import cast
from tests.house import KEYS, build_services


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Services:
    """An installation whose keyring is in a file; Amina is on the list, found by her name too."""
    write_keyring(KEYS, tmp_path / "keyring.json")
    built = build_services(database_url, keyring_file=tmp_path / "keyring.json")
    person_id, _ = cast.amina(built)
    with built.begin() as session:
        values = [
            ("mobile", cast.AMINA.mobile),
            ("email", cast.AMINA.email),
            *name_tokens(["Amina", "Example"]),
        ]
        file_under(session, built.keyring, person_id, values)
    return built


def _text(house: Services, words: str, sender: str = cast.AMINA.mobile, number: int = 1) -> None:
    take_reply(house, InboundMessage(f"SM{number}", Channel.SMS, sender, "+447700900999", words), house.now())


def _only_new(keyring: Keyring) -> Keyring:
    return Keyring({2: keyring.sealing[2]}, {2: keyring.index[2]}, keyring.signing)


def test_after_a_rotation_the_new_keys_alone_open_and_find_everything(house: Services) -> None:
    _text(house, "hello there, thank you for writing to me")
    assert rotate_keys(house) >= 3
    keyring = _only_new(house.keyring)
    with house.read() as session:
        person = session.scalars(select(Person)).one()
        assert person.opened(keyring) == cast.AMINA
        assert session.scalars(select(Reply)).one().opened(keyring).startswith("hello there")
        for kind, value in (("mobile", cast.AMINA.mobile), ("name", "amina"), ("prefix", "exa")):
            assert people_by(session, keyring, kind, value) == [person.id]
        for table in Base.metadata.sorted_tables:
            for name in sealed_columns(table):
                stored = session.scalars(select(table.c[name]).where(table.c[name].is_not(None)))
                assert all(value[:2] == keyring.prefix for value in stored), f"{table.name}.{name}"


def test_every_column_of_bytes_without_a_length_is_sealed_for_its_place() -> None:
    sealed = {
        f"{table.name}.{name}" for table in Base.metadata.sorted_tables for name in sealed_columns(table)
    }
    assert {"person.details", "message.body", "message.address", "reply.body", "reply.sender"} <= sealed
    assert all("id" in table.c for table in Base.metadata.sorted_tables if sealed_columns(table))


def test_a_process_that_runs_on_opens_and_finds_under_the_new_keys_without_a_restart(house: Services) -> None:
    elsewhere = replace(house, keys=KeyringFile(house.config.keys.file))
    assert max(elsewhere.keyring.sealing) == 1
    rotate_keys(house)
    _text(elsewhere, "are you still there?", number=2)
    with elsewhere.read() as session:
        assert session.scalars(select(Reply)).one().person_id is not None


def test_an_opt_out_of_an_address_holds_after_a_rotation_for_whoever_gets_it(house: Services) -> None:
    _text(house, "stop", sender="+447700900777")
    rotate_keys(house)
    with house.begin() as session:
        later = cast.person(session, house, cast.another(cast.BEN, mobile="+447700900777"))
        found = load_people(session, house.keyring, [later.id])
        moved = session.scalars(select(OptOut.address_token)).one()
    assert (Channel.SMS, None) in found[later.id].opted_out
    assert moved == _only_new(house.keyring).blind("mobile", "+447700900777")


def test_an_opt_out_whose_address_nobody_here_knows_any_more_holds_too(house: Services) -> None:
    with house.begin() as session:
        token = house.keyring.blind("mobile", "+447700900778")
        stop = Stop(Cause.STAFF, address_token=token, channel=Channel.SMS)
        opt_out(session, stop, house.now(), who="Jo")
    rotate_keys(house)
    with house.begin() as session:
        later = cast.person(session, house, cast.another(cast.BEN, mobile="+447700900778"))
        found = load_people(session, house.keyring, [later.id])
    assert (Channel.SMS, None) in found[later.id].opted_out


def test_start_undoes_a_stop_from_before_the_rotation(house: Services) -> None:
    _text(house, "stop")
    rotate_keys(house)
    _text(house, "START", number=3)
    with house.read() as session:
        assert all(row.undone_at for row in session.scalars(select(OptOut)))


def test_a_rotation_that_was_cut_short_is_finished_by_the_next(house: Services) -> None:
    write_keyring(rotated(house.keyring), house.config.keys.file)  # died right after the keyring was written
    with house.read() as session:
        assert people_by(session, house.keyring, "mobile", cast.AMINA.mobile)
    rotate_keys(house)
    keyring = house.keyring
    with house.read() as session:
        assert session.scalars(select(Person)).one().details[:2] == keyring.prefix == b"\x00\x03"
        assert {len(row.token) for row in session.scalars(select(LookupToken))} == {16}
        newest = Keyring({3: keyring.sealing[3]}, {3: keyring.index[3]}, keyring.signing)
        assert people_by(session, newest, "mobile", cast.AMINA.mobile)


def test_the_new_keyring_is_for_its_owner_only_and_keeps_the_old_keys(house: Services) -> None:
    rotate_keys(house)
    assert house.config.keys.file.stat().st_mode & 0o077 == 0
    assert set(read_keyring(house.config.keys.file).sealing) == {1, 2}


def test_a_value_that_was_altered_stops_the_rotation_and_names_its_column_only(house: Services) -> None:
    with house.begin() as session:
        person = session.scalars(select(Person)).one()
        person.details = person.details[:-1] + b"x"
    with pytest.raises(KeyringError, match=r"^a value of person\.details does not open"):
        rotate_keys(house)
