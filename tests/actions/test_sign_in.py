"""Signing in takes a password and a code, failures cost time, and every session ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.accounts import choose_password, enrol, invite, invited, opened_secret
from outreach.actions.sign_in import MustWaitError, Present, Try, present, sign_in, sign_out
from outreach.credentials import STEP_SECONDS, Passwords, code_at
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Account, Event, RecoveryCode, SignInDelay, StaffMember, StaffSession
from outreach.rules.sign_in import FREE_TRIES, LONGEST_WAIT, password_fault, wait_after
from outreach.services import Services
from outreach.vocabulary import Role
from tests import cast
from tests.both import both_databases
from tests.house import build_services, clock_of

PASSWORD = "seven quiet herons"


@pytest.fixture
def house(database_url: str) -> Services:
    """An installation whose passwords cost nothing to check."""
    cheap = {"argon2_passes": 1, "argon2_memory_kib": 64}
    return build_services(database_url, sign_in=cheap, with_library=False)


def _set_up(house: Services) -> tuple[str, list[str]]:
    """Pat has set up a sign-in; returns the authenticator's secret and the recovery codes."""
    now = house.now()
    with house.begin() as session:
        pat = cast.staff(session, house, "Pat Peer", Role.PEER_WORKER, email="pat@example.org")
        link = invite(session, house, pat, now, who="a command")
        account, member = invited(session, link.rpartition("/")[2], now)
        choose_password(session, house, account, member, password=PASSWORD, now=now)
        secret = opened_secret(house, account)
        codes = enrol(session, house, account, member, code=code_at(secret, now), now=now)
    clock_of(house).forward(seconds=STEP_SECONDS)
    return secret, codes


def _try(
    code: str, *, name: str = "pat peer", password: str = PASSWORD, address: str = "198.51.100.7"
) -> Try:
    return Try(name, password, code, address)


def _fail(house: Services, times: int, **typed: str) -> None:
    for _ in range(times):
        with pytest.raises(RefusedError, match="not right"):
            sign_in(house, _try("000000", **typed), house.now())


def test_a_password_and_a_code_open_a_session(house: Services) -> None:
    secret, _ = _set_up(house)
    for name in ("Pat Peer", " pat  PEER ", "PAT@example.org"):
        now = clock_of(house).forward(seconds=STEP_SECONDS)
        found = present(house, sign_in(house, _try(code_at(secret, now), name=name), now), now)
        assert found is not None
        assert found.member.name == "Pat Peer"


def test_neither_part_alone_opens_anything(house: Services) -> None:
    secret, _ = _set_up(house)
    now = house.now()
    for attempt in (
        _try("000000"),
        _try(code_at(secret, now), password="wrong password"),
        _try(code_at(secret, now), name="Nobody Here"),
    ):
        with pytest.raises(RefusedError, match="not right"):
            sign_in(house, attempt, now)


def test_a_code_works_once_and_half_a_minute_around_its_time(house: Services) -> None:
    secret, _ = _set_up(house)
    now = house.now()
    code = code_at(secret, now)
    sign_in(house, _try(code), now)
    with pytest.raises(RefusedError):
        sign_in(house, _try(code), now)
    later = clock_of(house).forward(seconds=3 * STEP_SECONDS)
    sign_in(house, _try(code_at(secret, later - timedelta(seconds=STEP_SECONDS))), later)
    with pytest.raises(RefusedError):
        sign_in(house, _try(code_at(secret, later + timedelta(seconds=3 * STEP_SECONDS))), later)


def test_a_recovery_code_stands_in_once_however_it_is_typed(house: Services) -> None:
    _, codes = _set_up(house)
    sign_in(house, _try(codes[0].upper().replace("-", " ")), house.now())
    with pytest.raises(RefusedError):
        sign_in(house, _try(codes[0]), house.now())
    sign_in(house, _try(codes[1]), house.now())


def test_failures_make_the_account_wait_from_wherever_they_come(house: Services) -> None:
    secret, _ = _set_up(house)
    for number in range(FREE_TRIES):
        _fail(house, 1, address=f"198.51.100.{number}")
    now = house.now()
    with pytest.raises(MustWaitError, match="Wait 5 seconds"):
        sign_in(house, _try(code_at(secret, now), address="203.0.113.9"), now)
    now = clock_of(house).forward(seconds=6)
    sign_in(house, _try(code_at(secret, now)), now)
    _fail(house, FREE_TRIES)


def test_one_address_cannot_try_many_names(house: Services) -> None:
    for number in range(20):
        _fail(house, 1, name=f"Guess {number}")
    with pytest.raises(MustWaitError):
        sign_in(house, _try("000000", name="Another guess"), house.now())
    _fail(house, 1, name="Another guess", address="203.0.113.9")


@both_databases
def test_many_tries_at_once_gain_nothing(house: Services) -> None:
    """Each failure is counted before anything is checked."""
    _set_up(house)

    def guess(number: int) -> str:
        try:
            sign_in(house, _try(f"{number:06}", address=f"198.51.100.{number}"), house.now())
        except MustWaitError:
            return "waits"
        except RefusedError:
            return "checked"
        return "in"

    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(guess, range(16)))
    assert came.count("checked") == FREE_TRIES
    assert "in" not in came


