"""Statements over plain columns, with many ids or tokens in one parameter."""

import secrets
from typing import Any
from typing import cast as cast_

import pytest
from sqlalchemy import Compiled, Select, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.waits import HOLDS, MESSAGES, OPT_OUTS, PEOPLE, holds_of, load_people
from outreach.models import Hold, OptOut, Person
from outreach.models.lists import among, among_tokens, plain
from outreach.services import Services
from outreach.vocabulary import Cause
from tests import cast
from tests.databases import engine_at


@pytest.mark.parametrize("others", [0, 1, 40_000])
def test_the_rows_of_many_ids_are_found_and_no_others(services: Services, others: int) -> None:
    amina, ben = cast.amina(services)[0], cast.ben(services)[0]
    ids = [*(secrets.token_hex(4) + "-0000-7000-8000-000000000001" for _ in range(others)), amina]
    statement = select(Person.__table__.c.id).where(among(Person.__table__.c.id))
    with services.read() as session:
        assert plain(session, statement, {"ids": ids}).scalars().all() == [amina]
        assert plain(session, statement, {"ids": []}).scalars().all() == []
        assert set(load_people(session, services.keyring, [amina, ben, *ids])) == {amina, ben}


def test_the_rows_of_many_tokens_are_found_and_no_others(services: Services) -> None:
    (ours,) = services.keyring.blinds("mobile", cast.AMINA.mobile)
    with services.begin() as session:
        opt_out(session, Stop(Cause.WRONG_NUMBER, address_token=ours), services.now(), who="Cleo")
    tokens = [secrets.token_bytes(16) for _ in range(1000)]
    column = OptOut.__table__.c.address_token
    with services.read() as session:
        statement = select(column).where(among_tokens(column))
        assert plain(session, statement, {"tokens": tokens}).all() == []
        assert plain(session, statement, {"tokens": [*tokens, ours]}).scalars().all() == [ours]


def test_what_a_transaction_has_not_written_yet_is_seen(services: Services) -> None:
    amina = cast.amina(services)[0]
    with services.begin() as session:
        session.add(Hold(person_id=amina, opened_at=services.now(), who="Cleo", why="a call"))
        assert [hold.why for hold in holds_of(session, [amina])[amina]] == ["a call"]


@pytest.mark.parametrize("statement", [PEOPLE, MESSAGES, HOLDS, OPT_OUTS])
def test_sqlite_looks_each_of_them_up_in_an_index(sqlite_services: Services, statement: Select[Any]) -> None:
    with sqlite_services.read() as session:
        compiled = statement.compile(session.get_bind())
        known = dict.fromkeys(compiled.params, "[]")
        plan = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {_named(compiled)}"), known)]
    table = str(compiled).partition("FROM ")[2].split()[0]
    assert not [step for step in plan if step == f"SCAN {table}"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "known", "kinds"),
    [
        (select(Person.__table__.c.id).where(among(Person.__table__.c.id)), {"ids": []}, ["uuid[]"]),
        (
            select(OptOut.id).where(among_tokens(OptOut.__table__.c.address_token)),
            {"tokens": []},
            ["bytea[]"],
        ),
    ],
    ids=["ids", "tokens"],
)
def test_postgresql_knows_the_list_when_it_plans_how_to_look(
    database_url: str, statement: Select[Any], known: dict[str, Any], kinds: list[str]
) -> None:
    newest = "SELECT parameter_types::text[] FROM pg_prepared_statements ORDER BY prepare_time DESC LIMIT 1"
    with Session(engine_at(database_url)) as session:
        for _ in range(10):  # the driver prepares what is asked again
            plain(session, statement, known)
        assert session.scalar(text(newest)) == kinds


def _named(compiled: Compiled) -> str:
    """The statement with names for its parameters."""
    words = str(compiled)
    for name in cast_(SQLCompiler, compiled).positiontup or ():
        words = words.replace("?", f":{name}", 1)
    return words
