"""Adds new keys, then seals and files everything again under them, while the service runs on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from outreach.models import LookupToken, OptOut, Person, Reply
from outreach.models.base import Base
from outreach.models.person import Details, lock_people, open_details
from outreach.rules.identity import name_tokens
from outreach.sealing import NUMBER_BYTES, Keyring, rotated, write_keyring
from outreach.services import Services
from outreach.vocabulary import Channel

BATCH = 500


@dataclass(frozen=True, slots=True)
class Move:
    """From a token under an old key to the one under the new key."""

    person_id: str
    kind: str
    old: bytes
    new: bytes


def rotate_keys(services: Services) -> int:
    """Rotate and return how many rows were sealed again. After a crash, run it again: nothing is ever half sealed.

    The keyring is written first and keeps its old keys. People are filed under the new tokens before any old token
    goes, so that every lookup finds them all the while. An address that stopped us and that nobody here can name any
    more stays under its old token, which is looked up as well.
    """
    write_keyring(rotated(services.keyring), services.config.keys.file)
    sealed = sum(_reseal(services, table) for table in Base.metadata.sorted_tables)
    for file_batch in (_file_anew, _forget_old):
        for ids in _batches(services, Person.id):
            with services.begin() as session:
                file_batch(session, services.keyring, lock_people(session, ids))
    for ids in _batches(services, Reply.id):
        with services.begin() as session:
            _move_replies(session, services.keyring, ids)
    return sealed


def sealed_columns(table: Table) -> list[str]:
    """The names of its sealed columns: bytes of any length, while digests and tokens have a fixed one."""
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    ]


def _reseal(services: Services, table: Table) -> int:
    columns = sealed_columns(table)
    if not columns:
        return 0
    sealed = 0
    # Rows that somebody holds are left for later and taken one by one: so no two processes wait for each other.
    for size, skip in ((BATCH, True), (1, False)):
        while True:
            with services.begin() as session:
                done = _reseal_batch(session, services.keyring, table, columns, size, skip=skip)
            sealed += done
            if not done:
                break
    return sealed


def _reseal_batch(
    session: Session, keyring: Keyring, table: Table, columns: list[str], size: int, *, skip: bool
) -> int:
    query = (
        select(table.c.id, *(table.c[name] for name in columns))
        .where(or_(*(_is_old(keyring, table, name) for name in columns)))
        .limit(size)
        .with_for_update(skip_locked=skip)
    )
    rows = session.execute(query).all()
    if rows:
        statement = update(table).where(table.c.id == bindparam("row_id"))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        sealed_again = partial(_sealed_again, keyring, table, columns)
        session.connection().execute(statement.values(values), [sealed_again(row) for row in rows])
    return len(rows)


def _is_old(keyring: Keyring, table: Table, name: str) -> ColumnElement[bool]:
    return func.substr(table.c[name], 1, NUMBER_BYTES, type_=LargeBinary) != keyring.prefix


def _sealed_again(keyring: Keyring, table: Table, columns: list[str], row: Row[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"row_id": row.id}
    for name in columns:
        where = f"{table.name}|{name}|{row.id}"
        old: bytes | None = getattr(row, name)
        values[f"new_{name}"] = old if old is None else keyring.seal(keyring.open(old, where), where)
    return values


def _batches(services: Services, key: Any) -> Iterator[list[str]]:
    """The ids of a whole table, a batch at a time."""
    last = None
    while True:
        query = select(key).order_by(key).limit(BATCH)
        with services.read() as session:
            ids = list(session.scalars(query.where(key > last) if last else query))
        if not ids:
            return
        yield ids
        last = ids[-1]


def _file_anew(session: Session, keyring: Keyring, ids: list[str]) -> None:
    """File these people under the new tokens too, for everything they are filed under."""
    filed = _filed(session, ids)
    fresh = {
        (move.person_id, move.kind, move.new)
        for move in _moves(session, keyring, ids)
        if (move.person_id, move.kind, move.old) in filed
    }
    rows = [dict(zip(("person_id", "kind", "token"), row, strict=True)) for row in fresh - filed]
    if rows:
        session.execute(insert(LookupToken), rows)


def _forget_old(session: Session, keyring: Keyring, ids: list[str]) -> None:
    """Take the old tokens of these people away, and move the opt-outs of their addresses to the new ones."""
    filed = _filed(session, ids)
    moves = list(_moves(session, keyring, ids))
    old = [
        {"whose": move.person_id, "what": move.kind, "old": move.old}
        for move in moves
        if (move.person_id, move.kind, move.old) in filed
    ]
    if old:
        session.connection().execute(FORGET, old)
    _move_opt_outs(session, {move.old: move.new for move in moves if move.kind in ("mobile", "email")})


FORGET = delete(LookupToken.__table__).where(  # type: ignore[arg-type]
    LookupToken.person_id == bindparam("whose"),
    LookupToken.kind == bindparam("what"),
    LookupToken.token == bindparam("old"),
)


def _filed(session: Session, ids: list[str]) -> set[tuple[str, str, bytes]]:
    rows = session.execute(
        select(LookupToken.person_id, LookupToken.kind, LookupToken.token).where(
            LookupToken.person_id.in_(ids)
        )
    )
    return {(row.person_id, row.kind, row.token) for row in rows}


def _moves(session: Session, keyring: Keyring, ids: list[str]) -> Iterator[Move]:
    """For everything that these people can be found by: each token under an old key, with the new one."""
    for row in session.execute(select(Person.id, Person.details).where(Person.id.in_(ids))):
        for kind, value in _values(open_details(keyring, row.id, row.details)):
            new, *older = keyring.blinds(kind, value)
            for old in older:
                yield Move(row.id, kind, old, new)


def _values(details: Details) -> set[tuple[str, str]]:
    single = {(kind, getattr(details, kind)) for kind in ("mobile", "phone", "email", "nhs_number")}
    names = name_tokens([details.given_name, details.family_name, details.preferred_name])
    return {(kind, value) for kind, value in single | names if value}


def _move_replies(session: Session, keyring: Keyring, ids: list[str]) -> None:
    """Bind replies, and the opt-outs that some of them are, to the new token of their sender."""
    moves = {}
    for row in session.execute(
        select(Reply.id, Reply.channel, Reply.sender, Reply.sender_token).where(Reply.id.in_(ids))
    ):
        sender = keyring.open(row.sender, f"reply|sender|{row.id}")
        new = keyring.blind("email" if row.channel is Channel.EMAIL else "mobile", sender)
        if row.sender_token != new:
            session.execute(update(Reply).where(Reply.id == row.id).values(sender_token=new))
            moves[row.sender_token] = new
    _move_opt_outs(session, moves)


def _move_opt_outs(session: Session, moves: dict[bytes, bytes]) -> None:
    bound = select(OptOut.address_token).where(OptOut.address_token.in_(list(moves)))
    for old in set(session.scalars(bound)):
        if old:
            session.execute(
                update(OptOut).where(OptOut.address_token == old).values(address_token=moves[old])
            )
