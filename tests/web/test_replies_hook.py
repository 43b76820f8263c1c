"""A text that comes in: once, whatever the provider repeats, and answered in the very response."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from outreach.models import Base, Message, OptOut, Reply, Task
from outreach.providers.twilio_hooks import sign
from outreach.services import Services
from outreach.vocabulary import MessageState, Role, TaskKind
from outreach.web.app import create_app
from tests import cast
from tests.posting import REPLIES, post, secret_of, text, text_form


@pytest.fixture
def house(services: Services) -> Services:
    """Amina waits; Grace can call; Dr Ito is there; on both databases."""
    return _with_team(services)


@pytest.fixture
def small_house(sqlite_services: Services) -> Services:
    """The same on SQLite only."""
    return _with_team(sqlite_services)


def _with_team(services: Services) -> Services:
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True)
        cast.staff(session, services, "Dr Ito", Role.CLINICIAN, mobile="+447700900101")
    return services


@pytest.fixture
def app(small_house: Services) -> Flask:
    """The web application of the small house."""
    return create_app(small_house)


def _count(services: Services, table: type[Base]) -> int:
    with services.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_reply_posted_50_times_over_8_threads_counts_once(house: Services) -> None:
    app = create_app(house)
    form = text_form("SM1", "Stop. please can someone ring me, I can't go on")

    def once(_: int) -> tuple[int, str]:
        answer = post(app, house, REPLIES, form)
        return answer.status_code, answer.get_data(as_text=True)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(once, range(50)))
    assert {status for status, _ in answers} <= {
        200,
        503,
    }  # 503: the database was busy, and nothing was accepted
    said = {words for status, words in answers if status == 200}
    assert len(said) == 1
    assert "Samaritans" in said.pop()
    assert (_count(house, Reply), _count(house, OptOut)) == (1, 1)
    with house.read() as session:
        kinds = sorted(session.scalars(select(Task.kind)))
        answer_ids = set(session.scalars(select(Message.id).where(Message.step == "crisis-lines")))
    assert kinds == [TaskKind.CALLBACK, TaskKind.KEEP_IN_TOUCH, TaskKind.URGENT]
    assert len(answer_ids) == 1


def test_the_answer_goes_back_in_the_response_and_its_receipt_settles_it(
    small_house: Services, app: Flask
) -> None:
    form = text_form("SM1", "can someone call me please")
    response = post(app, small_house, REPLIES, form).get_data(as_text=True)
    assert "Someone who has waited too will ring you" in response
    with small_house.read() as session:
        answer = session.scalars(select(Message)).one()
    assert answer.state is MessageState.SENDING
    callback = response.split('statusCallback="')[1].split('"')[0]
    path, _, again = callback.removeprefix(small_house.config.service.public_url).partition("#")
    assert again, "the provider is asked to post again when we cannot answer"
    receipt = {"MessageSid": "SM2", "AccountSid": form["AccountSid"], "MessageStatus": "delivered"}
    assert post(app, small_house, path, receipt).status_code == 204
    with small_house.read() as session:
        assert session.get_one(Message, answer.id).state is MessageState.DELIVERED


def _mutations(form: dict[str, str], count: int) -> Iterator[dict[str, str]]:
    """Forms that differ from this one in a name, a value, or by a field more or less."""
    chance = random.Random(7)
    names = list(form)
    while count:
        changed = dict(form)
        name = chance.choice(names)
        match chance.randrange(5):
            case 0:
                changed[name] = changed[name] + chance.choice(" .\u200bx0")
            case 1:
                changed[name] = changed[name][:-1]
            case 2:
                del changed[name]
            case 3:
                changed[chance.choice(("Extra", "body", "MessageSid2"))] = str(chance.random())
            case _:
                place = chance.randrange(len(changed[name]) or 1)
                changed[name] = changed[name][:place] + "é" + changed[name][place + 1 :]
        if changed != form:
            count -= 1
            yield changed


def test_300_changes_to_a_signed_post_are_refused_and_leave_no_row(small_house: Services, app: Flask) -> None:
    form = text_form("SM1", "can someone call me please?", NumSegments="1", FromCountry="GB")
    address = f"{small_house.config.service.public_url}{REPLIES}"
    headers = {"X-Twilio-Signature": sign(secret_of(small_house), address, form)}
    client = app.test_client()
    answers = [
        client.post(REPLIES, data=changed, headers=headers).status_code for changed in _mutations(form, 300)
    ]
    assert answers == [403] * 300
    assert _count(small_house, Reply) == 0
    assert client.post(REPLIES, data=form, headers=headers).status_code == 200


def test_a_signature_counts_for_the_public_address_and_never_for_the_host_header(
    small_house: Services, app: Flask
) -> None:
    form = text_form("SM1", "hello")
    foreign = sign(secret_of(small_house), f"http://evil.example{REPLIES}", form)
    headers = {"X-Twilio-Signature": foreign, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert app.test_client().post(REPLIES, data=form, headers=headers).status_code == 403
    assert _count(small_house, Reply) == 0


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"Body=" + b"x" * 2_000_000, "application/x-www-form-urlencoded", 413),
        ("&".join(f"f{n}=1" for n in range(10_000)).encode(), "application/x-www-form-urlencoded", 400),
        (b'{"Body": "hello"}', "application/json", 400),
        (b"Body=hello", "text/plain", 400),
        (b"Body=%ff%fe&From=%80", "application/x-www-form-urlencoded", 403),
        (b"Body=\xff\xfe&From=\x80", "application/x-www-form-urlencoded", 403),
        (b"Body=a&Body=b", "application/x-www-form-urlencoded", 403),
        (b"", "application/x-www-form-urlencoded", 403),
        (b"%00%00=%00", "application/x-www-form-urlencoded", 403),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 400),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_no_provider_posts_is_refused_and_stored_nowhere(
    small_house: Services, app: Flask, body: bytes, content_type: str, status: int
) -> None:
    headers = {"X-Twilio-Signature": "forged"}
    answer = app.test_client().post(REPLIES, data=body, content_type=content_type, headers=headers)
    assert answer.status_code == status
    assert _count(small_house, Reply) == 0


@pytest.mark.parametrize("signature", [None, "", "null", '{"a": 1}', "[]", "true", "\udcff"])
def test_a_missing_or_strange_signature_is_refused(
    small_house: Services, app: Flask, signature: str | None
) -> None:
    headers = (
        {} if signature is None else {"X-Twilio-Signature": signature.encode("utf-8", "replace").decode()}
    )
    answer = app.test_client().post(REPLIES, data=text_form("SM1", "hello"), headers=headers)
    assert answer.status_code == 403
    assert _count(small_house, Reply) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"AccountSid": "AC" + "1" * 32},
        {"AccountSid": ""},
    ],
)
def test_a_post_about_another_account_is_refused(
    small_house: Services, app: Flask, changes: dict[str, str]
) -> None:
    answer = post(app, small_house, REPLIES, {**text_form("SM1", "hello"), **changes})
    assert answer.status_code == 403
    assert _count(small_house, Reply) == 0


@pytest.mark.parametrize("sid", ["", "SM\x00", "x" * 65, "SM 1"])
def test_a_text_without_a_usable_id_is_refused_because_a_repeat_could_not_be_told(
    small_house: Services, app: Flask, sid: str
) -> None:
    assert post(app, small_house, REPLIES, text_form(sid, "hello")).status_code == 400
    assert _count(small_house, Reply) == 0


STRANGE = {
    "NULs": "can\x00 someone\x00 ring me",
    "right-to-left overrides": "\u202eem gnir enoemos nac\u202c",
    "nothing": "",
    "spaces": " \n\t ",
    "lost letters": "\ufffd\ufffd\ufffd",
    "a noncharacter": "\uffff hello",
    "long": "word " * 320,
}


@pytest.mark.parametrize("words", STRANGE.values(), ids=STRANGE)
def test_strange_texts_are_stored_as_they_came_and_answered(house: Services, words: str) -> None:
    answer = text(create_app(house), house, "SM1", words)
    assert answer
    with house.read() as session:
        reply = session.scalars(select(Reply)).one()
        assert (reply.opened(house.keyring), reply.person_id is not None) == (words, True)
        assert reply.acted_at is not None


def test_a_picture_without_words_gets_the_crisis_lines_and_a_reader(
    small_house: Services, app: Flask
) -> None:
    assert "Samaritans" in text(app, small_house, "SM1", "", NumMedia="1")
    with small_house.read() as session:
        assert session.scalars(select(Task.kind)).all() == [TaskKind.URGENT]


@pytest.mark.parametrize("sender", ["+266696687", "NHSNoReply", "62226", "", "anonymous", "\x00"])
def test_whoever_cannot_be_answered_is_heard_all_the_same(house: Services, sender: str) -> None:
    app = create_app(house)
    assert text(app, house, "SM1", "I want to die", sender=sender) == ""
    with house.read() as session:
        reply = session.scalars(select(Reply)).one()
        answer = session.scalars(select(Message)).one()
        urgent = session.scalars(select(Task).where(Task.kind == TaskKind.URGENT)).one()
    assert reply.person_id is None
    assert (answer.state, answer.reason[:12]) == (MessageState.CANCELLED, "the sender's")
    assert urgent.telephone_now_at == house.now()
    assert urgent.next_alert_at == house.now()
