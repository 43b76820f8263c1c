"""Surveys on public pages: answered by anybody invited, in their language, and nothing ties an answer to a person."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, inspect, select, text
from structlog.testing import capture_logs

from outreach.actions.take_feedback import mix_feedback, new_form_id, survey_address, take_feedback
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.models import Base, SurveyAnswer, SurveyComment
from outreach.services import Services
from outreach.vocabulary import AnsweredBy
from tests import cast
from tests.house import build_services
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Browser, Site, text_of

FFT = "/feedback"
GIVEN = {
    "overall": "good",
    "why": "The purple teapot made me feel welcome",
    "who": "carer",
    "ethnicity": "asian",
}
APART = {"survey_answer", "survey_comment"}


def _form_id(client: Browser, path: str = FFT) -> str:
    found = re.search(r'name="form" value="([^"]+)"', client.get(path, follow_redirects=True).text)
    assert found
    return found[1]


def _answer(client: Browser, path: str = FFT, **changes: str) -> str:
    """Answer as the page does; returns the form's id."""
    form_id = _form_id(client, path)
    address = path if path != FFT else "/feedback/"
    answer = client.post(address, data={"form": form_id, **GIVEN, **changes})
    assert answer.status_code == 302, answer.text
    return form_id


def _count(services: Services, model: type[Base] = SurveyAnswer) -> int:
    with services.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _everything(services: Services) -> dict[str, list[Any]]:
    """Every row of every table, those of libraries and of SQLite itself too."""
    with services.read() as session:
        names = inspect(session.connection()).get_table_names()
        return {name: sorted(map(repr, session.execute(text(f'SELECT * FROM "{name}"')))) for name in names}


def _peer_support(services: Services) -> str:
    return survey_address(services, "peer-support").removeprefix(services.config.service.public_url)


# ------------------------------------------------------------------------------------------- what is kept


def test_an_answer_is_kept_with_its_month_and_its_words_sealed(site: Site) -> None:
    _answer(site.anybody())
    with site.services.read() as session:
        rows = session.execute(
            select(
                SurveyAnswer.survey,
                SurveyAnswer.question,
                SurveyAnswer.answer,
                SurveyAnswer.month,
                SurveyAnswer.split,
                SurveyAnswer.group,
            )
        ).all()
        comment = session.scalars(select(SurveyComment)).one()
        words = comment.opened(site.services.keyring)
    fft, month = "friends-and-family", date(2026, 3, 1)
    assert sorted(map(tuple, rows)) == [
        (fft, "overall", "good", month, "", ""),
        (fft, "overall", "good", month, "ethnicity", "asian"),
        (fft, "overall", "good", month, "who", "carer"),
    ]
    assert (words, comment.answer, comment.month) == (GIVEN["why"], "good", month)


def test_a_form_sent_twice_counts_once_and_two_people_count_twice(site: Site) -> None:
    form_id = _answer(site.anybody())
    site.anybody().post("/feedback/", data={"form": form_id, **GIVEN})
    assert (_count(site.services), _count(site.services, SurveyComment)) == (3, 1)
    _answer(site.anybody())
    assert (_count(site.services), _count(site.services, SurveyComment)) == (6, 2)


def test_without_the_first_answer_nothing_is_kept_and_what_was_typed_stays(site: Site) -> None:
    answer = site.anybody().post("/feedback/", data={"form": new_form_id(), "why": "half a thought"})
    assert answer.status_code == 422
    assert "half a thought" in answer.text
    assert "Choose one of these" in answer.text
    assert _count(site.services) + _count(site.services, SurveyComment) == 0


def test_an_answer_that_the_survey_does_not_offer_is_not_kept(site: Site) -> None:
    _answer(site.anybody(), ethnicity="Amina Example", why="")
    with site.services.read() as session:
        assert set(session.scalars(select(SurveyAnswer.group))) == {"", "carer"}


# --------------------------------------------------------------------------- nothing ties it to the person


def test_an_answer_changes_no_other_table(services: Services) -> None:
    """Whoever was asked, opened a link or is signed in: no row anywhere else tells that an answer came."""
    site = Site(services)
    cast.amina(services)
    before = _everything(services)
    _answer(site.anybody())
    after = _everything(services)
    assert {name for name in after if after[name] != before[name]} == APART


def test_nothing_in_an_answer_points_to_a_person_or_a_moment() -> None:
    for name in APART:
        table = Base.metadata.tables[name]
        kinds = {column.name: type(column.type).__name__ for column in table.columns}
        assert not table.foreign_keys
        assert "Instant" not in kinds.values()
        assert set(kinds) <= {"id", "survey", "question", "answer", "month", "way", "split", "group", "words"}
        assert table.c.month.type.python_type is date
        assert table.c.id.default is None, "an id of ours carries the time at which it was made"


