"""Signing in and out in the browser's way, and what happens to what somebody typed when they were signed out."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from outreach.actions.accounts import invite
from outreach.credentials import STEP_SECONDS, code_at
from outreach.models import Event, StaffSession
from outreach.vocabulary import Role
from outreach.web.kept import unpacked
from tests.house import build_services, clock_of
from tests.web.conftest import CHEAP, Live
from tests.web.looks import assert_accessible
from tests.web.site import Browser, Site, text_of

PASSWORD = "seven quiet herons"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


def _link(site: Site, role: Role) -> str:
    with site.services.begin() as session:
        member = site.member(session, role)
        return invite(session, site.services, member, site.services.now(), who="a command").removeprefix(
            site.services.config.service.public_url
        )


def _set_up(site: Site, client: Browser, role: Role = Role.PEER_WORKER) -> str:
    """Follow the link to its end; returns the authenticator's secret."""
    link = _link(site, role)
    assert "Choose a password" in client.get(link).text
    answer = client.send(f"{link}/password", {"password": PASSWORD, "again": PASSWORD}, follow_redirects=True)
    shown = re.search(r'class="key">([A-Z2-7 ]+)<', answer.text)
    assert shown is not None
    secret = shown[1].replace(" ", "")
    answer = client.send(f"{link}/authenticator", {"code": code_at(secret, site.services.now())})
    assert "Keep these codes" in answer.text
    clock_of(site.services).forward(seconds=STEP_SECONDS)
    return secret


def _enter(site: Site, client: Browser, secret: str, **more: str) -> object:
    code = code_at(secret, site.services.now())
    return client.send("/sign-in", {"name": "Pat Peer", "password": PASSWORD, "code": code, **more})


def test_the_front_door_leads_to_signing_in_and_then_to_today(site: Site) -> None:
    assert site.anybody().get("/").location == "/sign-in"
    assert site.signed_in(Role.ADMIN).get("/").location == "/today"


def test_a_link_leads_through_password_phone_and_codes_into_the_site(site: Site) -> None:
    client = site.anybody()
    _set_up(site, client)
    assert client.get("/today").status_code == 200


def test_a_used_link_says_what_to_do(site: Site) -> None:
    answer = site.anybody().get("/welcome/made-up")
    assert answer.status_code == 404
    assert "Ask your lead or admin for a new one" in text_of(answer)


def test_signing_in_goes_where_somebody_wanted_to_be(site: Site) -> None:
    secret = _set_up(site, site.anybody())
    client = site.anybody()
    asked = client.get("/today")
    assert asked.location == "/sign-in?next=/today"
    answer = _enter(site, client, secret, then="/today")
    assert answer.location == "/today"  # type: ignore[attr-defined]


@pytest.mark.parametrize("elsewhere", ["//example.org", "https://example.org", "/\\example.org", "today"])
def test_signing_in_leads_nowhere_else(site: Site, elsewhere: str) -> None:
    secret = _set_up(site, site.anybody())
    answer = _enter(site, site.anybody(), secret, then=elsewhere)
    assert answer.location == "/today"  # type: ignore[attr-defined]


def test_a_failure_keeps_the_name_and_never_the_password(site: Site) -> None:
    answer = site.anybody().send(
        "/sign-in", {"name": "Pat Peer", "password": "xyzzy plugh", "code": "123456"}
    )
    assert answer.status_code == 422
    assert "not right" in text_of(answer)
    assert 'value="Pat Peer"' in answer.text
    assert "xyzzy" not in answer.text


def test_the_session_is_another_after_signing_in(site: Site) -> None:
    client = site.anybody()
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        cookie["left_behind"] = "by somebody else"
        before = dict(cookie)
    secret = _set_up(site, site.anybody())
    _enter(site, client, secret)
    with client.session_transaction() as cookie:
        assert set(cookie) == {"token"}
        assert cookie["token"] not in before.values()


def test_signing_out_ends_the_session_in_the_database_too(site: Site) -> None:
    client = site.signed_in(Role.CLINICIAN)
    stolen = site.anybody()
    with client.session_transaction() as cookie, stolen.session_transaction() as copy:
        copy.update(cookie)
    client.send("/sign-out")
    assert client.get("/today").status_code == 302
    assert stolen.get("/today").status_code == 302


def test_a_session_that_was_ended_elsewhere_opens_nothing(site: Site) -> None:
    client = site.signed_in(Role.CLINICIAN)
    with site.services.begin() as session:
        session.execute(update(StaffSession).values(ended_at=site.services.now(), ended_because="by a lead"))
    assert client.get("/today").status_code == 302


def test_what_was_typed_survives_being_signed_out(site: Site) -> None:
    site.app.add_url_rule("/note", "sign_in.note", lambda: "kept", methods=["POST"])
    words = "She said <b>she is fine</b>, and will ring on Monday"
    secret = _set_up(site, site.anybody())
    client = site.anybody()
    asked = client.post("/note", data={"words": words, "password": "secret"}, headers=FROM_HERE)
    assert asked.status_code == 401
    assert "What you typed is kept" in text_of(asked)
    held = re.search(r'name="kept" value="([^"]*)"', asked.text)
    assert held is not None
    packed = held[1].replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    answer = _enter(site, client, secret, kept=packed)
    page = answer.text  # type: ignore[attr-defined]
    assert "You are signed in again" in page
    assert "&lt;b&gt;she is fine&lt;/b&gt;" in page
    assert 'action="/note"' in page
    assert "secret" not in page


