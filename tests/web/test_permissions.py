"""Every route opens for exactly the roles of the matrix, and for nobody without an entry."""

import re
from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest
from werkzeug.routing import Rule

from outreach.vocabulary import Role
from outreach.web.permissions import BY_LINK, MACHINES, PUBLIC, STAFF, may_open
from tests.house import build_services
from tests.web.site import Site

CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def demo_site(sqlite_url: str) -> Iterator[Site]:
    """A demo has every route there is."""
    built = build_services(sqlite_url, service={"demo": True})
    yield Site(built)
    built.engine.dispose()


def _routes(site: Site) -> list[tuple[Rule, str]]:
    """Each route with each method of its own."""
    return [
        (rule, method)
        for rule in site.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _address(rule: Rule) -> str:
    """The route with made-up values where it wants some."""
    return fill_in(rule.rule, {})


def fill_in(rule: str, known: Mapping[str, str]) -> str:
    """A route's address with what is known, and with made-up values where it wants more."""
    return re.sub(
        r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>", lambda part: known.get(part[3]) or _made_up(part), rule
    )


def _made_up(part: re.Match[str]) -> str:
    if part[1] == "int":
        return "1"
    return part[2].partition(",")[0] if part[1] == "any" else str(uuid4())


def test_every_route_has_an_entry_and_every_entry_a_route(demo_site: Site) -> None:
    routes = {rule.endpoint for rule, _ in _routes(demo_site)}
    assert routes == PUBLIC | set(STAFF)
    assert not PUBLIC & set(STAFF)


def test_each_role_opens_exactly_what_the_matrix_gives_it(demo_site: Site) -> None:
    clients = {role: demo_site.signed_in(role) for role in Role}
    nobody = demo_site.anybody()
    for rule, method in _routes(demo_site):
        if rule.endpoint in PUBLIC or rule.endpoint == "sign_in.leave":
            continue
        address = _address(rule)
        asked = nobody.open(address, method=method)
        refused = (asked.status_code, asked.headers.get("Location", "").partition("?")[0])
        assert refused == ((302, "/sign-in") if method == "GET" else (401, "")), (rule.endpoint, method)
        for role, client in clients.items():
            data = {} if method == "GET" else {"csrf_token": client.token()}
            code = client.open(address, method=method, data=data).status_code
            assert (code != 403) == may_open(rule.endpoint, role), (rule.endpoint, method, role, code)


def test_a_route_without_an_entry_opens_for_nobody(site: Site) -> None:
    site.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for role in Role:
        assert site.signed_in(role).get("/forgotten").status_code == 403
    assert site.anybody().get("/forgotten").status_code == 302


def test_no_form_is_taken_without_its_token(demo_site: Site) -> None:
    """Machines prove themselves by their signatures instead, and links to own pages and out of emails by theirs."""
    clients = [demo_site.anybody(), *(demo_site.signed_in(role) for role in Role)]
    for rule, method in _routes(demo_site):
        if method not in CHANGING or rule.endpoint in MACHINES | BY_LINK:
            continue
        for client in clients:
            for wrong in ({}, {"csrf_token": "made-up"}):
                code = client.open(_address(rule), method=method, data=wrong).status_code
                assert code in (400, 401, 403), (rule.endpoint, code)


def test_headers_are_on_every_answer(demo_site: Site) -> None:
    clients = [demo_site.anybody(), demo_site.signed_in(Role.PEER_LEAD)]
    for rule, method in [*_routes(demo_site), (Rule("/nowhere"), "GET")]:
        for client in clients:
            headers = client.open(_address(rule), method=method).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert re.search(r"script-src 'nonce-[\w-]{20,}';", policy)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "Cache-Control" in headers


def test_the_word_that_lets_scripts_run_is_new_each_time_and_on_each_script(site: Site) -> None:
    first, second = site.anybody().get("/sign-in"), site.anybody().get("/sign-in")
    words = [
        re.findall(r"nonce-([\w-]+)", each.headers["Content-Security-Policy"]) for each in (first, second)
    ]
    assert words[0] != words[1]
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", first.text, flags=re.S)
    assert scripts == [""] * 3, "a page of ours has no script inside it"
    assert first.text.count(f'nonce="{words[0][0]}"') == 3
    assert not re.search(r"\s(style|on\w+)=", first.text)


def test_with_https_the_cookie_is_bound_to_this_host(sqlite_url: str) -> None:
    built = build_services(sqlite_url, service={"public_url": "https://outreach.example.org"})
    answer = Site(built).anybody().get("/sign-in", base_url="https://outreach.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-outreach=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    built.engine.dispose()