def test_who_somebody_is_and_where_they_come_from_leaves_no_trace(site: Site) -> None:
    """Two visits that differ in everything a browser tells leave rows that differ in nothing but random ids."""
    visits: list[dict[str, Any]] = [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1", "HTTP_USER_AGENT": "Amina's phone"}},
        {
            "environ_base": {"REMOTE_ADDR": "198.51.100.9", "HTTP_REFERER": "https://mail.example.org/ben"},
            "headers": {"Cookie": "outreach=ben", "Accept-Language": "ur"},
        },
    ]
    seen = []
    for visit in visits:
        before = _rows(site.services)
        answer = site.anybody().post("/feedback/", data={"form": new_form_id(), **GIVEN, "why": ""}, **visit)
        assert "Set-Cookie" not in answer.headers
        seen.append(sorted(row[1:] for row in _rows(site.services) - before))
    assert seen[0] == seen[1] != []


def _rows(services: Services) -> set[tuple[Any, ...]]:
    with services.read() as session:
        return {tuple(row) for row in session.execute(select(*SurveyAnswer.__table__.columns))}


def test_ids_are_random_and_sqlite_keeps_no_order_of_arrival(site: Site) -> None:
    form_ids = [_answer(site.anybody()) for _ in range(6)]
    with site.services.read() as session:
        ids = list(session.scalars(text("SELECT id FROM survey_answer")))
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        made = {row.name: row.sql for row in session.execute(query)}
    assert ids == sorted(ids), "rows stand in the order of their random ids"
    assert {UUID(each).version for each in ids} == {5}, "made from a random form id, not from the time"
    assert not {UUID(form_id).hex for form_id in form_ids} & {UUID(each).hex for each in ids}
    for name in APART:
        assert "WITHOUT ROWID" in made[name]


def test_once_answers_are_mixed_postgresql_cannot_tell_what_came_first_either(services: Services) -> None:
    site = Site(services)
    for _ in range(5):
        _answer(site.anybody())
    before = _rows(services)
    assert mix_feedback(services, services.now()) == 20
    assert _rows(services) == before
    if services.engine.dialect.name == "postgresql":
        asked = text("SELECT xmin::text, id::text FROM survey_answer ORDER BY ctid")
        with services.read() as session:
            rows = session.execute(asked).all()
        assert len({row.xmin for row in rows}) == 1, "one transaction for all"
        assert [row.id for row in rows] == sorted(row.id for row in rows)


@pytest.fixture
def on_disk(made_sqlite: Path, tmp_path: Path) -> Iterator[tuple[Services, Path]]:
    """An installation whose database file can be searched."""
    path = tmp_path / "searched.sqlite3"
    path.write_bytes(made_sqlite.read_bytes())
    services = build_services(f"sqlite:///{path}")
    yield services, path
    services.engine.dispose()