def test_nothing_that_another_site_made_up_is_offered_for_sending(site: Site) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.org"}):
        for client in (site.anybody(), site.signed_in(Role.ADMIN)):
            answer = client.post("/sign-out", data={"words": "delete it all"}, headers=headers)
            assert answer.status_code in (400, 401)
            assert "delete it all" not in answer.text


def test_a_stale_page_keeps_what_was_typed(site: Site) -> None:
    client = site.signed_in(Role.ADMIN)
    answer = client.post(
        "/sign-out", data={"words": "two words", "csrf_token": "an old one"}, headers=FROM_HERE
    )
    assert answer.status_code == 400
    assert "open for too long" in text_of(answer)
    assert "two words" in answer.text


@pytest.mark.parametrize(
    "packed",
    [
        "",
        "[]",
        "nonsense",
        '["//example.org", []]',
        '["/\\t/example.org", []]',
        '["/x", [1]]',
        "null",
        "7",
        "[" * 200_000,
    ],
    ids=lambda packed: f"{packed[:24]} {len(packed)}",
)
def test_a_damaged_form_is_not_kept(packed: str) -> None:
    assert unpacked(packed) is None


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org", "//example.org", "/\\example.org", "/%09/example.org", "/%0A/example.org"],
)
def test_signing_in_leads_to_no_other_site(site: Site, elsewhere: str) -> None:
    """Browsers leave tabs and line ends out of an address, so that a slash, a tab and a slash are two slashes."""
    client = site.anybody()
    assert "example.org" not in client.get(f"/sign-in?next={elsewhere}").text
    assert "example.org" not in site.signed_in(Role.ADMIN).get(f"/sign-in?next={elsewhere}").location


def test_too_much_is_refused_kindly(site: Site) -> None:
    client = site.signed_in(Role.ADMIN)
    answer = client.post("/sign-out", data={"words": "x" * 2_000_000}, headers=FROM_HERE)
    assert answer.status_code == 413
    assert "too much at once" in text_of(answer)


def test_a_bug_is_told_by_its_kind_and_shows_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> str:
        raise ValueError("Amina's number is +447700900001")

    site.app.add_url_rule("/broken", "today.broken", fail)
    site.app.view_functions["today.today"] = fail
    answer = site.signed_in(Role.ADMIN).get("/today")
    assert answer.status_code == 500
    said = capsys.readouterr()
    for text in (answer.text, said.out + said.err):
        assert "Amina" not in text
    assert "ValueError" in said.out + said.err


def test_there_is_no_demo_door_outside_a_demo(site: Site) -> None:
    assert "demo" not in site.anybody().get("/sign-in").text
    assert site.anybody().send("/sign-in/demo", {"role": "admin"}).status_code == 404


def test_in_a_demo_one_press_signs_in_as_any_role(sqlite_url: str) -> None:
    built = build_services(sqlite_url, service={"demo": True}, sign_in=CHEAP)
    client = Site(built).anybody()
    for role in Role:
        assert client.send("/sign-in/demo", {"role": role.value}).location == "/today"
        page = text_of(client.get("/today"))
        assert "This is a demo" in page
        assert f"Demo {role.value.replace('_', ' ')}" in page
    assert client.send("/sign-in/demo", {"role": "king"}).status_code == 400
    built.engine.dispose()


def test_signing_in_and_out_is_in_the_audit_trail(site: Site) -> None:
    site.signed_in(Role.ADMIN).send("/sign-out")
    with site.services.read() as session:
        verbs = list(session.scalars(select(Event.verb).where(Event.who == "Adi Admin").order_by(Event.id)))
    assert verbs == ["signed in", "signed out"]


@pytest.mark.parametrize(
    ("phone", "scripts"),
    [(False, True), (True, True), (False, False)],
    ids=["desktop", "phone", "no scripts"],
)
def test_somebody_new_sets_up_and_signs_in(live: Live, phone: bool, scripts: bool) -> None:
    site = live.site
    page = live.visit(phone=phone, scripts=scripts)
    page.goto(_link(site, Role.PEER_WORKER))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill("something else")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main")).to_contain_text("Type the same password twice")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    if scripts:
        assert_accessible(page)
    secret = (page.text_content(".key") or "").replace(" ", "")
    page.get_by_label("Six digits").fill(code_at(secret, site.services.now()))
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".codes li")).to_have_count(10)
    if scripts:
        assert_accessible(page)
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    clock_of(site.services).forward(seconds=STEP_SECONDS)
    page.get_by_label("Your name or email address").fill("pat peer")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Code", exact=True).fill(code_at(secret, site.services.now()))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today")
    assert "Pat Peer" in page.inner_text("header")