def test_a_name_nobody_has_is_refused_like_any_other(house: Services) -> None:
    _fail(house, FREE_TRIES, name="Nobody Here")
    with pytest.raises(MustWaitError):
        sign_in(house, _try("000000", name="nobody here"), house.now())


def test_waits_grow_and_have_an_end() -> None:
    waits = [wait_after(number) for number in range(1, 40)]
    assert waits[: FREE_TRIES - 1] == [timedelta(0)] * (FREE_TRIES - 1)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_a_session_ends_when_nothing_is_done_and_after_a_day(house: Services) -> None:
    secret, _ = _set_up(house)
    clock = clock_of(house)
    token = sign_in(house, _try(code_at(secret, clock.at)), clock.at)
    for _ in range(3):
        assert present(house, token, clock.forward(minutes=29))
    assert present(house, token, clock.forward(minutes=31)) is None
    assert present(house, token, clock.at) is None

    token = sign_in(house, _try(code_at(secret, clock.at)), clock.at)
    for _ in range(12 * 4 - 1):
        assert present(house, token, clock.forward(minutes=15))
    assert present(house, token, clock.forward(minutes=15)) is None
    with house.read() as session:
        reasons = session.scalars(select(StaffSession.ended_because).order_by(StaffSession.started_at)).all()
    assert reasons == ["nothing done for 30 minutes", "signed in for 12 hours"]


def test_signing_out_and_leaving_end_a_session_at_once(house: Services) -> None:
    secret, codes = _set_up(house)
    now = house.now()
    token = sign_in(house, _try(code_at(secret, now)), now)
    who = present(house, token, now)
    assert isinstance(who, Present)
    sign_out(house, who, now)
    assert present(house, token, now) is None

    token = sign_in(house, _try(codes[0]), now)
    with house.begin() as session:
        session.get_one(StaffMember, who.member.id).left_at = now
    assert present(house, token, now) is None
    _fail(house, 1)


def test_a_new_link_ends_what_was_before_it(house: Services) -> None:
    secret, codes = _set_up(house)
    now = house.now()
    token = sign_in(house, _try(code_at(secret, now)), now)
    with house.begin() as session:
        pat = session.scalars(select(StaffMember)).one()
        link = invite(session, house, pat, now, who="Lee Lead").rpartition("/")[2]
    assert present(house, token, now) is None
    for code in (code_at(secret, clock_of(house).forward(seconds=60)), codes[0]):
        with pytest.raises(RefusedError):
            sign_in(house, _try(code), house.now())
    with house.read() as session:
        assert invited(session, link, now)[1].name == "Pat Peer"


def test_a_link_works_once_and_not_for_ever(house: Services) -> None:
    _set_up(house)
    with house.begin() as session:
        pat = session.scalars(select(StaffMember)).one()
        link = invite(session, house, pat, house.now(), who="Lee Lead").rpartition("/")[2]
        invited(session, link, house.now() + timedelta(hours=71))
        for token, at in ((link, house.now() + timedelta(hours=73)), ("made-up", house.now())):
            with pytest.raises(NotFoundError, match="used or is too old"):
                invited(session, token, at)
        account, member = invited(session, link, house.now())
        choose_password(session, house, account, member, password=PASSWORD, now=house.now())
        code = code_at(opened_secret(house, account), house.now())
        enrol(session, house, account, member, code=code, now=house.now())
        with pytest.raises(NotFoundError):
            invited(session, link, house.now())


def test_nothing_that_signs_somebody_in_is_stored_readably(house: Services) -> None:
    secret, codes = _set_up(house)
    now = house.now()
    token = sign_in(house, _try(code_at(secret, now)), now)
    with house.read() as session:
        account = session.scalars(select(Account)).one()
        stored = repr([vars(row) for row in (*session.scalars(select(RecoveryCode)), account)])
        stored += repr([vars(row) for row in (*session.scalars(select(StaffSession)),)])
        stored += repr([vars(row) for row in (*session.scalars(select(SignInDelay)),)])
        stored += repr([vars(row) for row in (*session.scalars(select(Event)),)])
    assert account.password_hash is not None
    assert account.password_hash.startswith("$argon2id$")
    for readable in (PASSWORD, secret, token, *codes, codes[0].replace("-", ""), "198.51.100.7"):
        assert readable not in stored


def test_a_dearer_cost_is_taken_over_at_the_next_sign_in(house: Services, database_url: str) -> None:
    secret, _ = _set_up(house)
    dearer = build_services(database_url, sign_in={"argon2_passes": 2, "argon2_memory_kib": 128})
    now = house.now()
    sign_in(dearer, _try(code_at(secret, now)), now)
    with dearer.read() as session:
        stored = session.scalars(select(Account.password_hash)).one()
    assert stored is not None
    assert not Passwords(2, 128).is_outdated(stored)
    assert Passwords(2, 128).is_right(stored, PASSWORD)


@pytest.mark.parametrize(
    "poor", ["short", "passwordpassword", "aaaaaaaaaaaaaaaa", "patrick peer 99", "x" * 201]
)
def test_passwords_that_are_easy_to_guess_are_refused(poor: str) -> None:
    assert password_fault(poor, "Patrick Peer")
    assert not password_fault(PASSWORD, "Patrick Peer")