def test_a_search_of_the_files_themselves_finds_no_form_no_words_and_no_order(
    on_disk: tuple[Services, Path], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Database, free pages and write-ahead log, byte by byte; and everything that was logged."""
    services, path = on_disk
    site = Site(services)
    person_id, referral_id = cast.amina(services)
    caplog.set_level(logging.DEBUG)
    form_id = _answer(site.anybody())
    logged = caplog.text + "".join(capsys.readouterr())
    held = _bytes(path)
    for secret in (form_id, UUID(form_id).hex, "purple teapot"):
        assert secret.encode() not in held, secret
        assert secret not in logged, secret
    assert UUID(form_id).bytes not in held
    with services.read() as session:
        ids = [*session.scalars(select(SurveyAnswer.id)), *session.scalars(select(SurveyComment.id))]
    for each in ids:
        place = held.index(UUID(each).hex.encode())
        near = held[place - 40 : place + 120]
        for whose in (person_id, referral_id):
            assert UUID(whose).hex.encode() not in near
        assert each not in logged
    mix_feedback(services, services.now())
    assert Path(f"{path}-wal").stat().st_size == 0, "the log that holds writes in their order is cut off"


def test_while_somebody_reads_the_log_stays_and_that_is_told(on_disk: tuple[Services, Path]) -> None:
    services, path = on_disk
    _answer(Site(services).anybody())
    with services.read() as reader, capture_logs() as logs:
        reader.scalar(select(func.count()).select_from(SurveyAnswer))
        mix_feedback(services, services.now())
    assert "tries again" in logs[0]["event"]
    assert Path(f"{path}-wal").stat().st_size > 0
    mix_feedback(services, services.now())
    assert Path(f"{path}-wal").stat().st_size == 0


def _bytes(path: Path) -> bytes:
    return b"".join(
        each.read_bytes() for suffix in ("", "-wal", "-shm") if (each := Path(f"{path}{suffix}")).exists()
    )


def test_everybody_gets_the_same_link(site: Site) -> None:
    assert survey_address(site.services, "peer-support") == survey_address(site.services, "peer-support")


# ------------------------------------------------------------------------------------------- who gets in


def test_a_survey_that_is_not_open_is_reached_by_its_signed_link_only(site: Site) -> None:
    link = _peer_support(site.services)
    client = site.anybody()
    assert client.get(link).status_code == 200
    for wrong in ("/feedback/peer-support", f"{link}x", "/feedback/nothing", f"{link[:-1]}"):
        assert client.get(wrong).status_code == 404, wrong
    answer = client.post(
        link, data={"form": new_form_id(), "overall": "agree", "listened": "agree_strongly", "better": ""}
    )
    assert answer.status_code == 302
    assert _count(site.services) == 2


def test_a_flood_from_one_place_is_slowed(site: Site) -> None:
    client = site.anybody()
    codes = [
        client.post("/feedback/", data={"form": new_form_id(), "overall": "good"}).status_code
        for _ in range(31)
    ]
    assert (set(codes[:30]), codes[30]) == ({302}, 429)


def test_an_edited_survey_file_is_used_at_once(made_sqlite: Path, tmp_path: Path) -> None:
    own = tmp_path / "surveys"
    own.mkdir()
    shipped = surveys_folder(None) / "friends-and-family.toml"
    (own / shipped.name).write_bytes(shipped.read_bytes())
    path = tmp_path / "house.sqlite3"
    path.write_bytes(made_sqlite.read_bytes())
    services = build_services(f"sqlite:///{path}", feedback={"surveys": str(own)})
    client = Site(services).anybody()
    assert "Who is answering?" in client.get("/feedback/").text
    changed = shipped.read_text("utf-8").replace("Who is answering?", "Who are you?")
    (own / shipped.name).write_text(changed, "utf-8")
    assert "Who are you?" in client.get("/feedback/").text
    services.engine.dispose()


def test_care_opinion_is_offered_as_a_plain_link_that_tells_nobody(site: Site) -> None:
    client = site.anybody()
    answer = client.post("/feedback/", data={"form": new_form_id(), **GIVEN}, follow_redirects=True)
    link = re.search(
        r'<a href="(https://www\.careopinion\.org\.uk/)" rel="noreferrer noopener">', answer.text
    )
    assert link, "no identifier and no detour by a page of ours"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_paper_and_a_page_of_the_same_month_differ_in_their_way_alone(services: Services) -> None:
    survey = read_surveys(surveys_folder(None))["friends-and-family"]
    with services.begin() as session:
        for way in AnsweredBy:
            take_feedback(
                session,
                services.keyring,
                survey,
                GIVEN,
                today=date(2026, 3, 31),
                way=way,
                form_id=new_form_id(),
            )
    with services.read() as session:
        ways = Counter(session.scalars(select(SurveyAnswer.way)))
    assert ways == {AnsweredBy.PAGE: 3, AnsweredBy.PAPER: 3}


# ------------------------------------------------------------------------------------------- in a browser


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pages_are_accessible_at_every_width_and_from_right_to_left(
    live: Live, width: int, language: str
) -> None:
    page = live.visit()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/feedback/?language={language}")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert_accessible(page)
    page.locator("button").click()
    assert page.locator(".fault").is_visible()
    assert_accessible(page)
    page.locator("#overall-1").check()
    page.locator("button").click()
    page.wait_for_url("**/thanks**")
    assert_accessible(page)


def test_it_works_without_scripts(live: Live) -> None:
    page = live.visit(phone=True, scripts=False)
    page.goto(_peer_support(live.site.services))
    page.get_by_label("I agree strongly").first.check()
    page.get_by_label("What could we do better?").fill("More evenings")
    page.get_by_role("button").click()
    assert page.get_by_role("heading", name="Thank you").is_visible()
    assert _count(live.site.services, SurveyComment) == 1


def test_the_page_says_that_it_is_not_read_at_once_and_where_help_is(site: Site) -> None:
    shown = text_of(site.anybody().get("/feedback/"))
    assert "Nobody reads this at once" in shown
    assert "call 999" in shown
